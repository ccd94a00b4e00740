// Enhancements of every page; each page reads and works without them.
"use strict";

// A menu of downloads closes on Escape and on a click elsewhere.
for (const menu of document.querySelectorAll("details.download")) {
  document.addEventListener("click", (event) => { if (!menu.contains(event.target)) menu.open = false; });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}

// Code can be copied: the button is made here, since without a script it could do nothing.
for (const block of document.querySelectorAll("pre[data-copy]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet";
  button.textContent = block.dataset.copy;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(block.textContent);
    button.textContent = block.dataset.copied;
    setTimeout(() => { button.textContent = block.dataset.copy; }, 2000);
  });
  block.after(button);
}

// On a narrow screen the filters fold away, so that the datasets come first.
if (!window.matchMedia("(min-width: 60rem)").matches) {
  for (const filters of document.querySelectorAll("details.filters")) filters.open = false;
}
