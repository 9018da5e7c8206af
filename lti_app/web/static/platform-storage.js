// Lets the LMS keep small random values where the browser keeps nothing of ours, and asks for them
// again (docs/visits.md, rules 2, 3 and 8). Messages go to the exact origin of the LMS's sign-in, and
// an answer counts only from there, from the frame that was asked, and with the number of the question.
"use strict";

// Said again, as the frame may not have loaded yet; a value that is kept twice is kept once.
const AGAIN_MILLISECONDS = 250;
const DEADLINE_MILLISECONDS = 3000;

const storageFrame = (name) => (name === "_parent" ? window.parent : window.parent.frames[name]);

// Returns the LMS's answer, or null if there is none in time.
const askStorage = ({ frame, at }, subject, content) =>
  new Promise((resolve) => {
    const origin = new URL(at).origin;
    const number = crypto.getRandomValues(new Uint32Array(4)).join("-");
    let again;
    let deadline;

    const answered = (event) => {
      const said = event.data;
      const isAnswer = event.origin === origin && event.source === storageFrame(frame)
        && said?.subject === `${subject}.response` && said.message_id === number;
      if (isAnswer) {
        end(said.error || said.key !== content.key ? null : said);
      }
    };
    const end = (answer) => {
      clearInterval(again);
      clearTimeout(deadline);
      window.removeEventListener("message", answered);
      resolve(answer);
    };
    const say = () => {
      try {
        storageFrame(frame).postMessage({ subject, message_id: number, ...content }, origin);
      } catch {
        // No such frame, or none yet.
      }
    };

    if (window.parent === window) {
      resolve(null);
      return;
    }
    window.addEventListener("message", answered);
    again = setInterval(say, AGAIN_MILLISECONDS);
    deadline = setTimeout(() => end(null), DEADLINE_MILLISECONDS);
    say();
  });

const keep = async (place, key, value) => {
  const answer = await askStorage(place, "lti.put_data", { key, value });
  return answer?.value === value;
};
const find = async (place, key) => (await askStorage(place, "lti.get_data", { key }))?.value ?? "";

// Rule 2: the answer to a login.
const remember = async ({ dataset }) => {
  const looked = await fetch(dataset.otherwise, { redirect: "manual" });
  // A redirect means that the cookie came back: nothing else is needed.
  const isRemembered = looked.type !== "opaqueredirect"
    && (await keep(dataset, dataset.key, dataset.value));
  window.location.replace(isRemembered ? dataset.onward : dataset.otherwise);
};

// Rule 3: the answer to a launch.
const prove = async ({ dataset }) => {
  const stored = await find(dataset, dataset.key);
  const given = new URLSearchParams({ launch: dataset.launch, stored });
  const answer = await fetch(dataset.to, { method: "POST", body: given });
  // Used up: without a value it is forgotten. Nobody waits for the answer.
  askStorage(dataset, "lti.put_data", { key: dataset.key, value: null });
  if (answer.headers.get("Content-Type") !== "application/json") {
    // A page that says why nothing opens.
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    document.documentElement.replaceWith(page.documentElement);
    return;
  }
  const { address, keeps } = await answer.json();
  if (keeps) {
    await keep(dataset, keeps.key, keeps.value);
  }
  window.location.replace(address);
};

// Rule 8: a button that opens a window. What it sends is asked for before it is pressed, if it can be.
const equip = (field) => {
  const { form, dataset } = field;
  const asked = find(dataset, dataset.key).then((stored) => {
    field.value = stored;
  });
  let isAsked = false;
  asked.then(() => {
    isAsked = true;
  });
  form.addEventListener("submit", async (event) => {
    if (!isAsked) {
      event.preventDefault();
      event.stopImmediatePropagation();
      await asked;
      form.requestSubmit();
    }
  });
};

const toRemember = document.getElementById("remember");
if (toRemember) {
  remember(toRemember).catch(() => window.location.replace(toRemember.dataset.otherwise));
}
const toAsk = document.getElementById("ask");
if (toAsk) {
  prove(toAsk).catch(() => {
    toAsk.hidden = true;
    document.getElementById("broken").hidden = false;
  });
}
document.querySelectorAll("input[data-key][name=stored]").forEach(equip);
