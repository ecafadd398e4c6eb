// Native <dialog>: it keeps the focus inside, closes on Escape and gives focus back by itself.
function guard(dialog) {
  const input = dialog.querySelector("[data-type-to-confirm]");
  if (!input || input.dataset.guarded) return;
  input.dataset.guarded = "true";
  const button = dialog.querySelector("[data-confirm]");
  input.addEventListener("input", () => {
    button.disabled = input.value.trim() !== input.dataset.typeToConfirm;
  });
}

export function startDialogs() {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-open-dialog]");
    if (opener) {
      const dialog = document.getElementById(opener.dataset.openDialog);
      guard(dialog);
      dialog.showModal();
    }
    if (event.target.closest("[data-close-dialog]")) event.target.closest("dialog").close();
    if (event.target.matches?.("dialog[open]")) event.target.close();
  });
  document.addEventListener("close", (event) => {
    const input = event.target.querySelector?.("[data-type-to-confirm]");
    if (!input) return;
    input.value = "";
    input.dispatchEvent(new Event("input"));
  }, true);
  for (const dialog of document.querySelectorAll("dialog[data-open-at-start]")) {
    guard(dialog);
    dialog.showModal();
  }
}
