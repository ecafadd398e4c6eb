function select(tab, focus = true) {
  for (const each of tab.closest("[role=tablist]").querySelectorAll("[role=tab]")) {
    const chosen = each === tab;
    each.setAttribute("aria-selected", String(chosen));
    each.tabIndex = chosen ? 0 : -1;
    each.classList.toggle("active", chosen);
    document.getElementById(each.getAttribute("aria-controls")).hidden = !chosen;
  }
  if (focus) tab.focus();
}

function neighbour(tab, key) {
  const tabs = [...tab.closest("[role=tablist]").querySelectorAll("[role=tab]")];
  const forward = document.documentElement.dir === "rtl" ? "ArrowLeft" : "ArrowRight";
  const backward = forward === "ArrowLeft" ? "ArrowRight" : "ArrowLeft";
  const at = tabs.indexOf(tab);
  if (key === forward) return tabs[(at + 1) % tabs.length];
  if (key === backward) return tabs.at(at - 1);
  if (key === "Home") return tabs[0];
  if (key === "End") return tabs.at(-1);
  return undefined;
}

export function startTabs() {
  document.addEventListener("click", (event) => {
    const tab = event.target.closest("button[role=tab]");
    if (tab) select(tab);
  });
  document.addEventListener("keydown", (event) => {
    const tab = event.target.closest?.("button[role=tab]");
    const next = tab && neighbour(tab, event.key);
    if (!next) return;
    event.preventDefault();
    select(next);
  });
}
