"use strict";
// Sections that hold a player while they are open, and the keys of the page.

/** Players live inside `details`: each is made from its template when its section opens, and gone
    when it closes. */
function servePlayers() {
  let current = null;
  for (const section of document.querySelectorAll("details.item")) {
    section.addEventListener("toggle", () => {
      const body = section.querySelector(".body");
      if (section.open && !body.firstChild) {
        body.append(section.querySelector("template").content.cloneNode(true));
        const element = body.querySelector(".player");
        section.player = element ? new Player(element) : null;
        current = section.player ?? current;
        element?.querySelector(".main").focus({ preventScroll: true });
      } else if (!section.open) {
        section.player?.close();
        if (current === section.player) current = null;
        section.player = null;
        body.replaceChildren();
      }
    });
    section.addEventListener("pointerdown", () => (current = section.player ?? current));
    section.addEventListener("focusin", () => (current = section.player ?? current));
  }
  document.addEventListener("keydown", (event) => {
    const { target } = event;
    if (!current || event.ctrlKey || event.metaKey || event.altKey) return;
    if (target.matches("select, textarea, input:not([type=checkbox])")) return;
    if (event.key === " " && target.matches("input, a, summary, button:not(.sound)")) return;
    if (current.key(event)) event.preventDefault();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => current?.draw());
  addEventListener("resize", () => current?.buffers && current.draw());
}
