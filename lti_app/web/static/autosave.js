// Saves a long form as one types (data-autosave). Without it, its buttons save.
//
// What is not saved stays in the page, and the page says so. Nothing is kept in the browser's own
// storage: on a shared computer the next person could read it there.
"use strict";

// Whether a control holds what the page came with.
function isAsSent(control) {
  if (control instanceof HTMLSelectElement) {
    const sent = [...control.options].findIndex((option) => option.defaultSelected);
    return control.selectedIndex === Math.max(sent, 0);
  }
  if (control.type === "checkbox" || control.type === "radio") {
    return control.checked === control.defaultChecked;
  }
  // What is stored begins and ends with no blank.
  return control.value?.trim() === (control.defaultValue ?? control.value)?.trim();
}

for (const form of document.querySelectorAll("form[data-autosave]")) {
  const state = form.querySelector("[data-autosave-state]");
  const PAUSE = 1500;
  const RETRY = 8000;
  let timer = null;
  let running = null;
  let changes = 0;
  let saved = 0;
  let isOver = false;
  let isOlder = false;
  let isLeaving = false;

  const say = (words) => {
    if (state.textContent !== words) {
      state.textContent = words;
    }
  };

  const plan = (delay) => {
    window.clearTimeout(timer);
    if (!isOver) {
      timer = window.setTimeout(save, delay);
    }
  };

  async function send() {
    const sending = changes;
    say(form.dataset.saving);
    let answer;
    try {
      answer = await fetch(form.dataset.autosave, {
        method: "POST",
        body: new URLSearchParams(new FormData(form)),
        headers: { Accept: "application/json" },
        credentials: "same-origin",
      });
    } catch {
      say(form.dataset.offline);
      plan(RETRY);
      return false;
    }
    let body = {};
    try {
      body = await answer.json();
    } catch {
      // A refusal is a page; its status says enough.
    }
    if (answer.ok) {
      form.elements.revision.value = body.revision;
      saved = sending;
      say(changes === saved ? body.said : form.dataset.unsaved);
      return true;
    }
    if (answer.status >= 500 || answer.status === 429) {
      say(form.dataset.offline);
      plan(RETRY);
      return false;
    }
    // Typing on may mend what is too long; a page that is over, or older, is not mended by it.
    isOver = answer.status !== 422;
    isOlder = answer.status === 409;
    say(body.said || form.dataset.over);
    return false;
  }

  function save() {
    if (isOver) {
      return Promise.resolve(false);
    }
    running = (running || Promise.resolve()).then(send);
    return running;
  }

  form.addEventListener("input", () => {
    changes += 1;
    if (!isOver) {
      say(form.dataset.unsaved);
    }
    plan(PAUSE);
  });

  // A button leads away only when the server answers: on a dead line the browser would replace this
  // page, and everything typed in it, by one of its own.
  form.addEventListener("submit", async (event) => {
    if (isLeaving) {
      return;
    }
    event.preventDefault();
    const button = event.submitter;
    window.clearTimeout(timer);
    const isSaved = await save();
    // A page that is older than what is stored is shown with what was typed, to decide.
    if (isSaved || isOlder) {
      isLeaving = true;
      form.requestSubmit(button);
    } else {
      state.scrollIntoView({ block: "center" });
    }
  });

  // On a slow line somebody types before this script has come. What a browser puts back into a page
  // by itself, until it is shown, is only called unsaved: it may be older than what is stored.
  window.addEventListener("pageshow", () => {
    if (changes > 0 || [...form.elements].every(isAsSent)) {
      return;
    }
    changes += 1;
    say(form.dataset.unsaved);
    if (performance.getEntriesByType("navigation")[0]?.type === "navigate") {
      plan(PAUSE);
    }
  });

  window.addEventListener("beforeunload", (event) => {
    if (changes !== saved && !isLeaving) {
      event.preventDefault();
    }
  });
}
