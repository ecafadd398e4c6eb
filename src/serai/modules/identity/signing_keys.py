"""The keys that sign tokens (ADR 14): one algorithm, published before they sign and after.

A key signs an hour after it was published, so that whoever keeps the key set for as long has it by
then, and stays published for a day after the next one took over.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet

from serai.kit import clock, events, ids
from serai.kit.actor import SYSTEM, Actor
from serai.kit.db import Session, as_platform
from serai.kit.errors import Unauthenticated
from serai.kit.i18n import _
from serai.kit.secrets import Vault
from serai.modules.identity import signing_key_queries as queries
from serai.modules.identity.models.provider import SigningKey

ALGORITHM = "ES256"
KEY_SET_SECONDS = 3600
_PUBLISHED_BEFORE = timedelta(seconds=KEY_SET_SECONDS)
_PUBLISHED_AFTER = timedelta(days=1)
_LIFE = timedelta(days=90)


class BadToken(Unauthenticated):
    """Not ours, not for this purpose, or too old."""

    code = "identity.bad_token"


async def sign(session: Session, vault: Vault, kind: str, claims: Mapping[str, Any]) -> str:
    """A JWT with `kind` as its `typ`. The first one ever makes the first key."""
    async with as_platform(session):  # the keys are nobody's
        row = await queries.signing_key(session, clock.now()) or await _first(session, vault)
    key = ECKey.import_key(vault.open(row.sealed_key).encode())
    header = {"alg": ALGORITHM, "kid": row.id, "typ": kind}
    return jwt.encode(header, dict(claims), key, algorithms=[ALGORITHM])


async def verify(
    session: Session, token: str, kind: str, *, issuer: str, audience: str, late: bool = False
) -> dict[str, Any]:
    """The claims of a token of ours; in a transaction of the system's, for nobody is known yet.

    Raises BadToken for any doubt. `late`: even if it has expired.
    """
    keys = await queries.published_keys(session, clock.now())
    try:
        found = jwt.decode(token, KeySet([_public(row) for row in keys]), algorithms=[ALGORITHM])
        if found.header.get("typ") != kind:
            raise _bad()
        _registry(issuer, audience, late=late).validate(found.claims)
    except (JoseError, ValueError, TypeError) as error:
        raise _bad() from error
    return found.claims


async def key_set(session: Session, vault: Vault) -> dict[str, Any]:
    """The JSON Web Key Set (RFC 7517) of all keys whose tokens may be about."""
    rows = await queries.published_keys(session, clock.now()) or [await _first(session, vault)]
    return {"keys": [row.public_key for row in rows]}


async def rotate(session: Session, vault: Vault, actor: Actor, *, compromised: bool = False) -> SigningKey:
    """Publish a new key, which signs an hour later.

    `compromised`: it signs at once, and what the former ones signed is no longer believed.
    """
    await queries.lock_signing_keys(session)
    now = clock.now()
    former = await queries.published_keys(session, now)
    row = await _make(session, vault, actor, now if compromised or not former else now + _PUBLISHED_BEFORE)
    for key in former:
        until = now if compromised else row.signs_from + _PUBLISHED_AFTER
        key.published_until = min(key.published_until or until, until)
    return row


async def keep_fresh(session: Session, vault: Vault) -> None:
    """A regular duty: a new key every ninety days, and no trace of those long gone."""
    await queries.lock_signing_keys(session)
    now = clock.now()
    newest = max((row.created_at for row in await queries.published_keys(session, now)), default=None)
    if newest is not None and newest + _LIFE <= now:
        await rotate(session, vault, SYSTEM)
    await queries.forget_keys(session, now)


async def _first(session: Session, vault: Vault) -> SigningKey:
    await queries.lock_signing_keys(session)
    return await queries.signing_key(session, clock.now()) or await _make(session, vault, SYSTEM, clock.now())


async def _make(session: Session, vault: Vault, actor: Actor, signs_from: datetime) -> SigningKey:
    kid = ids.new("sig")
    key = ECKey.generate_key("P-256", {"kid": kid, "use": "sig", "alg": ALGORITHM})
    row = SigningKey(
        id=kid, public_key=dict(key.as_dict(private=False)), created_at=clock.now(), signs_from=signs_from,
        sealed_key=vault.seal(key.as_pem(private=True).decode()),
    )  # fmt: skip
    session.add(row)
    await events.publish(session, actor, "identity.signing_key_made", kid, signs_from=signs_from.isoformat())
    await session.flush()
    return row


def _registry(issuer: str, audience: str, *, late: bool) -> jwt.BaseClaimsRegistry:
    iss: jwt.ClaimsOption = {"essential": True, "value": issuer}
    aud: jwt.ClaimsOption = {"essential": True, "value": audience}
    present: jwt.ClaimsOption = {"essential": True}
    if late:
        return jwt.BaseClaimsRegistry(iss=iss, aud=aud, sub=present)
    now = int(clock.now().timestamp())
    return jwt.JWTClaimsRegistry(now=now, iss=iss, aud=aud, sub=present, exp=present)


def _public(row: SigningKey) -> ECKey:
    return ECKey.import_key(row.public_key)


def _bad() -> BadToken:
    return BadToken(_("This token is unknown, expired or revoked."))
