// What keeps a page steady: it says when the server cannot be reached, warns before a session ends, keeps what was typed into a form
// that was sent too late, asks before a page is left whose form was changed and not sent, and lets people pause what changes by itself.
(() => {
  "use strict";

  const RETRY_S = 5, LOOK_MS = 30_000, WARN_MS = 2 * 60_000, FORM = "weir.form", LONGEST_FORM = 200_000;
  const make = (tag, attributes = {}, ...content) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...content);
    return made;
  };

  // ---- the connection

  const strip = make("p", { id: "offline", class: "strip", role: "alert" });
  let isAway = false, looking = 0;
  const look = async () => {
    clearTimeout(looking);
    const ends = new AbortController();
    const late = setTimeout(() => ends.abort(), 10_000);
    let came = false;
    // Without the cookie: that a page is open is no use of a session.
    try { came = (await fetch("/livez", { credentials: "omit", cache: "no-store", signal: ends.signal })).ok; } catch { came = false; }
    clearTimeout(late);
    tell(!came);
    looking = setTimeout(look, came ? LOOK_MS : RETRY_S * 1000);
  };
  const tell = (away) => {
    if (away === isAway) return;
    isAway = away;
    if (away) {
      document.body.prepend(strip);
      strip.textContent = `No connection to the server. Retrying in ${RETRY_S} s. What you typed stays here.`;
    } else {
      strip.remove();
    }
  };
  window.addEventListener("offline", look);
  window.addEventListener("online", look);
  document.addEventListener("htmx:error", () => { look(); });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) clearTimeout(looking); else look();
  });
  looking = setTimeout(look, LOOK_MS);

  // ---- the session

  const frame = document.querySelector(".frame");
  let warning = 0, sheet = null;
  const wait = (ms) => {
    clearTimeout(warning);
    if (ms > 0) warning = setTimeout(warn, Math.max(0, Math.min(ms - WARN_MS, 2 ** 31 - 1)));
  };
  const left = (of) => Number(of?.dataset.sessionMs) || 0;
  const warn = () => {
    if (!sheet) {
      const stay = make("button", { type: "button", class: "button primary", autofocus: "" }, "Stay signed in");
      const close = make("button", { type: "button", class: "button" }, "Not now");
      sheet = make("dialog", { id: "session", class: "sheet", role: "alertdialog", "aria-labelledby": "session-h", "aria-describedby": "session-p" },
        make("h2", { id: "session-h" }, "You will be signed out in 2 minutes"),
        make("p", { id: "session-p" }, "Nothing was asked of the server for a while. What you typed stays here."),
        make("p", { class: "side-by-side" }, stay, close));
      stay.addEventListener("click", async () => {
        sheet.close();
        try {
          const answer = await fetch("/settings/profile", { cache: "no-store" });
          const page = new DOMParser().parseFromString(await answer.text(), "text/html");
          wait(answer.redirected ? 0 : left(page.querySelector(".frame")));
        } catch { look(); }
      });
      close.addEventListener("click", () => sheet.close());
      document.body.append(sheet);
    }
    // Whatever else is open is closed: this cannot wait.
    document.querySelector("dialog[open]")?.close();
    sheet.showModal();
  };
  wait(left(frame));
  document.addEventListener("htmx:after:request", () => { if (!sheet?.open) wait(left(frame)); });

  // ---- what was typed into a form that came too late

  const SECRET = /pass|secret|token|key|pem|credential/i;
  const isKept = (field) => field.name && !field.disabled && !["hidden", "password", "file", "submit", "button"].includes(field.type)
    && !SECRET.test(field.name) && !SECRET.test(field.autocomplete || "");
  const fieldsOf = (form) => [...form.elements].filter(isKept);
  const store = (kept) => {
    try {
      const text = JSON.stringify(kept);
      if (text.length <= LONGEST_FORM) sessionStorage.setItem(FORM, text);
    } catch { /* nothing is kept then */ }
  };
  const forget = () => { try { sessionStorage.removeItem(FORM); } catch { /* there is nothing */ } };
  const stored = () => { try { return JSON.parse(sessionStorage.getItem(FORM)); } catch { return null; } };
  const place = location.pathname + location.search;

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!frame || form.method !== "post" || form.hasAttribute("hx-post")) return;
    if (isAway) { event.preventDefault(); strip.scrollIntoView(); look(); return; }
    const fields = fieldsOf(form);
    if (fields.length === 0) return forget();
    const value = (field) => ["checkbox", "radio"].includes(field.type) ? field.checked : field.value;
    store({
      place, action: form.getAttribute("action"),
      fields: fields.map((field) => ({ name: field.name, type: field.type, of: field.getAttribute("value"), value: value(field) })),
    });
  });

  const restore = (kept) => {
    const form = [...document.forms].find((one) => one.method === "post" && one.getAttribute("action") === kept.action);
    if (!form) return;
    const free = fieldsOf(form);
    for (const was of kept.fields) {
      const isChoice = ["checkbox", "radio"].includes(was.type);
      const at = free.findIndex((one) => one.name === was.name && one.type === was.type && (!isChoice || one.getAttribute("value") === was.of));
      if (at < 0) continue;
      const [field] = free.splice(at, 1);
      if (isChoice) field.checked = was.value; else field.value = was.value;
    }
    form.before(make("p", { class: "said warning-said", role: "status" },
      "You were signed out before this was sent. What you typed is here again: look at it, and send it once more. Secrets have to be typed anew."));
  };

  const kept = stored();
  if (kept && location.pathname.startsWith("/login")) {
    store({ ...kept, wasLate: true });
    // Who comes back from a form that was sent comes back to its page.
    const next = document.querySelector('form[action="/login"] input[name=next]');
    if (next && next.value === "/") next.value = kept.place;
  } else if (kept && frame) {
    if (kept.wasLate && kept.place === place) restore(kept);
    forget();
  }

  // ---- what was changed and not sent

  let sending = null;
  const isChanged = (field) => {
    if (!field.name || ["hidden", "submit", "button"].includes(field.type)) return false;
    if (["checkbox", "radio"].includes(field.type)) return field.checked !== field.defaultChecked;
    if (!field.options) return field.value !== field.defaultValue;
    const first = [...field.options].filter((option) => option.defaultSelected);
    const was = first.length > 0 || field.multiple ? first : [...field.options].slice(0, 1);
    const now = [...field.selectedOptions];
    return now.length !== was.length || now.some((option) => !was.includes(option));
  };
  // A page that shows what was typed and did not keep it says so itself.
  const isUnsaved = (form) => form !== sending && (form.dataset.guard === "unsaved" || [...form.elements].some(isChanged));
  window.addEventListener("submit", (event) => {
    if (!event.defaultPrevented && event.target.hasAttribute("data-guard")) sending = event.target;
  });
  window.addEventListener("pageshow", () => { sending = null; });
  window.addEventListener("beforeunload", (event) => {
    if ([...document.querySelectorAll("form[data-guard]")].some(isUnsaved)) event.preventDefault();
  });

  // ---- what changes by itself

  let isPaused = false;
  document.addEventListener("htmx:before:request", (event) => {
    if (isPaused && event.target.closest?.("[data-live]")) event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-pause]");
    if (!button) return;
    // A page that was stopped is behind: it is loaded anew, and follows again.
    if (isPaused) { location.reload(); return; }
    isPaused = true;
    button.setAttribute("aria-pressed", "true");
    button.textContent = "Go on following";
    const said = button.closest("[data-following]")?.querySelector("[role=status]");
    if (said) said.textContent = "Paused: this page stays as it is.";
  });
})();
