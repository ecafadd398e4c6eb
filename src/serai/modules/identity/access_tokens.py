"""Short-lived access tokens for the API (RFC 9068), got for an API key and as good as it is.

A token says which key it came from and what of the key's rights it has. Each request looks the key up
again: revoked, expired, or its maker gone, and the token is worth nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from serai.kit import clock, events, ids
from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.errors import Denied
from serai.kit.i18n import _
from serai.kit.permissions import expand
from serai.kit.secrets import Vault
from serai.modules.identity import keys, signing_keys

LIFE = timedelta(minutes=5)
_KIND = "at+jwt"


@dataclass(frozen=True, slots=True)
class AccessToken:
    """`scopes`: the permissions it carries, by name."""

    token: str
    scopes: tuple[str, ...]


async def issue(
    session: Session, actor: Actor, vault: Vault, issuer: str, scopes: Sequence[str] | None = None
) -> AccessToken:
    """A token with the actor's rights, or with those of them that `scopes` names or matches.

    Raises Denied for scopes the actor has not got, and for who does not act by a key.
    """
    if not ids.is_id("tok", actor.id):
        raise Denied(_("An access token is made from an API key."))
    granted = sorted(_narrowed(actor, scopes))
    names = tuple(name.rpartition(":")[0] for name in granted)
    now, jti = clock.now(), ids.new("jti")
    claims = {
        "iss": issuer, "aud": _audience(issuer), "sub": actor.user_id, "client_id": actor.id, "jti": jti,
        "iat": int(now.timestamp()), "exp": int((now + LIFE).timestamp()), "scope": " ".join(names),
    }  # fmt: skip
    token = await signing_keys.sign(session, vault, _KIND, claims)
    await events.publish(
        session, actor, "identity.access_token_issued", actor.id, actor.account_id, jti=jti, scopes=names
    )
    return AccessToken(token, names)


async def authenticate(session: Session, token: str, *, issuer: str) -> Actor:
    """Whoever calls the API: by a key, or by a token made from one. Raises Unauthenticated."""
    if looks_like_one(token):
        return await actor_of_jwt(session, token, issuer=issuer)
    return await keys.actor_of_token(session, token)


async def actor_of_jwt(session: Session, token: str, *, issuer: str) -> Actor:
    claims = await signing_keys.verify(session, token, _KIND, issuer=issuer, audience=_audience(issuer))
    actor = await keys.actor_of_key_id(session, str(claims.get("client_id")))
    names = frozenset(str(claims.get("scope")).split())
    return replace(actor, grants=frozenset(g for g in actor.grants if g.rpartition(":")[0] in names))


def looks_like_one(token: str) -> bool:
    return token.count(".") == 2


def _narrowed(actor: Actor, scopes: Sequence[str] | None) -> frozenset[str]:
    if scopes is None:
        return actor.grants
    wanted = expand(tuple(scopes), "platform" if actor.is_platform else "account")
    if not wanted or not wanted <= actor.grants:
        message = _("The key does not have all the rights that were asked for.")
        raise Denied(message, fields={"scopes": message})
    return wanted


def _audience(issuer: str) -> str:
    return f"{issuer}/api/v1"
