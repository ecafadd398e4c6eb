"""The Event Webhook: proven by its signature, then told in our own words."""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from serai.contracts.mail import Report
from serai.kit import clock
from serai.kit.errors import Denied, Invalid, Unavailable

_SIGNATURE = "x-twilio-email-event-webhook-signature"
_TIMESTAMP = "x-twilio-email-event-webhook-timestamp"
# SendGrid repeats a delivery for up to a day, and signs it anew each time.
_OLDEST_SECONDS = 600

_Outcome = Literal["delivered", "deferred", "bounced", "complained", "unsubscribed"]
_OUTCOMES: Mapping[str, _Outcome] = {
    "delivered": "delivered", "deferred": "deferred", "bounce": "bounced", "dropped": "bounced",
    "spamreport": "complained", "unsubscribe": "unsubscribed", "group_unsubscribe": "unsubscribed",
}  # fmt: skip


class Webhook:
    """`key`: the verification key as SendGrid's settings page shows it, base64 of DER."""

    def __init__(self, key: str | None) -> None:
        self._key = _load(key) if key else None

    def read(self, headers: Mapping[str, str], body: bytes) -> Sequence[Report]:
        """Raises Denied unless SendGrid signed it just now, Invalid for what is no list of events."""
        self._check(headers, body)
        try:
            events = json.loads(body)
        except ValueError as error:
            raise Invalid("The body is no valid JSON.") from error
        if not isinstance(events, list):
            raise Invalid("The body is no list of events.")
        found = (_report(each) for each in events if isinstance(each, dict))
        return [each for each in found if each is not None]

    def _check(self, headers: Mapping[str, str], body: bytes) -> None:
        if self._key is None:
            raise Unavailable("SERAI_SENDGRID_WEBHOOK_KEY is not set: nobody can be believed.")
        timestamp = headers.get(_TIMESTAMP, "")
        try:
            signature = base64.b64decode(headers.get(_SIGNATURE, ""), validate=True)
            self._key.verify(signature, timestamp.encode() + body, ec.ECDSA(SHA256()))
            age = clock.now().timestamp() - int(timestamp)
        except (InvalidSignature, binascii.Error, ValueError, UnicodeError) as error:
            raise Denied("This was not signed by SendGrid.") from error
        if abs(age) > _OLDEST_SECONDS:
            raise Denied("This was signed too long ago.")


def _load(key: str) -> ec.EllipticCurvePublicKey:
    try:
        found = load_der_public_key(base64.b64decode(key))
    except (ValueError, binascii.Error):
        found = None
    if not isinstance(found, ec.EllipticCurvePublicKey):
        raise Unavailable("SERAI_SENDGRID_WEBHOOK_KEY is no key. Copy it from SendGrid's webhook settings.")
    return found


def _report(event: Mapping[str, Any]) -> Report | None:
    outcome = _OUTCOMES.get(str(event.get("event")))
    if outcome is None:
        return None
    detail = " ".join(str(event[name]) for name in ("status", "reason", "response") if event.get(name))
    return Report(
        id=f"sendgrid:{event.get('sg_event_id') or _digest(event)}", mail_id=event.get("serai_mail"),
        address=str(event.get("email", "")).strip().lower(), outcome=outcome, hard=_is_hard(event),
        detail=detail[:500], at=datetime.fromtimestamp(_whole(event.get("timestamp")), UTC),
    )  # fmt: skip


def _is_hard(event: Mapping[str, Any]) -> bool:
    """A block ("blocked") is about a mail or about us, not about the address."""
    if event.get("event") == "dropped":
        return event.get("reason") == "Bounced Address"
    return event.get("event") == "bounce" and event.get("type", "bounce") == "bounce"


def _digest(event: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(event, sort_keys=True).encode()).hexdigest()[:32]


def _whole(number: object) -> int:
    return number if isinstance(number, int) and 0 <= number < 2**40 else int(clock.now().timestamp())
