"""Signing out at a system's wish (OpenID Connect RP-Initiated Logout 1.0)."""

import base64
import json
from urllib.parse import urlencode

from serai.kit.db import Session
from serai.modules.identity import signing_keys
from serai.modules.identity.models.provider import SignInClient
from serai.modules.identity.provider import clients
from serai.modules.identity.signing_keys import BadToken


async def client_of_hint(
    session: Session, issuer: str, id_token_hint: str, client_id: str
) -> SignInClient | None:
    """The system that sends somebody to sign out; a token of ours may have expired, not be forged."""
    if not id_token_hint:
        return await clients.find(session, client_id) if client_id else None
    audience = _audience(id_token_hint)
    if audience is None or client_id not in {"", audience}:
        return None
    try:
        await signing_keys.verify(session, id_token_hint, "JWT", issuer=issuer, audience=audience, late=True)
    except BadToken:
        return None
    return await clients.find(session, audience)


def way_back(client: SignInClient | None, wanted: str, state: str) -> str | None:
    """Where to go afterwards: the system's own address and no other."""
    if client is None or wanted.rstrip("/") != client.address:
        return None
    return f"{wanted}?{urlencode({'state': state})}" if state else wanted


def _audience(token: str) -> str | None:
    """What the token says of itself, before it is believed."""
    try:
        part = token.split(".")[1]
        found = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))["aud"]
    except (ValueError, IndexError, KeyError, TypeError):
        return None
    return found if isinstance(found, str) else None
