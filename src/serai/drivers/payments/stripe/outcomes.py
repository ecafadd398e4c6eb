"""What Stripe's objects say of a charge."""

from typing import Any

import stripe

from serai.contracts.payments import Outcome, SavedMethod
from serai.drivers.payments.stripe.money import from_stripe
from serai.kit.i18n import _

# The same card will not be taken another day either (https://docs.stripe.com/declines/codes).
_FINAL = frozenset(
    {
        "expired_card", "incorrect_number", "invalid_account", "lost_card", "pickup_card", "restricted_card",
        "stolen_card", "card_not_supported", "currency_not_supported", "payment_method_not_available",
        "revocation_of_all_authorizations", "revocation_of_authorization", "invalid_expiry_year",
    }
)  # fmt: skip
_IN_PAGE = {"requires_action", "requires_confirmation", "requires_payment_method"}
EXPAND_PAYMENT = ["payment_method", "latest_charge.balance_transaction"]
EXPAND_SETUP = ["payment_method"]


def of_payment(intent: Any, publishable_key: str) -> Outcome:
    """`intent` with EXPAND_PAYMENT."""
    status = intent["status"]
    if status == "succeeded":
        amount = from_stripe(part(intent, "amount_received") or intent["amount"], intent["currency"])
        return Outcome("succeeded", intent["id"], amount=amount, method=_method(intent), fee=_fee(intent))
    if status == "canceled":
        return Outcome("cancelled", intent["id"])
    if status not in _IN_PAGE:
        return Outcome("pending", intent["id"])
    error = part(intent, "last_payment_error") or {}
    said, code = part(error, "message"), part(error, "decline_code") or part(error, "code")
    # With a saved method nobody stands at the card fields to try another card.
    alone = part(part(intent, "metadata"), "method") == "saved"
    if status == "requires_payment_method" and alone and code != "authentication_required":
        said = said or _("The card was declined.")
        return Outcome("failed", intent["id"], error=said, code=code or "card_declined", final=code in _FINAL)
    return Outcome(
        "requires_action", intent["id"], redirect_url=_redirect(intent), error=said, code=code,
        client=client_of(intent, publishable_key),
    )  # fmt: skip


def of_setup(intent: Any, publishable_key: str) -> Outcome:
    """`intent` with EXPAND_SETUP. Nothing is charged: the amount stays None."""
    status = intent["status"]
    if status == "succeeded":
        return Outcome("succeeded", intent["id"], method=_saved(intent))
    if status == "canceled":
        return Outcome("cancelled", intent["id"])
    if status == "processing":
        return Outcome("pending", intent["id"])
    error = part(intent, "last_setup_error") or {}
    return Outcome(
        "requires_action", intent["id"], redirect_url=_redirect(intent), error=part(error, "message"),
        code=part(error, "decline_code") or part(error, "code"), client=client_of(intent, publishable_key),
    )  # fmt: skip


def of_refusal(error: stripe.CardError, secretless: str, publishable_key: str) -> Outcome:
    """A declined card. `secretless`: the vendor's words without our keys."""
    found = error.error
    intent = part(found, "payment_intent") or {} if found else {}
    code = (part(found, "decline_code") if found else None) or error.code or "card_declined"
    reference = part(intent, "id") or ""
    if code == "authentication_required" and reference:
        client = client_of(intent, publishable_key)
        return Outcome("requires_action", reference, error=secretless, code=code, client=client)
    return Outcome("failed", reference, error=secretless, code=code, final=code in _FINAL)


def client_of(intent: Any, publishable_key: str) -> dict[str, str]:
    """For Stripe.js in our page; with a saved method it only has to be confirmed."""
    shown = {"publishable_key": publishable_key, "client_secret": str(part(intent, "client_secret") or "")}
    method = part(intent, "payment_method")
    if method is None:
        error = part(intent, "last_payment_error") or {}
        method = part(error, "payment_method")
    if method:
        shown["payment_method"] = str(method if isinstance(method, str) else method["id"])
    return shown


def _redirect(intent: Any) -> str | None:
    action = part(intent, "next_action") or {}
    url = part(part(action, "redirect_to_url") or {}, "url")
    return str(url) if url else None


def _method(intent: Any) -> SavedMethod | None:
    return _saved(intent) if part(intent, "setup_future_usage") else None


def _saved(intent: Any) -> SavedMethod | None:
    method = part(intent, "payment_method")
    if not method or isinstance(method, str):
        return None
    kind, expires = method["type"], None
    details = part(method, kind) or {}
    label = str(kind).replace("_", " ").title()
    if last4 := part(details, "last4"):
        label = f"{str(part(details, 'brand') or label).title()} •••• {last4}"
    if part(details, "exp_year"):
        expires = f"{details['exp_year']:04}-{details['exp_month']:02}"
    return SavedMethod(method["id"], label, kind, expires, part(intent, "customer"))


def _fee(intent: Any) -> Any:
    charge = part(intent, "latest_charge")
    movement = part(charge, "balance_transaction") if charge and not isinstance(charge, str) else None
    if not movement or isinstance(movement, str):
        return None
    return from_stripe(movement["fee"], movement["currency"])


def part(found: Any, name: str) -> Any:
    """Of Stripe's objects and of plain ones alike; None for what is not there."""
    try:
        return found[name]
    except (KeyError, TypeError):
        return None
