// Drop-down menus: a button with aria-controls and aria-expanded, arrow keys inside.
const opener = "[data-menu-button]";

function close(button, refocus = false) {
  button.setAttribute("aria-expanded", "false");
  document.getElementById(button.getAttribute("aria-controls"))?.classList.remove("show");
  if (refocus) button.focus();
}

function open(button) {
  button.setAttribute("aria-expanded", "true");
  const menu = document.getElementById(button.getAttribute("aria-controls"));
  menu.classList.add("show");
  menu.classList.remove("drop-up");
  if (menu.getBoundingClientRect().bottom > innerHeight - 4) menu.classList.add("drop-up");
}

function openButton() {
  return document.querySelector(`${opener}[aria-expanded="true"]`);
}

function move(menu, step) {
  const items = [...menu.querySelectorAll("a, button:not(:disabled)")];
  const at = items.indexOf(document.activeElement);
  const next = at < 0 && step < 0 ? items.length - 1 : (at + step + items.length) % items.length;
  items[next]?.focus();
}

function onKey(event) {
  const button = openButton();
  if (!button) return;
  const menu = document.getElementById(button.getAttribute("aria-controls"));
  if (event.key === "Escape") close(button, true);
  if (event.key === "Tab") close(button);
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    move(menu, event.key === "ArrowDown" ? 1 : -1);
  }
}

export function startMenus() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest(opener);
    const already = openButton();
    if (already && (already === button || !event.target.closest(".dropdown-menu .stay-open"))) {
      close(already);
    }
    if (button && button !== already) open(button);
  });
  document.addEventListener("keydown", onKey);
}
