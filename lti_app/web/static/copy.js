// Puts the value of a field into the clipboard; without it the field can be selected and copied.
"use strict";

const SAID_MILLISECONDS = 2000;
const said = document.getElementById("copied");

for (const button of document.querySelectorAll("[data-copies]")) {
  const field = document.getElementById(button.dataset.copies);
  const words = button.textContent;
  // Only secure pages have a clipboard, and a frame of an LMS may not use it.
  button.hidden = !navigator.clipboard;
  field.addEventListener("focus", () => field.select());
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      field.focus();
      return;
    }
    button.textContent = said.textContent = button.dataset.copied;
    setTimeout(() => {
      button.textContent = words;
      said.textContent = "";
    }, SAID_MILLISECONDS);
  });
}
