// Widths that are data: the strict style policy allows them from script only.
export function startProgress(within) {
  for (const element of within.querySelectorAll("[data-share]")) {
    element.style.setProperty("--share", `${element.dataset.share}%`);
  }
}
