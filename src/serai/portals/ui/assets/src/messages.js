// Texts come from the server's catalogue, in a JSON block of the page.
const block = document.getElementById("ui-messages");
const texts = block ? JSON.parse(block.textContent) : {};

export const locale = document.documentElement.lang || "en";

/** The translated text for `key` with `{name}` places filled. */
export function text(key, values = {}) {
  const found = texts[key] ?? key;
  return found.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** {label, tone, icon} of a state, as serai.portals.ui.states has it. */
export function stateOf(name) {
  return texts.states?.[name] ?? { label: name, tone: "neutral", icon: "circle" };
}

export function duration(milliseconds) {
  const units = [["hour", 3_600_000], ["minute", 60_000], ["second", 1000], ["millisecond", 1]];
  const [unit, size] = units.find(([, each]) => milliseconds >= each) ?? units[3];
  const value = milliseconds / size;
  const digits = unit === "millisecond" || value >= 10 ? 0 : 1;
  return new Intl.NumberFormat(`${locale}-u-nu-latn`, {
    style: "unit",
    unit,
    unitDisplay: "short",
    maximumFractionDigits: digits,
  }).format(value);
}

export function percent(value) {
  return new Intl.NumberFormat(`${locale}-u-nu-latn`, { style: "percent" }).format(value / 100);
}

export function icon(name, extra = "") {
  const sprite = document.documentElement.dataset.icons;
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", `icon ${extra}`.trim());
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${sprite}#${name}`);
  svg.append(use);
  return svg;
}
