// Stripe's card fields in our page: they are frames of Stripe's own, so that no card number reaches us.
const SCRIPT = "https://js.stripe.com/v3/";

export function startCardFields(within) {
  for (const form of within.querySelectorAll("[data-card-fields]:not([data-started])")) {
    form.dataset.started = "true";
    start(form).catch((error) => tell(form, error.message));
  }
}

async function start(form) {
  await load(SCRIPT, form.dataset.notLoaded);
  const { key, secret, method, locale } = form.dataset;
  const stripe = window.Stripe(key, { locale });
  const submit = form.querySelector("[data-card-submit]");
  const elements = method ? null : place(form, stripe, secret);
  submit.disabled = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    submit.disabled = true;
    const error = await confirm(form, stripe, elements);
    if (error) tell(form, error.message);
    else window.location.assign(form.dataset.return);
    submit.disabled = false;
  });
}

function place(form, stripe, clientSecret) {
  const elements = stripe.elements({ clientSecret });
  elements.create("payment").mount(form.querySelector("[data-card-place]"));
  return elements;
}

// A saved card only has to be confirmed with its bank.
async function confirm(form, stripe, elements) {
  const { secret, method, cardFields } = form.dataset;
  const confirmParams = { return_url: form.dataset.return };
  if (!elements) {
    const answer =
      cardFields === "setup"
        ? await stripe.confirmCardSetup(secret, { payment_method: method })
        : await stripe.confirmCardPayment(secret, { payment_method: method });
    return answer.error;
  }
  const wish = { elements, confirmParams, redirect: "if_required" };
  const answer = cardFields === "setup" ? await stripe.confirmSetup(wish) : await stripe.confirmPayment(wish);
  return answer.error;
}

function tell(form, text) {
  const place = form.querySelector("[data-card-error]");
  place.textContent = text;
  place.hidden = false;
}

function load(address, notLoaded) {
  if (window.Stripe) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.addEventListener("load", resolve);
    script.addEventListener("error", () => reject(new Error(notLoaded)));
    document.head.append(script);
  });
}
