// Shows the prices of the chosen billing period, and carries the choice into the links.
export function packagePeriods() {
  return {
    init() {
      const chosen = this.$root.querySelector("input[name=period]:checked");
      if (chosen) this.show(chosen.value);
    },
    choose(event) {
      this.show(event.target.value);
    },
    show(period) {
      for (const element of this.$root.querySelectorAll("[data-period]")) {
        element.hidden = element.dataset.period !== period;
      }
      for (const link of this.$root.querySelectorAll("a[data-period-link]")) {
        const url = new URL(link.href);
        url.searchParams.set("period", period);
        link.href = url.href;
      }
    },
  };
}
