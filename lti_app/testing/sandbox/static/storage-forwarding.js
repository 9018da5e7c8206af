// Hands messages of tools on to the page around, with the origin that they came from, and its answers
// back to the frame that asked.
"use strict";

const asking = new Map();
let count = 0;

window.addEventListener("message", (event) => {
  if (event.source === window.parent) {
    const asked = asking.get(event.data.back) ?? { frame: window.parent.frames[event.data.frame], origin: event.data.origin };
    asking.delete(event.data.back);
    asked.frame?.postMessage(event.data.answer, asked.origin);
    return;
  }
  if (event.data?.subject?.startsWith("lti.")) {
    count += 1;
    asking.set(count, { frame: event.source, origin: event.origin });
    window.parent.postMessage({ message: event.data, origin: event.origin, back: count }, "*");
  }
});
