"use strict";
// The table of items and the scatter plot of a report, from the numbers in the page.

const numbers = JSON.parse(document.querySelector("#numbers").textContent);
const SVG = "http://www.w3.org/2000/svg";
const [WIDE, HIGH, EDGE] = [640, 360, 56];

/** An element with attributes, text and children. */
function make(name, attributes = {}, ...children) {
  const svg = ["svg", "circle", "line", "text", "title", "g"].includes(name);
  const element = svg ? document.createElementNS(SVG, name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** A number; all of a column have as many decimals. */
function text(value, decimals = 2) {
  if (value === null) return "–";
  return value.toFixed(decimals).replace(/^-(0\.?0*)$/, "$1");
}

/** Open the section of an item and go to it. */
function listen(place) {
  const section = document.querySelector(`#item-${place}`);
  section.open = true;
  section.scrollIntoView({ block: "start" });
}

/** Fill the table with the scores of one metric; first comes what went worst for one model. */
function fillItems() {
  const metric = Number(document.querySelector("#metric").value);
  const { value } = document.querySelector("#model");
  const several = numbers.entries.length > 1;
  const table = document.querySelector("#items table");
  const all = numbers.values.flatMap((of) => of[metric]).filter((v) => v !== null);
  const decimals = Math.max(...all.map(Math.abs)) >= 1 ? 2 : 4;
  const { name, unit, better } = numbers.metrics[metric];
  document.querySelector("#unit").textContent = `${name} in ${unit}, ${better} is better`;
  const heads = [["item", ""], ["song", ""], ...numbers.models.map((one) => [one.name, "figure"])];
  if (several) heads.push(["mean of entries", "figure"]);
  table.tHead.rows[0].replaceChildren(
    ...heads.map(([label, style]) =>
      make("th", { scope: "col", class: style }, make("button", { type: "button" }, label)),
    ),
  );
  table.tBodies[0].replaceChildren(...numbers.items.map((item, place) => itemRow(item, place, metric, decimals)));
  makeSortable(table);
  const place = value === "mean" ? heads.length - 1 : 2 + Number(value);
  sortBy(table.tHead.rows[0].cells[place], better === "higher");
}

function itemRow(item, place, metric, decimals) {
  const first = make("td", { "data-value": item.id });
  if (item.heard === null) first.append(item.id);
  else {
    const button = make("button", { type: "button", class: "listen" }, `▶ ${item.id}`);
    button.addEventListener("click", () => listen(item.heard));
    first.append(button);
  }
  const cells = numbers.models.map((model, m) => {
    const value = numbers.values[m][metric][place];
    const failed = numbers.failed[m].includes(place);
    const style = failed ? "figure fault" : "figure";
    const shown = text(value, decimals) + (failed ? " ✗" : "");
    return make("td", { class: style, "data-value": value ?? "" }, shown);
  });
  const values = numbers.entries.map((m) => numbers.values[m][metric][place]);
  const known = values.filter((value) => value !== null);
  if (numbers.entries.length > 1) {
    const mean = known.length ? known.reduce((sum, v) => sum + v, 0) / known.length : null;
    cells.push(make("td", { class: "figure", "data-value": mean ?? "" }, text(mean, decimals)));
  }
  return make("tr", {}, first, make("td", { "data-value": item.song }, item.song), ...cells);
}

/** The ends of an axis and its ticks. */
function scaleOf(values) {
  let [low, high] = [Math.min(...values), Math.max(...values)];
  if (!(high > low)) [low, high] = [low - 1, high + 1];
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((one) => one * power >= rough) * power;
  const ticks = [];
  for (let n = Math.ceil(low / step); n * step <= high; n += 1) ticks.push(n * step);
  const margin = 0.04 * (high - low);
  return { low: low - margin, high: high + margin, ticks };
}

/** One dot an item and model: two metrics against each other. */
function drawScatter() {
  const [across, up] = ["#across", "#up"].map((id) => Number(document.querySelector(id).value));
  const shown = [...document.querySelectorAll("#plot input")].map((box) => box.checked);
  const dots = [];
  numbers.models.forEach((model, m) => {
    if (!shown[m]) return;
    numbers.items.forEach((item, place) => {
      const [x, y] = [across, up].map((metric) => numbers.values[m][metric][place]);
      if (x !== null && y !== null) dots.push({ x, y, model, item });
    });
  });
  const [xs, ys] = [scaleOf(dots.map((d) => d.x)), scaleOf(dots.map((d) => d.y))];
  const place = ({ low, high }, value) => (value - low) / (high - low);
  const x = (value) => EDGE + place(xs, value) * (WIDE - EDGE - 12);
  const y = (value) => HIGH - EDGE - place(ys, value) * (HIGH - EDGE - 12);
  const label = (metric) => `${numbers.metrics[metric].name}, ${numbers.metrics[metric].unit}`;
  const parts = [];
  const bottom = HIGH - EDGE;
  const tick = (value) => `${Number(value.toPrecision(6))}`;
  for (const at of dots.length ? xs.ticks : []) {
    parts.push(make("line", { class: "grid", x1: x(at), x2: x(at), y1: 12, y2: bottom }));
    parts.push(make("text", { x: x(at), y: bottom + 18, "text-anchor": "middle" }, tick(at)));
  }
  for (const at of dots.length ? ys.ticks : []) {
    parts.push(make("line", { class: "grid", x1: EDGE, x2: WIDE - 12, y1: y(at), y2: y(at) }));
    parts.push(make("text", { x: EDGE - 6, y: y(at) + 4, "text-anchor": "end" }, tick(at)));
  }
  parts.push(make("text", { x: (EDGE + WIDE) / 2, y: HIGH - 12, "text-anchor": "middle" }, label(across)));
  const turned = `translate(12 ${bottom / 2}) rotate(-90)`;
  parts.push(make("text", { transform: turned, "text-anchor": "middle" }, label(up)));
  for (const dot of dots) {
    const circle = make("circle", { class: dot.model.style, cx: x(dot.x), cy: y(dot.y), r: 3.5 });
    circle.append(make("title", {}, `${dot.model.name}, ${dot.item.id}: ${text(dot.x)}, ${text(dot.y)}`));
    if (dot.item.heard !== null) {
      circle.classList.add("opens");
      circle.addEventListener("click", () => listen(dot.item.heard));
    }
    parts.push(circle);
  }
  const name = `${label(up)} over ${label(across)}: ${dots.length} dots, one an item and model`;
  const svg = make("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", "aria-label": name }, ...parts);
  document.querySelector("#plot .chart").replaceChildren(svg);
}

servePlayers();
makeSortable(document.querySelector("table.board"));
fillItems();
for (const id of ["#metric", "#model"])
  document.querySelector(id).addEventListener("change", fillItems);
document.querySelector("#plot").addEventListener("change", drawScatter);
drawScatter();
if (/^#item-\d+$/.test(location.hash)) listen(Number(location.hash.slice(6)));
