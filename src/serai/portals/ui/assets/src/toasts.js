import { icon, text } from "./messages.js";

const ICONS = { success: "circle-check", danger: "alert-circle", warning: "alert-triangle", info: "info-circle" };
const SHOWN_MS = 6000;

function dismissLater(element) {
  let timer = setTimeout(() => element.remove(), SHOWN_MS);
  element.addEventListener("pointerenter", () => clearTimeout(timer));
  element.addEventListener("focusin", () => clearTimeout(timer));
  element.addEventListener("pointerleave", () => {
    timer = setTimeout(() => element.remove(), SHOWN_MS / 2);
  });
}

/** Shows a short message; errors stay until they are closed. */
export function toast(message, tone = "info") {
  const element = document.createElement("div");
  element.className = `toast-note tone-${tone}`;
  const words = document.createElement("p");
  words.textContent = message;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "btn-quiet";
  close.dataset.closeToast = "";
  close.setAttribute("aria-label", text("close"));
  close.append(icon("x"));
  element.append(icon(ICONS[tone] ?? ICONS.info), words, close);
  const region = tone === "danger" ? "toasts-assertive" : "toasts-polite";
  document.getElementById(region)?.append(element);
  if (tone !== "danger") dismissLater(element);
}

export function startToasts() {
  for (const each of document.querySelectorAll(".toast-note:not(.tone-danger):not([data-keep])")) {
    dismissLater(each);
  }
  document.addEventListener("click", (event) => {
    event.target.closest("[data-close-toast]")?.closest(".toast-note").remove();
    const trigger = event.target.closest("[data-toast]");
    if (trigger) toast(trigger.dataset.toast, trigger.dataset.tone);
  });
  // `HX-Trigger: {"toast": {"message": …, "tone": …}}` arrives as an event of that name.
  document.addEventListener("toast", (event) => toast(event.detail.message, event.detail.tone));
  document.addEventListener("htmx:error", () => toast(text("request_failed"), "danger"));
  document.addEventListener("htmx:response:error", (event) => {
    const headers = event.detail?.ctx?.response?.raw?.headers;
    if (!headers?.get("HX-Trigger")?.includes("toast")) toast(text("request_failed"), "danger");
  });
}
