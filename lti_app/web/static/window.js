// A code opens one window. The page that stays open gets the next one, so that its button works again.
"use strict";

const SENT_MILLISECONDS = 1000;

for (const form of document.querySelectorAll("form[data-window]")) {
  form.addEventListener("submit", () => {
    setTimeout(async () => {
      const answer = await fetch(form.dataset.window);
      if (answer.ok) {
        form.elements.code.value = (await answer.json()).code;
      }
    }, SENT_MILLISECONDS);
  });
}
