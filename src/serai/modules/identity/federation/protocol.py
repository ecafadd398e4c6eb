"""The conversation with a provider: authorization code with PKCE, state and nonce (RFC 9700)."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from serai.kit import outgoing
from serai.kit.db import Session
from serai.kit.errors import Invalid, Unavailable
from serai.kit.i18n import _
from serai.kit.secrets import Vault
from serai.kit.settings import Settings
from serai.modules.identity import tickets
from serai.modules.identity.federation import github, id_token
from serai.modules.identity.federation.claims import Claims
from serai.modules.identity.federation.discovery import Endpoints, discover, signing_keys
from serai.modules.identity.federation.providers import GITHUB
from serai.modules.identity.federation.published import A_MINUTE
from serai.modules.identity.models import IdentityProvider, Ticket

_OIDC_SCOPE = "openid email profile"


async def authorization_address(
    session: Session,
    provider: IdentityProvider,
    endpoints: Endpoints,
    browser: str,
    redirect_uri: str,
    **data: Any,
) -> str:
    """Where to send this browser. `data` comes back in the ticket."""
    verifier, nonce = secrets.token_urlsafe(48), secrets.token_urlsafe(24)
    kept = {"provider": provider.key, "verifier": verifier, "nonce": nonce, "redirect_uri": redirect_uri}
    state = await tickets.issue(session, tickets.PROVIDER, browser=browser, data={**data, **kept})
    query = {
        "response_type": "code", "client_id": provider.client_id, "redirect_uri": redirect_uri,
        "scope": github.SCOPE if provider.kind == GITHUB else _OIDC_SCOPE, "state": state,
        "code_challenge": _challenge(verifier), "code_challenge_method": "S256",
    }  # fmt: skip
    if provider.kind != GITHUB:
        query["nonce"] = nonce
    joint = "&" if "?" in endpoints.authorization else "?"
    return f"{endpoints.authorization}{joint}{urlencode(query)}"


async def come_back(session: Session, provider: IdentityProvider, state: str, browser: str) -> Ticket:
    """What this browser began; gone by this. Raises Invalid for another browser's or a second time."""
    ticket = await tickets.use(session, tickets.PROVIDER, state, browser)
    if ticket is None or ticket.data["provider"] != provider.key:
        raise Invalid(_("This sign-in was begun in another browser, or is over. Begin again."))
    return ticket


async def redeem(
    settings: Settings,
    vault: Vault,
    provider: IdentityProvider,
    begun: Mapping[str, Any],
    code: str,
    issuer: str = "",
) -> Claims:
    """Exchange the code for who it is; `issuer` is the answer's own `iss` (RFC 9207), if it has one.

    Asks the provider: call it outside of transactions.
    """
    endpoints = await discover(settings, provider)
    if issuer and "{" not in endpoints.issuer and issuer != endpoints.issuer:
        raise Invalid(_("This answer is of another provider. Begin again."))
    async with outgoing.client(settings) as client:
        tokens = await _exchange(client, vault, provider, endpoints, begun, code)
        if provider.kind == GITHUB:
            return await github.claims(client, provider.issuer, str(tokens["access_token"]))
        token, nonce = str(tokens.get("id_token", "")), str(begun["nonce"])
        verified = await _verified(settings, provider, endpoints, token, nonce)
        if not verified.get("email") and endpoints.user_info:
            verified |= await _user_info(client, endpoints, tokens, str(verified["sub"]))
    return Claims(
        str(verified["iss"]), str(verified["sub"]), str(verified.get("email") or ""),
        id_token.vouches_for_email(verified),
    )  # fmt: skip


async def _exchange(
    client: outgoing.Client, vault: Vault, provider: IdentityProvider, endpoints: Endpoints,
    begun: Mapping[str, Any], code: str,
) -> dict[str, Any]:  # fmt: skip
    secret = vault.open(provider.sealed_secret)
    data = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": str(begun["redirect_uri"]),
        "code_verifier": str(begun["verifier"]), "client_id": provider.client_id,
    }  # fmt: skip
    headers = {"Accept": "application/json"}
    if endpoints.secret_in_body:
        data["client_secret"] = secret
    else:
        pair = f"{quote(provider.client_id, safe='')}:{quote(secret, safe='')}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    answer = await client.post(endpoints.token, data=data, headers=headers)
    tokens = answer.json()
    if answer.status != 200 or not isinstance(tokens, dict) or not tokens.get("access_token"):
        raise Unavailable(_("%(provider)s did not accept the sign-in. Begin again.", provider=provider.name))
    return tokens


async def _verified(
    settings: Settings, provider: IdentityProvider, endpoints: Endpoints, token: str, nonce: str
) -> dict[str, Any]:
    said = {"issuer": endpoints.issuer, "client_id": provider.client_id, "nonce": nonce}
    try:
        return id_token.verify(token, await signing_keys(settings, provider, endpoints), **said)
    except id_token.SignatureDoesNotFit:  # signed with a key that is newer than what we keep
        return id_token.verify(token, await signing_keys(settings, provider, endpoints, A_MINUTE), **said)


async def _user_info(
    client: outgoing.Client, endpoints: Endpoints, tokens: Mapping[str, Any], subject: str
) -> dict[str, Any]:
    """The address, where the ID token has none; only if it is said of the same subject."""
    headers = {"Authorization": f"Bearer {tokens['access_token']}", "Accept": "application/json"}
    answer = await client.get(endpoints.user_info, headers=headers)
    found = answer.json() if answer.status == 200 else None
    if not isinstance(found, dict) or not hmac.compare_digest(str(found.get("sub")).encode(), subject.encode()):
        return {}
    return {name: found[name] for name in ("email", "email_verified") if name in found}


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
