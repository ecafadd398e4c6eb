// A live operation: snapshots over Socket.IO, by polling while the socket is down.
import { locale } from "./messages.js";
import { render } from "./operation-view.js";
import { releaseSocket, takeSocket } from "./socket.js";

const POLL_MS = 1000;
const BANNER_AFTER_MS = 1500;
let socket;
const watched = new Map();
const listening = new WeakSet();

function connect() {
  if (socket) return socket;
  socket = takeSocket();
  if (listening.has(socket)) return socket;
  listening.add(socket);
  socket.on("connect", () => watched.forEach((each) => each.resume()));
  socket.on("disconnect", () => watched.forEach((each) => each.fallBack()));
  socket.on("connect_error", () => watched.forEach((each) => each.fallBack()));
  socket.on("operation", (snapshot) => watched.get(snapshot.id)?.take(snapshot));
  addEventListener("offline", () => watched.forEach((each) => each.fallBack()));
  return socket;
}

class Watch {
  constructor(root) {
    this.root = root;
    this.id = root.dataset.operation;
    this.after = Number(root.dataset.after ?? 0);
    this.finished = root.dataset.finished === "true";
  }

  settle() {
    clearTimeout(this.timer);
    clearTimeout(this.alarm);
    this.alarm = this.timer = undefined;
    this.setLost(false);
  }

  resume() {
    this.settle();
    if (!this.finished) socket.emit("watch", { operation: this.id, after: this.after, lang: locale });
  }

  fallBack() {
    if (this.finished || this.timer) return;
    this.timer = setTimeout(() => this.poll(), POLL_MS);
    this.raise();
  }

  raise() {
    this.alarm ??= setTimeout(() => this.setLost(true), BANNER_AFTER_MS);
  }

  async poll() {
    const url = new URL(this.root.dataset.snapshotUrl, location.href);
    url.searchParams.set("after", this.after);
    try {
      const response = await fetch(url, { headers: { Accept: "application/json" } });
      if (!response.ok) throw new Error(response.statusText);
      this.take(await response.json());
      this.settle();
    } catch {
      if (this.polls()) this.raise();
    }
    this.timer = undefined;
    if (this.polls()) this.timer = setTimeout(() => this.poll(), POLL_MS);
  }

  polls() {
    return !this.finished && !socket?.connected;
  }

  take(snapshot) {
    if (this.finished) return;
    const fresh = (snapshot.logs ?? []).filter((line) => line.id > this.after);
    if (fresh.length) this.after = fresh.at(-1).id;
    this.finished = Boolean(snapshot.finished);
    render(this.root, { ...snapshot, logs: fresh });
    if (this.finished) this.finish();
  }

  finish() {
    this.settle();
    watched.delete(this.id);
    if (watched.size) return;
    releaseSocket();
    socket = undefined;
  }

  setLost(lost) {
    const banner = this.root.querySelector("[data-connection-lost]");
    if (banner) banner.hidden = !lost;
  }
}

export function startOperations(within) {
  for (const root of within.querySelectorAll("[data-operation]:not([data-watched])")) {
    root.dataset.watched = "true";
    const watch = new Watch(root);
    if (watch.finished) continue;
    watched.set(watch.id, watch);
    if (connect().connected) watch.resume();
    else watch.fallBack(); // until it is: an attempt to connect may hang for a long time
  }
}
