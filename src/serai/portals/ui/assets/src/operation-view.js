// Writes a snapshot into the markup of ui/operation.html without rebuilding it.
import { duration, icon, percent, stateOf, text } from "./messages.js";

const MOVING = new Set(["running", "retrying", "undoing"]);

function badge(element, state) {
  const { label, tone } = stateOf(state);
  if (element.dataset.state === state) return;
  element.dataset.state = state;
  element.className = `state-badge tone-${tone}${MOVING.has(state) ? " is-moving" : ""}`;
  element.querySelector("[data-label]").textContent = label;
}

function marker(name) {
  if (MOVING.has(name)) {
    const spinner = document.createElement("span");
    spinner.className = "spinner";
    return spinner;
  }
  return icon(stateOf(name).icon);
}

function stepNumbers(step) {
  const parts = [];
  if (step.attempts > 1) parts.push(text("attempt", { number: step.attempts }));
  if (MOVING.has(step.state) && step.progress > 0) parts.push(percent(step.progress));
  if (step.duration_ms != null && !MOVING.has(step.state)) parts.push(duration(step.duration_ms));
  return parts.join(" · ");
}

function newStep(name) {
  const item = document.createElement("li");
  item.dataset.step = name;
  item.className = "work-step";
  for (const [tag, part, css] of [
    ["span", "mark", "work-mark"],
    ["span", "title", "work-title"],
    ["span", "state", "visually-hidden"],
    ["span", "numbers", "work-numbers"],
    ["p", "error", "work-error"],
  ]) {
    const element = document.createElement(tag);
    element.dataset.part = part;
    element.className = css;
    item.append(element);
  }
  return item;
}

function showStep(list, step) {
  let item = list.querySelector(`[data-step="${CSS.escape(step.name)}"]`);
  if (!item) list.append((item = newStep(step.name)));
  const part = (name) => item.querySelector(`[data-part=${name}]`);
  const { tone, label } = stateOf(step.state);
  if (item.dataset.state !== step.state) {
    item.dataset.state = step.state;
    item.className = `work-step tone-${tone}`;
    part("mark").replaceChildren(marker(step.state));
    part("state").textContent = label;
  }
  if (MOVING.has(step.state)) item.dataset.since ??= String(Date.parse(step.started_at) || Date.now());
  else delete item.dataset.since;
  part("title").textContent = step.title;
  part("numbers").textContent = stepNumbers(step);
  part("error").textContent = step.error ?? "";
  part("error").hidden = !step.error;
}

function logLine(line) {
  const item = document.createElement("li");
  item.dataset.logId = line.id;
  item.className = `log-line level-${line.level}`;
  const time = document.createElement("time");
  time.dateTime = line.at;
  time.textContent = new Date(line.at).toISOString().slice(11, 19);
  const words = document.createElement("span");
  words.textContent = line.message;
  item.append(time, words);
  return item;
}

const MAX_LINES = 2000;

function showLogs(view, lines) {
  if (!view || !lines.length) return;
  const list = view.querySelector("ol");
  const follows = view.scrollHeight - view.scrollTop - view.clientHeight < 40;
  list.append(...lines.map(logLine));
  while (list.children.length > MAX_LINES) list.firstElementChild.remove();
  if (follows) view.scrollTop = view.scrollHeight;
}

function showEnd(root, snapshot) {
  root.dataset.finished = "true";
  const page = root.closest("[data-operation-page]") ?? root;
  for (const element of page.querySelectorAll("[data-when]")) {
    element.hidden = !element.dataset.when.split(" ").includes(snapshot.state);
  }
  const open = root.querySelector("[data-open]");
  if (open && snapshot.redirect) {
    open.href = snapshot.redirect;
    open.hidden = false;
  }
  root.dispatchEvent(new CustomEvent("operation:finished", { bubbles: true, detail: snapshot }));
}

/** `snapshot` as /snapshot and the socket give it; `logs` holds only new lines. */
export function render(root, snapshot) {
  const part = (name) => root.querySelector(`[data-operation-${name}]`);
  badge(part("state"), snapshot.state);
  part("progress").value = snapshot.progress;
  part("progress").classList.toggle("tone-danger", snapshot.state === "failed");
  part("percent").textContent = percent(Math.round(snapshot.progress));
  if (part("message").textContent !== snapshot.message) {
    part("message").textContent = snapshot.message ?? "";
  }
  for (const step of snapshot.steps) showStep(part("steps"), step);
  showLogs(part("logs"), snapshot.logs);
  if (snapshot.finished) showEnd(root, snapshot);
}

// Running steps count their own time between snapshots.
setInterval(() => {
  for (const item of document.querySelectorAll("[data-step][data-since]")) {
    const clock = item.querySelector("[data-part=numbers]");
    const shown = clock.textContent.split(" · ").filter((each) => !each.startsWith("\u2009"));
    const past = Math.max(0, Math.floor((Date.now() - Number(item.dataset.since)) / 1000));
    clock.textContent = [...shown.filter(Boolean), `\u2009${duration(past * 1000 || 1000)}`].join(" · ");
  }
}, 1000);
