"""What reading webhooks has in common."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from serai.contracts.payments import WebhookRefused
from serai.kit import clock


def json_object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise WebhookRefused("The body is no valid JSON.") from error
    if not isinstance(found, dict):
        raise WebhookRefused("The body is no JSON object.")
    return found


def require_fresh(timestamp: str | float, seconds: int) -> None:
    """Raises WebhookRefused for what was signed longer ago (or further ahead) than `seconds`."""
    try:
        age = clock.now().timestamp() - float(timestamp)
    except ValueError as error:
        raise WebhookRefused("The signature's time cannot be read.") from error
    if not abs(age) <= seconds:
        raise WebhookRefused("This was signed too long ago, or our clock is wrong.")


def require_equal(expected: str, given: object) -> None:
    """In constant time. Raises WebhookRefused."""
    if not isinstance(given, str) or not hmac.compare_digest(expected.encode(), given.lower().encode()):
        raise WebhookRefused("The signature does not fit.")


def hex_hmac(secret: str, signed: str | bytes, algorithm: str) -> str:
    message = signed.encode() if isinstance(signed, str) else signed
    return hmac.new(secret.encode(), message, algorithm).hexdigest()


def digest(body: bytes) -> str:
    """Stands in for an event id where the vendor gives none."""
    return hashlib.sha256(body).hexdigest()


def text(fields: Mapping[str, Any], name: str) -> str:
    """A field as the vendor's signature sees it: empty when it is not there."""
    found = fields.get(name)
    return "" if found is None else str(found)
