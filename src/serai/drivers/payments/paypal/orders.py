"""What is asked for in an order, and what an order says of a charge."""

from collections.abc import Mapping
from typing import Any

from serai.contracts.payments import Charge, Outcome, SavedMethod
from serai.drivers.payments.paypal.settings import from_paypal, to_paypal
from serai.kit.i18n import _

_LOCALES = {"ar": "ar-EG", "en": "en-US"}
_DECLINED = {"DECLINED", "FAILED"}
_PAID = {"COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED"}
# The payer has to do something about the method itself.
FINAL_ISSUES = frozenset(
    {
        "AGREEMENT_ALREADY_CANCELLED", "BILLING_AGREEMENT_NOT_FOUND", "PAYER_ACCOUNT_LOCKED_OR_CLOSED",
        "PAYER_ACCOUNT_RESTRICTED", "PAYMENT_SOURCE_CANNOT_BE_USED", "TOKEN_ID_NOT_FOUND", "CARD_EXPIRED",
    }
)  # fmt: skip
DECLINES = FINAL_ISSUES | {
    "INSTRUMENT_DECLINED", "PAYER_CANNOT_PAY", "TRANSACTION_REFUSED", "PAYMENT_DENIED",
    "REDIRECT_PAYER_FOR_ALTERNATE_FUNDING", "MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED",
    "TRANSACTION_LIMIT_EXCEEDED", "COMPLIANCE_VIOLATION",
}  # fmt: skip


def order(charge: Charge) -> dict[str, Any]:
    """`invoice_id`: by default a merchant's account takes each only once, however late it is tried again."""
    return {
        "intent": "CAPTURE",
        "purchase_units": [
            {
                "reference_id": "default",
                "custom_id": charge.id,
                "invoice_id": charge.id,
                "description": charge.description[:127],
                "amount": to_paypal(charge.amount),
            }
        ],
        "payment_source": {"paypal": _source(charge)},
    }


def setup(charge: Charge) -> dict[str, Any]:
    source = {"usage_type": "MERCHANT", "experience_context": _experience(charge)}
    return {"payment_source": {"paypal": source}}


def of_order(found: Mapping[str, Any]) -> Outcome:
    """Approved orders are captured by whoever asks for this; here they are on their way."""
    reference, status = str(found["id"]), found.get("status")
    if status == "VOIDED":
        return Outcome("cancelled", reference)
    if status == "APPROVED":
        return Outcome("pending", reference)
    if status != "COMPLETED":
        return Outcome("requires_action", reference, redirect_url=link(found, "payer-action", "approve"))
    capture = capture_of(found)
    if capture.get("status") in _DECLINED:
        error = _("PayPal declined the payment. Choose another way to pay in PayPal, or here.")
        return Outcome("failed", reference, error=error, code=_reason(capture) or "declined")
    if capture.get("status") not in _PAID:
        return Outcome("pending", reference, code=_reason(capture))
    fee = capture.get("seller_receivable_breakdown", {}).get("paypal_fee")
    return Outcome(
        "succeeded", reference, amount=from_paypal(capture["amount"]), method=_vaulted(found),
        fee=from_paypal(fee) if fee else None,
    )  # fmt: skip


def capture_of(found: Mapping[str, Any]) -> dict[str, Any]:
    units = found.get("purchase_units") or [{}]
    captures = (units[0].get("payments") or {}).get("captures") or [{}]
    return dict(captures[-1])


def charge_of(found: Mapping[str, Any]) -> str | None:
    units = found.get("purchase_units") or [{}]
    named = units[0].get("custom_id")
    return named if isinstance(named, str) else None


def saved(token: Mapping[str, Any]) -> SavedMethod:
    """A payment token of the vault."""
    source = (token.get("payment_source") or {}).get("paypal") or {}
    return _method(str(token["id"]), source.get("email_address"), (token.get("customer") or {}).get("id"))


def link(found: Mapping[str, Any], *relations: str) -> str | None:
    for each in found.get("links") or []:
        if each.get("rel") in relations:
            return str(each["href"])
    return None


def _source(charge: Charge) -> dict[str, Any]:
    if charge.method and charge.off_session:
        stored = {
            "payment_initiator": "MERCHANT",
            "usage": "SUBSEQUENT",
            "usage_pattern": "UNSCHEDULED_POSTPAID",
        }
        return {"vault_id": charge.method, "stored_credential": stored}
    if charge.method:
        return {"vault_id": charge.method, "experience_context": _experience(charge)}
    source: dict[str, Any] = {"experience_context": {**_experience(charge), "user_action": "PAY_NOW"}}
    if charge.save_method:
        source["attributes"] = {"vault": {"store_in_vault": "ON_SUCCESS", "usage_type": "MERCHANT"}}
    return source


def _experience(charge: Charge) -> dict[str, str]:
    return {
        "return_url": charge.return_url,
        "cancel_url": charge.return_url,
        "shipping_preference": "NO_SHIPPING",
        "locale": _LOCALES.get(charge.payer.language, "en-US"),
    }


def _vaulted(found: Mapping[str, Any]) -> SavedMethod | None:
    source = (found.get("payment_source") or {}).get("paypal") or {}
    vault = (source.get("attributes") or {}).get("vault") or {}
    if vault.get("status") != "VAULTED":
        return None
    return _method(str(vault["id"]), source.get("email_address"), (vault.get("customer") or {}).get("id"))


def _method(token: str, email: object, customer: object) -> SavedMethod:
    label = f"PayPal {_masked(str(email))}" if email else "PayPal"
    return SavedMethod(token, label, "paypal", payer_reference=str(customer) if customer else None)


def _masked(email: str) -> str:
    """`m•••@example.com`"""
    name, _, host = email.partition("@")
    return f"{name[:1]}•••@{host}"


def _reason(capture: Mapping[str, Any]) -> str | None:
    found = (capture.get("status_details") or {}).get("reason")
    return str(found) if found else None
