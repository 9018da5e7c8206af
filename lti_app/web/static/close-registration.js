// Tells the LMS that the registration is over, so that it closes the frame or window around it.
"use strict";

const button = document.getElementById("close");
const lms = window.opener || (window.parent === window ? null : window.parent);
if (button && lms) {
  // Any origin may know that it is over: an LMS has many hosts, and the message says no more.
  const tell = () => lms.postMessage({ subject: "org.imsglobal.lti.close" }, "*");
  button.hidden = false;
  button.addEventListener("click", tell);
  if ("atOnce" in button.dataset) {
    tell();
  }
}
