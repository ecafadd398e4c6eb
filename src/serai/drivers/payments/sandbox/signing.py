"""`Serai-Sandbox-Signature: t=<seconds>,v1=<hex HMAC-SHA256 of "t.body">`"""

import re
from collections.abc import Mapping

from serai.contracts.payments import WebhookRefused
from serai.drivers.payments.webhook_events import hex_hmac, require_equal, require_fresh
from serai.kit import clock

HEADER = "Serai-Sandbox-Signature"
_TOLERANCE_SECONDS = 300
_SHAPE = re.compile(r"t=(\d{1,15}),v1=([0-9a-f]{64})")


def sign(secret: str, body: bytes) -> str:
    at = int(clock.now().timestamp())
    return f"t={at},v1={_signature(secret, str(at), body)}"


def verify(secret: str, headers: Mapping[str, str], body: bytes) -> None:
    """Raises WebhookRefused."""
    found = _SHAPE.fullmatch(headers.get(HEADER.lower(), ""))
    if found is None:
        raise WebhookRefused(f"There is no {HEADER} in it, or it is malformed.")
    require_equal(_signature(secret, found[1], body), found[2])
    require_fresh(found[1], _TOLERANCE_SECONDS)


def _signature(secret: str, at: str, body: bytes) -> str:
    return hex_hmac(secret, at.encode() + b"." + body, "sha256")
