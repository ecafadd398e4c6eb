export function secretReveal() {
  return {
    shown: false,
    toggle() {
      this.shown = !this.shown;
      this.$root.querySelector("[data-secret]").classList.toggle("is-hidden", !this.shown);
      this.$root.querySelector("[data-reveal]").setAttribute("aria-pressed", String(this.shown));
    },
  };
}
