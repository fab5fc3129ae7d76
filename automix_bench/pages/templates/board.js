"use strict";
const table = document.querySelector("table.board");
const body = table.tBodies[0];
const rows = [...body.rows];
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

function sort(head) {
  const place = [...head.parentElement.cells].indexOf(head);
  const up = head.getAttribute("aria-sort") !== "ascending";
  for (const other of head.parentElement.cells) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", up ? "ascending" : "descending");
  const value = (row) => row.cells[place].dataset.value ?? "";
  const order = (one, other) => {
    const [a, b] = [value(one), value(other)];
    if (a === "" || b === "") return (a === "") - (b === "");  // what is not known comes last
    const byNumber = Number(a) - Number(b);
    const compared = Number.isNaN(byNumber) ? a.localeCompare(b) : byNumber;
    return up ? compared : -compared;
  };
  body.append(...[...rows].sort(order));
}

for (const box of boxes) box.addEventListener("change", show);
words.addEventListener("input", show);
for (const head of table.tHead.rows[0].cells) {
  const button = head.querySelector("button");
  if (button) button.addEventListener("click", () => sort(head));
}
document.querySelector("#all").addEventListener("change", (event) => {
  table.classList.toggle("all", event.target.checked);
});
show();
