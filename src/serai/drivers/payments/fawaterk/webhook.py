"""`hashKey` covers which invoice it is, not whether it was paid nor how much: a notice says where to look.
Nothing in it tells its age, so an old one looks new; looking again does no harm."""

from collections.abc import Callable

from serai.contracts.payments import WebhookEvent, WebhookRefused
from serai.drivers.payments.webhook_events import digest, hex_hmac, json_object, require_equal, text


def as_json(url: str) -> str:
    """Fawaterk sends JSON to addresses that hold `_json`, else a form."""
    return f"{url}{'&' if '?' in url else '?'}as=_json"


def read(body: bytes, secret: str, charge_of: Callable[[object], str | None]) -> WebhookEvent:
    found = json_object(body)
    if "hashKey" not in found:
        raise WebhookRefused("There is no hashKey in it. Ask Fawaterk for the newer form of its webhook.")
    if "invoice_id" in found:
        signed = (
            f"InvoiceId={text(found, 'invoice_id')}&InvoiceKey={text(found, 'invoice_key')}"
            f"&PaymentMethod={text(found, 'payment_method')}"
        )
        kind, reference = text(found, "invoice_status"), text(found, "invoice_id")
    else:
        signed = f"referenceId={text(found, 'referenceId')}&PaymentMethod={text(found, 'paymentMethod')}"
        kind, reference = text(found, "status"), ""
    require_equal(hex_hmac(secret, signed, "sha256"), found["hashKey"])
    return WebhookEvent(digest(body), kind.lower(), charge_of(found.get("pay_load")), reference or None)
