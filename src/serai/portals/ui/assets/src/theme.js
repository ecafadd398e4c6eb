const YEAR = 31_536_000;

function mark(theme) {
  for (const button of document.querySelectorAll("[data-set-theme]")) {
    button.setAttribute("aria-checked", String(button.dataset.setTheme === theme));
  }
}

export function startTheme() {
  const root = document.documentElement;
  mark(root.dataset.theme);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-set-theme]");
    if (!button) return;
    const theme = button.dataset.setTheme;
    root.dataset.theme = theme;
    document.cookie = `serai_theme=${theme};path=/;max-age=${YEAR};samesite=lax`;
    mark(theme);
    document.dispatchEvent(new CustomEvent("theme:changed"));
  });
}
