// Weir's keys: single letters, the walk along lists and the timeline, the list of shortcuts and the menu of commands.
// Everything that a key does here is also a link or a button on the page. Nothing fires while somebody types.
(() => {
  "use strict";

  const KEPT = "weir.letters";
  const SECTIONS = { i: "/integrations", h: "/hygiene/reports", s: "/settings" };
  const CHORD_MS = 1500;

  const kept = () => { try { return localStorage.getItem(KEPT); } catch { return null; } };
  const keep = (value) => { try { localStorage.setItem(KEPT, value); } catch { /* it holds for this page alone then */ } };
  let letters = kept() !== "off";

  // ---- building what is shown

  const make = (tag, attributes = {}, ...content) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...content);
    return made;
  };

  const dialog = (id, title, ...content) => {
    const heading = make("h2", { id: `${id}-h` }, title);
    const close = make("button", { type: "button", class: "button quiet" }, "Close");
    const made = make("dialog", { id, class: "sheet", "aria-labelledby": `${id}-h` },
      make("div", { class: "between" }, heading, close), ...content);
    close.addEventListener("click", () => made.close());
    // A click beside it closes it; the dialog itself has no padding that could be meant.
    made.addEventListener("click", (event) => { if (event.target === made) made.close(); });
    document.body.append(made);
    return made;
  };

  // It gives the focus back to where it was by itself.
  const open = (made) => { if (!document.querySelector("dialog[open]")) made.showModal(); };

  const here = (path) => document.querySelector(`.side ul a[href="${path}"]`);

  // ---- the list of shortcuts

  let sheet = null;
  const shortcuts = () => {
    if (!sheet) {
      const rows = [["?", "This list"], ["Ctrl K or ⌘ K", "Go to, run, copy"], ["/", "To the search of this page"],
        ["j, k", "Down and up in a list"], ["Enter", "Open"], ["x", "Choose the row"], ["r", "Load this page again"], ["e", "Edit"],
        ["← → Home End", "Along the timeline"], ["Page Up, Page Down", "A day along the timeline"], ["Esc", "Close"]];
      for (const [letter, path] of Object.entries(SECTIONS)) {
        const link = here(path);
        if (link) rows.splice(2, 0, [`g, then ${letter}`, link.textContent.trim()]);
      }
      const body = make("tbody");
      for (const [keys, what] of rows) {
        body.append(make("tr", {}, make("th", { scope: "row" }, make("kbd", {}, keys)), make("td", {}, what)));
      }
      const list = make("table", { class: "list bare" }, make("caption", { class: "visually-hidden" }, "Keys and what they do"), body);
      sheet = dialog("shortcuts", "Keys", list, make("p", { class: "cap" }, toggle()));
    }
    open(sheet);
  };

  // The same choice stands in the settings of a person.
  const toggles = [];
  const toggle = () => {
    const made = make("button", { type: "button", class: "button" });
    made.addEventListener("click", () => { letters = !letters; keep(letters ? "on" : "off"); toggles.forEach(label); });
    toggles.push(made);
    label(made);
    return made;
  };
  const label = (button) => {
    button.setAttribute("aria-pressed", String(letters));
    button.textContent = letters ? "Single letters do something: turn that off" : "Single letters do nothing: turn that on";
  };

  // ---- the menu of commands

  let menu = null;
  const commands = () => {
    const found = [];
    const add = (name, how) => found.push({ name, how });
    for (const link of document.querySelectorAll(".side ul a, .tabs a")) {
      add(`Go to ${link.textContent.trim()}`, () => { location.href = link.href; });
    }
    for (const button of document.querySelectorAll('section[aria-label="Actions"] form button:not([name])')) {
      add(button.textContent.trim(), () => button.click());
    }
    add("Copy a link to this page", () => navigator.clipboard.writeText(location.href));
    add("Load this page again", () => location.reload());
    add("Show the keys", () => shortcuts());
    return found;
  };

  // The server says which integrations there are: those within reach whose name has these words.
  const integrations = async (words, signal) => {
    const answer = await fetch(`/integrations?q=${encodeURIComponent(words)}`, { signal });
    if (!answer.ok || answer.redirected) return [];
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    return [...page.querySelectorAll("td.named > a")].slice(0, 12).map((link) => ({
      name: `Integration ${link.textContent.trim()}`, how: () => { location.href = link.getAttribute("href"); },
    }));
  };

  const buildMenu = () => {
    const input = make("input", { id: "menu-words", type: "text", role: "combobox", "aria-expanded": "true", "aria-controls": "menu-list",
      "aria-autocomplete": "list", autocomplete: "off", spellcheck: "false", maxlength: "100" });
    const list = make("ul", { id: "menu-list", role: "listbox", "aria-label": "Commands", class: "plain menu-list" });
    const told = make("p", { role: "status", class: "cap" });
    const made = dialog("menu", "Go to, run, copy", make("label", { for: "menu-words" }, "What"), input, list, told);
    let shown = [], at = 0, asking = null, asked = 0;

    const choose = (place) => {
      at = Math.max(0, Math.min(place, shown.length - 1));
      [...list.children].forEach((one, index) => one.setAttribute("aria-selected", String(index === at)));
      const chosen = list.children[at];
      if (chosen) { input.setAttribute("aria-activedescendant", chosen.id); chosen.scrollIntoView({ block: "nearest" }); }
      else input.removeAttribute("aria-activedescendant");
    };
    const run = (command) => { made.close(); command.how(); };
    const draw = (all) => {
      shown = all;
      list.replaceChildren(...all.map((command, index) => {
        const option = make("li", { role: "option", id: `menu-${index}`, "aria-selected": "false" }, command.name);
        option.addEventListener("click", () => run(command));
        return option;
      }));
      told.textContent = all.length === 0 ? "Nothing is called so." : "";
      choose(0);
    };
    const look = () => {
      const words = input.value.trim().toLowerCase();
      const own = commands().filter((one) => one.name.toLowerCase().includes(words));
      draw(own);
      asking?.abort();
      clearTimeout(asked);
      asking = new AbortController();
      const { signal } = asking;
      asked = setTimeout(() => integrations(words, signal).then((more) => draw([...own, ...more])).catch(() => {}), 150);
    };
    input.addEventListener("input", look);
    input.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) { event.preventDefault(); choose(at + step); }
      if (event.key === "Enter" && shown[at]) { event.preventDefault(); run(shown[at]); }
    });
    return () => { input.value = ""; look(); open(made); input.focus(); };
  };
  const showMenu = () => { menu ??= buildMenu(); menu(); };

  // ---- lists

  const rows = () => [...document.querySelectorAll("main table.list tbody tr")]
    .filter((row) => row.checkVisibility() && row.querySelector("a[href]"));
  const rowHere = () => document.activeElement?.closest("main table.list tbody tr");
  const walk = (step) => {
    const all = rows();
    const from = all.indexOf(rowHere());
    const to = from < 0 ? all[step > 0 ? 0 : all.length - 1] : all[from + step];
    to?.querySelector("a[href]").focus();
  };

  // ---- the timeline: radio buttons, so that arrows walk by themselves

  const along = (event) => {
    const group = event.target.closest?.(".segments");
    if (!group || event.target.type !== "radio") return false;
    const all = [...group.querySelectorAll("input[type=radio]")];
    const at = all.indexOf(event.target), day = Number(group.dataset.day) || 1;
    const to = { Home: 0, End: all.length - 1, PageUp: at - day, PageDown: at + day }[event.key];
    if (to === undefined) return false;
    const chosen = all[Math.max(0, Math.min(to, all.length - 1))];
    chosen.checked = true;
    chosen.focus();
    return true;
  };

  // ---- keys

  const search = () => [...document.querySelectorAll("main input[type=search], main .filters input:not([type=hidden])")]
    .find((one) => one.checkVisibility());
  const edit = () => document.querySelector('main a[href$="/edit"], .tabs a[href$="/configuration"]:not([aria-current])');
  const LETTERS = {
    "?": shortcuts,
    "/": () => { const field = search(); field?.focus(); field?.select(); },
    j: () => walk(1),
    k: () => walk(-1),
    x: () => rowHere()?.querySelector("input[type=checkbox]")?.click(),
    r: () => location.reload(),
    e: () => { const link = edit(); if (link) location.href = link.href; },
  };

  let chord = 0;
  const isTyping = (target) => target instanceof Element
    && target.closest("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]") !== null;

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
      if (document.querySelector(".frame")) { event.preventDefault(); showMenu(); }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (along(event)) { event.preventDefault(); return; }
    if (!letters || isTyping(event.target) || document.querySelector("dialog[open]") || !document.querySelector(".frame")) return;
    const section = event.timeStamp - chord < CHORD_MS ? here(SECTIONS[event.key] ?? "none") : null;
    chord = event.key === "g" ? event.timeStamp : 0;
    if (section) { event.preventDefault(); location.href = section.href; return; }
    const does = Object.hasOwn(LETTERS, event.key) ? LETTERS[event.key] : null;
    if (does) { event.preventDefault(); does(); }
  });

  document.addEventListener("click", (event) => {
    const opens = event.target.closest?.("[data-opens]")?.dataset.opens;
    if (opens === "shortcuts") shortcuts();
    if (opens === "menu") showMenu();
  });
  document.querySelectorAll("[data-letters]").forEach((place) => place.append(toggle()));
})();
