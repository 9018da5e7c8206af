// Preselects this device's time zone where the person has not chosen one yet.
"use strict";

for (const select of document.querySelectorAll("select[data-guess-time-zone]")) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!select.value && [...select.options].some((option) => option.value === zone)) {
    select.value = zone;
  }
}
