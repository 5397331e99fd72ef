// Where the keyboard is after a page has changed: at what went wrong, or at what is new. Everything works without this file.
(() => {
  "use strict";
  const met = new WeakSet();

  // The first that was not met before of what went wrong and what is new.
  const arrive = (marks) => {
    const found = document.querySelectorAll(marks);
    const fresh = [...found].find((one) => !met.has(one));
    found.forEach((one) => met.add(one));
    if (!fresh) return;
    if (!fresh.hasAttribute("tabindex")) fresh.tabIndex = -1;
    fresh.focus();
  };

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("[data-focus=swap]").forEach((one) => met.add(one));
    // An address that names a place has the last word.
    if (location.hash) document.querySelectorAll("#trouble, [data-focus]").forEach((one) => met.add(one));
    else arrive(document.querySelector("#trouble") ? "#trouble" : "[data-focus=load]");
  });
  document.addEventListener("htmx:after:swap", () => {
    const trouble = [...document.querySelectorAll("#trouble")].some((one) => !met.has(one));
    document.querySelectorAll("[data-focus=load]").forEach((one) => met.add(one));
    arrive(trouble ? "#trouble" : "[data-focus=swap]");
  });
})();

// Tells the server the zone of the browser, in which it writes times for whoever chose none.
(() => {
  "use strict";
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
  if (!/^[A-Za-z0-9/_+-]{1,64}$/.test(zone)) return;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `weir_zone=${zone}; Path=/; SameSite=Lax; Max-Age=31536000${secure}`;
  document.addEventListener("DOMContentLoaded", () => {
    const field = document.querySelector("[data-zone]");
    if (field && field.value === field.defaultValue) field.value = zone;
  });
})();
