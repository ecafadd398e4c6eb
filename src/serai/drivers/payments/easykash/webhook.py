"""`signatureHash` over seven fields in their order. Nothing in it tells its age."""

from collections.abc import Mapping
from typing import Any

from serai.contracts.payments import WebhookEvent, WebhookRefused
from serai.drivers.payments.webhook_events import hex_hmac, json_object, require_equal, text

_SIGNED = (
    "ProductCode", "Amount", "ProductType", "PaymentMethod", "status", "easykashRef", "customerReference",
)  # fmt: skip


def verified(body: bytes, secret: str) -> dict[str, Any]:
    found = json_object(body)
    if not found.get("easykashRef") or not found.get("customerReference"):
        raise WebhookRefused("This is no callback of EasyKash's.")
    signed = "".join(text(found, name) for name in _SIGNED)
    require_equal(hex_hmac(secret, signed, "sha512"), found.get("signatureHash"))
    return found


def notice(found: Mapping[str, Any], charge_id: str | None) -> WebhookEvent:
    """`easykashRef` is one payment; what happens to it again is told under another status."""
    status = text(found, "status")
    event_id = f"{text(found, 'easykashRef')}:{status}"
    return WebhookEvent(event_id, status.lower(), charge_id, text(found, "customerReference"))
