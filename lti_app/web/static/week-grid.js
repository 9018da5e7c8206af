// Makes the week of half hours quick: one stop of the tab key, arrow keys, and drawing over boxes.
// Without it the boxes are plain checkboxes.
"use strict";

const STEPS = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

function boxesOf(table) {
  return [...table.tBodies[0].rows].map((row) => [...row.querySelectorAll("input")]);
}

function moveTo(boxes, box) {
  for (const other of boxes.flat()) {
    other.tabIndex = other === box ? 0 : -1;
  }
}

function addArrowKeys(table, boxes) {
  const all = boxes.flat();
  moveTo(boxes, all.find((box) => box.checked) ?? all[0]);
  table.addEventListener("focusin", (event) => {
    if (all.includes(event.target)) {
      moveTo(boxes, event.target);
    }
  });
  table.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    const row = boxes.findIndex((line) => line.includes(event.target));
    if (!step || row < 0 || event.altKey || event.ctrlKey || event.metaKey) {
      return;
    }
    event.preventDefault();
    const turned = document.documentElement.dir === "rtl" ? -step[1] : step[1];
    const column = boxes[row].indexOf(event.target) + turned;
    const next = boxes[row + step[0]]?.[column];
    if (next) {
      next.focus();
      if (event.shiftKey) {
        next.checked = event.target.checked;
      }
    }
  });
}

// Only a mouse draws: a finger that moves scrolls the page. What the box becomes where drawing
// begins, those after it become too.
function addDrawing(table) {
  let start = null;
  let value = false;
  table.addEventListener("pointerdown", (event) => {
    const isDrawing = event.pointerType === "mouse" && event.button === 0;
    start = isDrawing && event.target.matches("input") ? event.target : null;
    value = start !== null && !start.checked;
  });
  table.addEventListener("pointermove", (event) => {
    const box = start && event.buttons === 1 && event.target.matches("input") ? event.target : null;
    if (box && box !== start) {
      start.checked = value;
      box.checked = value;
    }
  });
  document.addEventListener("pointerup", () => {
    start = null;
  });
}

for (const table of document.querySelectorAll("[data-week]")) {
  addArrowKeys(table, boxesOf(table));
  addDrawing(table);
}
for (const help of document.querySelectorAll("[data-week-help]")) {
  help.hidden = false;
}
