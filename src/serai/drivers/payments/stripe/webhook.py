"""`Stripe-Signature` over the raw body, by the SDK; the age by the platform's clock."""

import re
from collections.abc import Mapping
from typing import Any

import stripe

from serai.contracts.payments import WebhookEvent, WebhookRefused
from serai.drivers.payments.webhook_events import json_object, require_fresh

_TOLERANCE_SECONDS = 300
_TIME = re.compile(r"(?:^|,)t=(\d{1,15})(?:,|$)")


def read(headers: Mapping[str, str], body: bytes, secret: str) -> WebhookEvent:
    header = headers.get("stripe-signature", "")
    try:
        stripe.WebhookSignature.verify_header(body, header, secret)
    except (stripe.SignatureVerificationError, UnicodeError, ValueError) as error:
        raise WebhookRefused("This was not signed by Stripe with the webhook's secret.") from error
    signed = _TIME.search(header)
    require_fresh(signed[1] if signed else "", _TOLERANCE_SECONDS)
    event = json_object(body)
    found = event.get("data", {}).get("object") if isinstance(event.get("data"), dict) else None
    if not isinstance(found, dict) or not isinstance(event.get("id"), str):
        raise WebhookRefused("This is no event of Stripe's.")
    metadata = found.get("metadata") or {}
    return WebhookEvent(event["id"], str(event.get("type")), metadata.get("charge"), _reference(found))


def _reference(found: Mapping[str, Any]) -> str | None:
    """Charges, refunds and disputes name the payment they belong to."""
    if found.get("object") in {"payment_intent", "setup_intent"}:
        return str(found["id"])
    named = found.get("payment_intent")
    return named if isinstance(named, str) else None
