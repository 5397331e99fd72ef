// What is said under a query belongs to the text that was checked: under any other text it is grey, and an answer to an older text
// is not shown at all. Everything works without this file.
(() => {
  "use strict";
  const boxes = () => document.querySelectorAll("textarea[data-said]");
  const shown = new WeakMap();
  const sent = new WeakMap();

  const mark = (box) => {
    const stale = box.value !== (shown.get(box) ?? box.defaultValue);
    const said = document.getElementById(box.dataset.said);
    const fault = document.getElementById(`${box.id}-fault`);
    const unchecked = document.getElementById("unchecked");
    said?.classList.toggle("stale", stale);
    fault?.classList.toggle("stale", stale);
    if (unchecked) unchecked.hidden = !stale;
  };
  const boxOf = (event) => event.detail?.ctx?.sourceElement?.closest?.("textarea[data-said]");

  document.addEventListener("input", (event) => {
    if (event.target.matches?.("textarea[data-said]")) mark(event.target);
  });
  document.addEventListener("htmx:before:request", (event) => {
    const box = boxOf(event);
    if (box) sent.set(event.detail.ctx, box.value);
  });
  document.addEventListener("htmx:before:swap", (event) => {
    const box = boxOf(event);
    if (box && sent.get(event.detail.ctx) !== box.value) event.preventDefault();
  });
  document.addEventListener("htmx:after:swap", (event) => {
    const box = boxOf(event);
    if (!box) return;
    shown.set(box, sent.get(event.detail.ctx));
    mark(box);
  });
  // A browser may bring back what was typed before a page was left.
  window.addEventListener("pageshow", () => boxes().forEach(mark));
})();
