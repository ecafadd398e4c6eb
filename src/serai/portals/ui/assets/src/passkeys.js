// Passkeys: a form with data-passkey="get" or "create" asks its data-options address for a challenge,
// lets the browser sign it, and posts the answer in its field `answer`.
import { text } from "./messages.js";
import { toast } from "./toasts.js";

const bytes = (value) =>
  Uint8Array.from(atob(value.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));

function base64url(buffer) {
  const letters = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
  return btoa(letters).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

const described = (list = []) => list.map((each) => ({ ...each, id: bytes(each.id) }));

function forBrowser(options) {
  const made = { ...options, challenge: bytes(options.challenge) };
  if (options.user) made.user = { ...options.user, id: bytes(options.user.id) };
  if (options.allowCredentials) made.allowCredentials = described(options.allowCredentials);
  if (options.excludeCredentials) made.excludeCredentials = described(options.excludeCredentials);
  return made;
}

function forServer(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = base64url(credential.response[name]);
  }
  return JSON.stringify({
    id: credential.id,
    rawId: base64url(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
    clientExtensionResults: credential.getClientExtensionResults(),
    response,
  });
}

async function answer(form) {
  const asked = await fetch(form.dataset.options, { method: "POST" });
  if (!asked.ok) throw new Error(`status ${asked.status}`);
  const publicKey = forBrowser(await asked.json());
  return navigator.credentials[form.dataset.passkey]({ publicKey });
}

async function send(form) {
  const button = form.querySelector("[type=submit]");
  button.disabled = true;
  try {
    form.elements.answer.value = forServer(await answer(form));
    form.submit();
  } catch (error) {
    button.disabled = false;
    const known = error.name === "InvalidStateError" ? "passkey_known" : "passkey_failed";
    toast(text(known), "danger");
  }
}

export function startPasskeys() {
  if (!window.PublicKeyCredential) {
    for (const form of document.querySelectorAll("form[data-passkey]")) form.hidden = true;
    return;
  }
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-passkey]")) return;
    event.preventDefault();
    send(event.target);
  });
}
