// The bell: how many messages are unread, live; a new one is said aloud and shown for a moment.
import { locale } from "./messages.js";
import { takeSocket } from "./socket.js";
import { toast } from "./toasts.js";

let newest;

function show(bell, unread) {
  const badge = bell.querySelector("[data-bell-count]");
  badge.textContent = unread > 99 ? "99+" : String(unread);
  badge.hidden = !unread;
  const words = bell.dataset[unread ? "bellSome" : "bellNone"].replace("{count}", unread);
  bell.setAttribute("aria-label", words);
  bell.title = words;
}

export function startBell(bell) {
  if (bell.dataset.started) return;
  bell.dataset.started = "true";
  const socket = takeSocket();
  const ask = () => socket.emit("bell", { lang: locale }, (told) => {
    const missed = newest !== undefined || told.unread;
    newest ??= told.newest ?? "";
    show(bell, told.unread);
    // What came between the page and its socket.
    if (missed) document.dispatchEvent(new CustomEvent("bell"));
  });
  socket.on("connect", ask);
  if (socket.connected) ask();
  socket.on("bell", (told) => {
    show(bell, told.unread);
    if (told.newest && newest !== undefined && told.newest > newest) toast(told.title, "info");
    if (told.newest > (newest ?? "")) newest = told.newest;
    document.dispatchEvent(new CustomEvent("bell"));
  });
}
