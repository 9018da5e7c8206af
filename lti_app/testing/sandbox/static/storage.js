// Keeps small values of tools, each tool's apart from the others' (by the origin that asks), and
// answers. How it behaves is said where it is loaded: see storage.py.
"use strict";

const MODE = document.currentScript.dataset.mode;
const FRAME = "post_message_forwarding";
// As Canvas has it.
const LONGEST = 4096;
const MOST = 500;

const prefix = (origin) => `lti-storage ${origin} `;

const count = (origin) =>
  Object.keys(localStorage).filter((name) => name.startsWith(prefix(origin))).length;

const put = (origin, { key, value }) => {
  const name = prefix(origin) + key;
  if (typeof key !== "string" || key === "") {
    return { error: { code: "bad_request", message: "no key" } };
  }
  if (value === null || value === undefined) {
    localStorage.removeItem(name);
    return { key };
  }
  if (key.length + value.length > LONGEST || (localStorage.getItem(name) === null && count(origin) >= MOST)) {
    return { error: { code: "storage_exhaustion", message: "too much is kept" } };
  }
  localStorage.setItem(name, value);
  return { key, value };
};

const get = (origin, { key }) => ({ key, value: localStorage.getItem(prefix(origin) + key) });

const capabilities = () => ({
  supported_messages: ["lti.put_data", "lti.get_data"].map((subject) => ({ subject, frame: FRAME })),
});

const ANSWERS = {
  "lti.capabilities": capabilities,
  "lti.put_data": put,
  "lti.get_data": get,
};

const answer = (origin, message) => {
  const act = ANSWERS[message.subject];
  return {
    subject: `${message.subject}.response`,
    message_id: MODE === "wrong-number" ? `${message.message_id}0` : message.message_id,
    ...act(origin, message),
  };
};

const indexOf = (frame) =>
  Array.from({ length: window.length }, (_, index) => index).find((index) => window[index] === frame);

window.addEventListener("message", (event) => {
  const isForwarded = event.origin === window.location.origin && event.source === window.frames[FRAME];
  const { message, origin, back } = isForwarded
    ? event.data
    : { message: event.data, origin: event.origin };
  if (!(message?.subject in ANSWERS) || MODE === "silent") {
    return;
  }
  const said = answer(origin, message);
  if (MODE === "wrong-frame") {
    // The page itself, where the forwarding frame was asked; tools are all of its other frames.
    document.querySelectorAll("iframe.tool").forEach((tool) => tool.contentWindow.postMessage(said, origin));
  } else if (MODE === "wrong-origin") {
    const tool = document.querySelector("iframe.tool").contentWindow;
    window.frames.foreign.postMessage({ answer: said, frame: indexOf(tool), origin }, "*");
  } else if (isForwarded) {
    event.source.postMessage({ answer: said, back }, window.location.origin);
  } else {
    event.source.postMessage(said, origin);
  }
});
