"use strict";
const table = document.querySelector("table.board");
const rows = [...table.tBodies[0].rows];
const boxes = [...document.querySelectorAll("input[data-filter]")];
const words = document.querySelector("input[type=search]");
const shown = document.querySelector("#shown");

function show() {
  const wanted = boxes.filter((box) => box.checked).map((box) => box.dataset.filter);
  const text = words.value.trim().toLowerCase();
  let count = 0;
  for (const row of rows) {
    const has = row.dataset.is.split(" ");
    const fits = has.includes("end") ||
      (wanted.every((name) => has.includes(name)) && row.dataset.text.includes(text));
    row.hidden = !fits;
    count += fits && !has.includes("end");
  }
  shown.textContent = `${count} of ${rows.filter((row) => !row.dataset.is.split(" ").includes("end")).length} systems`;
}

for (const box of boxes) box.addEventListener("change", show);
words.addEventListener("input", show);
makeSortable(table);
document.querySelector("#all").addEventListener("change", (event) => {
  table.classList.toggle("all", event.target.checked);
});
show();
