import { text } from "./messages.js";
import { toast } from "./toasts.js";

async function write(value) {
  if (navigator.clipboard && isSecureContext) return navigator.clipboard.writeText(value);
  const area = document.createElement("textarea");
  area.value = value;
  area.className = "visually-hidden";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (!done) throw new Error("refused");
}

export function startClipboard() {
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy], [data-copy-from]");
    if (!button) return;
    const source = button.dataset.copyFrom && document.getElementById(button.dataset.copyFrom);
    try {
      await write(button.dataset.copy ?? source.textContent.trim());
    } catch {
      toast(text("copy_failed"), "danger");
      return;
    }
    button.classList.add("is-copied");
    setTimeout(() => button.classList.remove("is-copied"), 1600);
    announce(text("copied"));
  });
}

function announce(message) {
  const region = document.getElementById("announcer");
  if (region) region.textContent = message;
}
