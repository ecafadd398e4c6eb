// The side navigation of small screens.
export function startNavigation() {
  const shell = document.querySelector("[data-shell]");
  const button = document.querySelector("[data-toggle-navigation]");
  if (!shell || !button) return;
  const set = (open) => {
    shell.classList.toggle("is-open", open);
    button.setAttribute("aria-expanded", String(open));
    if (open) shell.querySelector(".side-nav a")?.focus();
  };
  button.addEventListener("click", () => set(!shell.classList.contains("is-open")));
  shell.querySelector("[data-close-navigation]")?.addEventListener("click", () => set(false));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && shell.classList.contains("is-open")) {
      set(false);
      button.focus();
    }
  });
}
