// Suggestions for a query as it is written: fields, operators, functions and values, as the site names them. Nothing of it is needed
// to write one, and where the account may not read them the box says so once.
(() => {
  "use strict";
  // Whoever types on is not asked for.
  const PAUSE = 400;

  const attach = (box) => {
    if (box.dataset.ready) return;
    box.dataset.ready = "yes";
    const [list, heard, withheld] = ["options", "heard", "withheld"].map((name) => document.getElementById(`${box.id}-${name}`));
    let options = [];
    let back = 0;
    let chosen = -1;
    let timer = 0;
    let turn = 0;
    let isOff = false;

    box.setAttribute("aria-autocomplete", "list");
    box.setAttribute("aria-haspopup", "listbox");
    box.setAttribute("aria-controls", list.id);
    box.setAttribute("autocomplete", "off");

    const before = () => box.value.slice(0, box.selectionStart);
    const close = () => {
      clearTimeout(timer);
      turn += 1;
      options = [];
      chosen = -1;
      list.hidden = true;
      list.replaceChildren();
      heard.textContent = "";
      box.removeAttribute("aria-activedescendant");
    };
    const choose = (at) => {
      chosen = (at + options.length) % options.length;
      [...list.children].forEach((one, place) => one.setAttribute("aria-selected", String(place === chosen)));
      box.setAttribute("aria-activedescendant", list.children[chosen].id);
      list.children[chosen].scrollIntoView({ block: "nearest" });
    };
    const take = (at) => {
      const { put } = options[at];
      const text = before();
      // Characters are counted whole, also those that are two units here.
      const typed = [...text].slice([...text].length - back).join("").length;
      box.setRangeText(`${put} `, text.length - typed, text.length, "end");
      close();
      box.dispatchEvent(new Event("input", { bubbles: true }));
    };
    const show = (offer) => {
      options = offer.options;
      back = offer.back;
      chosen = -1;
      if (options.length === 0) return close();
      list.replaceChildren(
        ...options.map((option, place) => {
          const one = document.createElement("li");
          one.id = `${list.id}-${place}`;
          one.setAttribute("role", "option");
          one.setAttribute("aria-selected", "false");
          one.textContent = option.shown;
          one.addEventListener("mousedown", (event) => {
            event.preventDefault();
            take(place);
          });
          return one;
        }),
      );
      list.hidden = false;
      heard.textContent = options.length === 1 ? heard.dataset.one : heard.dataset.words.replace("{n}", options.length);
    };
    const ask = async () => {
      const text = before();
      if (isOff || document.activeElement !== box || box.selectionStart !== box.selectionEnd) return;
      const mine = ++turn;
      const body = new URLSearchParams({ text });
      for (const name of ["form_token", "draft"]) {
        const field = box.form.elements.namedItem(name);
        if (field) body.set(name, field.value);
      }
      try {
        const answer = await fetch(box.dataset.complete, { method: "POST", body });
        if (!answer.ok) return;
        const offer = await answer.json();
        // An answer to an older text is of no use.
        if (mine !== turn || before() !== text) return;
        if (offer.withheld) {
          isOff = true;
          withheld.hidden = false;
          return;
        }
        show(offer);
      } catch {
        // Without an answer there is nothing to suggest.
      }
    };

    box.addEventListener("input", () => {
      close();
      if (!isOff) timer = setTimeout(ask, PAUSE);
    });
    box.addEventListener("blur", close);
    box.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      if (event.key === " " && event.ctrlKey) {
        event.preventDefault();
        ask();
        return;
      }
      if (options.length === 0) return;
      const does = {
        ArrowDown: () => choose(chosen + 1),
        ArrowUp: () => choose(chosen < 0 ? options.length - 1 : chosen - 1),
        Escape: close,
        ...(chosen >= 0 && { Enter: () => take(chosen), Tab: () => take(chosen) }),
      }[event.key];
      if (!does) return;
      event.preventDefault();
      does();
    });
  };
  const all = () => document.querySelectorAll("textarea[data-complete]").forEach(attach);
  document.addEventListener("DOMContentLoaded", all);
  document.addEventListener("htmx:after:swap", all);
})();
