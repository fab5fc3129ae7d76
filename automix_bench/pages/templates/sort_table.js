"use strict";
// Tables that are sorted by a click on the button in the head of a column.

/** Sort the rows of a table by one of its heads. What has no value comes last. */
function sortBy(head, up) {
  const place = [...head.parentElement.cells].indexOf(head);
  const body = head.closest("table").tBodies[0];
  for (const other of head.parentElement.cells) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", up ? "ascending" : "descending");
  const value = (row) => row.cells[place].dataset.value ?? "";
  const order = (one, other) => {
    const [a, b] = [value(one), value(other)];
    if (a === "" || b === "") return (a === "") - (b === "");
    const byNumber = Number(a) - Number(b);
    const compared = Number.isNaN(byNumber) ? a.localeCompare(b) : byNumber;
    return up ? compared : -compared;
  };
  body.append(...[...body.rows].sort(order));
}

/** Let the buttons in the heads of a table sort it: upwards, and downwards at the next click. */
function makeSortable(table) {
  for (const head of table.tHead.rows[0].cells) {
    const turn = () => sortBy(head, head.getAttribute("aria-sort") !== "ascending");
    head.querySelector("button")?.addEventListener("click", turn);
  }
}
