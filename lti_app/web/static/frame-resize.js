// Tells the LMS how tall this page is, so that its frame needs no second scroll bar.
// Canvas listens; an LMS that does not leaves the page scrolling inside its frame.
"use strict";

if (window.parent !== window) {
  const SMALLEST = 200;
  const PAUSE_MILLISECONDS = 200;
  let timer;
  let told;

  const tell = () => {
    const content = document.documentElement.getBoundingClientRect().height;
    const height = Math.max(SMALLEST, Math.ceil(content));
    if (height !== told) {
      told = height;
      // Any origin may know a number of pixels.
      window.parent.postMessage({ subject: "lti.frameResize", height }, "*");
    }
  };

  new ResizeObserver(() => {
    clearTimeout(timer);
    timer = setTimeout(tell, PAUSE_MILLISECONDS);
  }).observe(document.documentElement);
}
