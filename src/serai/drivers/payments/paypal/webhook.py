"""PayPal itself says whether it signed a notice; the body goes back to it byte for byte."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from yarl import URL

from serai.contracts.payments import WebhookEvent, WebhookRefused
from serai.drivers.payments.paypal.api import Api, Refused
from serai.drivers.payments.webhook_events import json_object, require_fresh
from serai.kit.errors import NotFound

# PayPal tries up to 25 times within three days; the time is that of the first.
_TOLERANCE_SECONDS = 3 * 24 * 3600 + 3600
_SIGNED = ("transmission-id", "transmission-time", "transmission-sig", "cert-url", "auth-algo")


async def read(api: Api, webhook_id: str, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
    event = json_object(body)
    fields = {name.replace("-", "_"): headers.get(f"paypal-{name}", "") for name in _SIGNED}
    _require_shape(fields)
    fields["webhook_id"] = webhook_id
    asked = json.dumps(fields).encode()[:-1] + b', "webhook_event": ' + body.strip() + b"}"
    try:
        answer = await api.post("/v1/notifications/verify-webhook-signature", asked)
    except (Refused, NotFound) as error:
        raise WebhookRefused("PayPal calls the signature malformed.") from error
    if answer.get("verification_status") != "SUCCESS":
        raise WebhookRefused("PayPal says that this is not its signature.")
    return _notice(event)


def _require_shape(fields: Mapping[str, str]) -> None:
    if not all(fields.values()):
        raise WebhookRefused("This was not signed by PayPal.")
    certificate = URL(fields["cert_url"])
    host = certificate.host or ""
    if certificate.scheme != "https" or not (host == "paypal.com" or host.endswith(".paypal.com")):
        raise WebhookRefused("The signature's certificate is none of PayPal's.")
    try:
        sent = datetime.fromisoformat(fields["transmission_time"])
    except ValueError as error:
        raise WebhookRefused("The signature's time cannot be read.") from error
    if sent.tzinfo is None:
        raise WebhookRefused("The signature's time cannot be read.")
    require_fresh(sent.timestamp(), _TOLERANCE_SECONDS)


def _notice(event: Mapping[str, Any]) -> WebhookEvent:
    resource = event.get("resource")
    if not isinstance(resource, dict) or not isinstance(event.get("id"), str):
        raise WebhookRefused("This is no event of PayPal's.")
    units = resource.get("purchase_units") or [{}]
    charge = resource.get("custom_id") or (units[0].get("custom_id") if isinstance(units[0], dict) else None)
    related = (resource.get("supplementary_data") or {}).get("related_ids") or {}
    is_order = event.get("resource_type") == "checkout-order"
    reference = resource.get("id") if is_order else related.get("order_id")
    # A refund's own id is ours, too; what is to be looked at is its payment.
    named = charge if isinstance(charge, str) and event.get("resource_type") != "refund" else None
    return WebhookEvent(event["id"], str(event.get("event_type")), named, reference)
