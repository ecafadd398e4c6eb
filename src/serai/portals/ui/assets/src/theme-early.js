// Runs before the first paint: "auto" becomes light or dark here, so that nothing flashes.
const root = document.documentElement;
const dark = matchMedia("(prefers-color-scheme: dark)");

function apply() {
  const chosen = root.dataset.theme ?? "auto";
  root.dataset.bsTheme = chosen === "auto" ? (dark.matches ? "dark" : "light") : chosen;
}

apply();
dark.addEventListener("change", apply);
new MutationObserver(apply).observe(root, { attributeFilter: ["data-theme"] });
