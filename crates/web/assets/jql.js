// What is said of a form belongs to what was in it then: once something else is chosen or typed it is grey, and an answer to an older
// text is not shown at all. `data-follows` names the fields that something said belongs to, or `*` for all of the form. Everything
// works without this file.
(() => {
  "use strict";
  const shown = new WeakMap();
  const sent = new WeakMap();

  const isChoice = (field) => field.type === "radio" || field.type === "checkbox";
  const now = (field) => isChoice(field) ? field.checked : field.value;
  const first = (field) => {
    if (isChoice(field)) return field.defaultChecked;
    if (field.type !== "select-one") return field.defaultValue;
    return ([...field.options].find((option) => option.defaultSelected) ?? field.options[0])?.value;
  };
  const formOf = (said) => document.getElementById(said.dataset.form) ?? said.closest("form");
  const state = (said, read) => {
    const names = said.dataset.follows.split(" ");
    const fields = [...(formOf(said)?.elements ?? [])].filter((field) => field.name && !["hidden", "submit"].includes(field.type));
    return JSON.stringify(fields.filter((field) => names.includes("*") || names.includes(field.name)).map(read));
  };
  const mark = (said) => {
    const isStale = state(said, now) !== (shown.get(said) ?? state(said, first));
    said.classList.toggle("stale", isStale);
    const unchecked = document.getElementById(said.dataset.unchecked);
    if (unchecked) unchecked.hidden = !isStale;
  };
  const markAll = () => document.querySelectorAll("[data-follows]").forEach(mark);
  const boxOf = (event) => event.detail?.ctx?.sourceElement?.closest?.("[data-said]");
  const saidOf = (box) => document.getElementById(box.dataset.said);

  document.addEventListener("input", (event) => {
    const box = event.target;
    if (box.matches?.("textarea[data-said]")) {
      // Who writes a query means it.
      const radio = [...box.form.elements].find((field) => field.type === "radio" && field.name === "choice" && field.value === "jql");
      if (radio) radio.checked = true;
    }
    if (box.name === "project" && box.type === "checkbox") {
      // So does who ticks a project.
      const fields = [...box.form.elements];
      const radio = fields.find((field) => field.type === "radio" && field.name === "choice" && field.value === "projects");
      if (radio) radio.checked = true;
      const hint = document.getElementById("chosen");
      const chosen = fields.filter((field) => field.name === "project" && field.checked);
      if (hint?.dataset.words) hint.textContent = hint.dataset.words.replace("{n}", chosen.map((field) => field.value).join(", ") || "none");
    }
    markAll();
  });
  document.addEventListener("change", markAll);
  document.addEventListener("htmx:before:request", (event) => {
    const said = boxOf(event) && saidOf(boxOf(event));
    if (said) sent.set(event.detail.ctx, state(said, now));
  });
  document.addEventListener("htmx:before:swap", (event) => {
    const said = boxOf(event) && saidOf(boxOf(event));
    if (said && sent.get(event.detail.ctx) !== state(said, now)) event.preventDefault();
  });
  document.addEventListener("htmx:after:swap", (event) => {
    const said = boxOf(event) && saidOf(boxOf(event));
    if (!said) return;
    shown.set(said, sent.get(event.detail.ctx));
    markAll();
  });
  // A browser may bring back what was typed before a page was left.
  window.addEventListener("pageshow", markAll);
})();
