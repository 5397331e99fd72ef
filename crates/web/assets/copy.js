// A button that copies what it stands by. Everything works without this file.
(() => {
  "use strict";
  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-copies]");
    const from = button && document.getElementById(button.dataset.copies);
    if (!from) return;
    // So that it can be copied by hand where the browser lets no script do it.
    getSelection().selectAllChildren(from);
    let isCopied = true;
    try { await navigator.clipboard.writeText(from.textContent); } catch { isCopied = document.execCommand("copy"); }
    button.textContent = isCopied ? "Copied" : "Selected: copy it with Ctrl C";
  });
})();
