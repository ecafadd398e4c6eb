import Alpine from "@alpinejs/csp";
import "htmx.org/dist/htmx.esm.js";
import { startClipboard } from "./clipboard.js";
import { startDialogs } from "./dialogs.js";
import { startMenus } from "./menus.js";
import { startNavigation } from "./navigation.js";
import { startPasskeys } from "./passkeys.js";
import { startPrint } from "./print.js";
import { startProgress } from "./progress.js";
import { packagePeriods } from "./periods.js";
import { secretReveal } from "./secret.js";
import { startTabs } from "./tabs.js";
import { startTheme } from "./theme.js";
import { startTimes } from "./times.js";
import { startToasts } from "./toasts.js";

Alpine.data("packagePeriods", packagePeriods);
Alpine.data("secretReveal", secretReveal);
Alpine.start();

startTheme();
startMenus();
startPasskeys();
startPrint();
startNavigation();
startDialogs();
startTabs();
startClipboard();
startToasts();
startTimes();

const RETRY_MS = 3000;

// Heavy parts are fetched only by pages that have something for them to do.
async function startHeavyParts(within) {
  startProgress(within);
  try {
    await fetchHeavyParts(within);
  } catch {
    setTimeout(() => startHeavyParts(within), RETRY_MS); // the network was away just then
  }
}

async function fetchHeavyParts(within) {
  if (within.querySelector("[data-chart]")) {
    (await import("./charts.js")).startCharts(within);
  }
  const bell = within.querySelector("[data-bell]");
  if (bell) (await import("./bell.js")).startBell(bell);
  if (within.querySelector("[data-operation]")) {
    (await import("./operation.js")).startOperations(within);
  }
  if (within.querySelector("[data-card-fields]")) {
    (await import("./card-fields.js")).startCardFields(within);
  }
}

startHeavyParts(document);
document.addEventListener("htmx:after:swap", () => startHeavyParts(document));
document.documentElement.dataset.ready = "true";
