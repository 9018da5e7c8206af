// Goes on to the next page without leaving this one in the history (see launch/forward.html).
"use strict";

const forward = document.getElementById("forward");
if (forward) {
  window.location.replace(forward.dataset.url);
}
