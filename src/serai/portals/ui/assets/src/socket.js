// One connection for everything on the page that is live; closed when the last one lets go.
import { io } from "socket.io-client";

const RETRY_MS = 3000;
let socket;
let users = 0;

export function takeSocket() {
  users += 1;
  if (socket) return socket;
  const made = io({ path: "/socket.io", transports: ["websocket", "polling"], reconnectionDelayMax: 3000 });
  made.on("connect_error", () => {
    // Refused by the server (a deploy, an expired session): the client does not retry by itself.
    if (!made.active) setTimeout(() => socket === made && made.connect(), RETRY_MS);
  });
  addEventListener("online", () => socket === made && made.connect());
  socket = made;
  return socket;
}

export function releaseSocket() {
  users -= 1;
  if (users) return;
  socket.disconnect();
  socket = undefined;
}
