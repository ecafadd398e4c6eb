// <time data-relative> is written by the server and kept true here.
import { locale } from "./messages.js";

const UNITS = [["day", 86_400], ["hour", 3600], ["minute", 60], ["second", 1]];
const words = new Intl.RelativeTimeFormat(`${locale}-u-nu-latn`, { numeric: "auto" });

function update() {
  for (const element of document.querySelectorAll("time[data-relative]")) {
    const seconds = (new Date(element.dateTime) - Date.now()) / 1000;
    const [unit, size] = UNITS.find(([, each]) => Math.abs(seconds) >= each) ?? UNITS[3];
    element.textContent = words.format(Math.round(seconds / size), unit);
  }
}

export function startTimes() {
  setInterval(update, 30_000);
}
