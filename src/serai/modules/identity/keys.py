"""API keys: made, rotated, revoked, recognised. Shown once, stored as a hash."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from serai.kit import clock, events, ids
from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.errors import Conflict, Denied, Invalid, NotFound, Unauthenticated
from serai.kit.i18n import _
from serai.kit.origin import origin
from serai.kit.permissions import Scope, defined, expand
from serai.modules.identity import policy, session_queries
from serai.modules.identity.access import actor_of_key
from serai.modules.identity.hashing import new_token, token_hash
from serai.modules.identity.models import ApiToken

EVERYTHING = "*"
LONGEST_OVERLAP = timedelta(days=7)
_LONGEST_NAME = 100
_LONGEST_LIFE = 366
_TOUCH_AFTER = timedelta(minutes=1)
_HINT_LETTERS = 12


async def create_token(
    session: Session,
    actor: Actor,
    name: str,
    *,
    scopes: Sequence[str] = (EVERYTHING,),
    platform: bool = False,
    days: int | None = None,
) -> tuple[ApiToken, str]:
    """A key for the actor's account, or for the whole platform; its clear text is shown once.

    Raises Denied for scopes the actor has not got, Invalid for a bad name, scope or life.
    """
    if actor.account_id is None:
        raise Denied(_("A token belongs to an account."))
    _require(actor, platform=platform)
    _check(actor, name, scopes, days, platform=platform)
    now = clock.now()
    clear = new_token("serai_")
    row = ApiToken(
        id=ids.new("tok"), name=name.strip(), hint=clear[:_HINT_LETTERS], token_hash=token_hash(clear),
        platform=platform, account_id=actor.account_id, user_id=actor.user_id, scopes=sorted(set(scopes)),
        created_at=now, expires_at=now + timedelta(days=days) if days else None,
    )  # fmt: skip
    session.add(row)
    await session.flush()
    await events.publish(session, actor, "identity.key_created", row.id, row.account_id, after=_shown(row))
    return row, clear


async def rotate_token(
    session: Session, actor: Actor, key_id: str, overlap: timedelta = timedelta(days=1)
) -> tuple[ApiToken, str]:
    """A new key in the old one's place; both work for the length of `overlap`."""
    old = await _own(session, actor, key_id)
    if not is_usable(old):
        raise Conflict(_("This key no longer works; make a new one."))
    if EVERYTHING in old.scopes and old.user_id != actor.user_id:
        raise Denied(
            _(
                "Only whoever made this key can rotate it: it may what its maker may. Revoke it, or make "
                "a new one."
            )
        )
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise Invalid(_("Old and new key can overlap by up to seven days."))
    life = (old.expires_at - old.created_at).days if old.expires_at else None
    row, clear = await create_token(
        session, actor, old.name, scopes=old.scopes, platform=old.platform, days=life
    )
    row.rotated_from = old.id
    ends = clock.now() + overlap
    old.expires_at = min(old.expires_at, ends) if old.expires_at else ends
    await events.publish(
        session, actor, "identity.key_rotated", old.id, old.account_id, replaced_by=row.id,
        old_ends=old.expires_at.isoformat(),
    )  # fmt: skip
    return row, clear


async def revoke_token(session: Session, actor: Actor, key_id: str) -> ApiToken:
    """At once: the next request with it is refused."""
    row = await _own(session, actor, key_id)
    if row.revoked_at is None:
        row.revoked_at = clock.now()
        await events.publish(session, actor, "identity.key_revoked", row.id, row.account_id, before=_shown(row))
    return row


async def list_tokens(session: Session, actor: Actor) -> Sequence[ApiToken]:
    """The account's, newest first; for staff outside of an account everybody's."""
    policy.KEYS_READ.require(actor, account_id=actor.account_id)
    return await session_queries.keys(session, None if actor.is_platform else actor.account_id)


async def actor_of_token(session: Session, token: str) -> Actor:
    """Raises Unauthenticated for an unknown, expired or revoked key."""
    return await _recognise(session, ApiToken.token_hash == token_hash(token))


async def actor_of_key_id(session: Session, key_id: str) -> Actor:
    """The same for somebody who holds a token made from the key."""
    return await _recognise(session, ApiToken.id == key_id)


async def _recognise(session: Session, condition: object) -> Actor:
    now = clock.now()
    found = await session_queries.holder_of_key(session, condition)
    if found is None or not is_usable(found[0], now):
        raise Unauthenticated(
            _("This token is unknown, expired or revoked. Make one with `serai token create`.")
        )
    key, user, account, membership, own_role = found
    actor = actor_of_key(key, user, account, membership, own_role)
    if not key.platform and membership is None:
        raise Unauthenticated(_("Whoever made this token has left the account. Make a new one."))
    if key.last_used_at is None or now - key.last_used_at > _TOUCH_AFTER:
        await session_queries.set_key(session, key.id, last_used_at=now, last_used_ip=origin().ip)
    return actor


def is_usable(key: ApiToken, now: datetime | None = None) -> bool:
    now = now or clock.now()
    return key.revoked_at is None and (key.expires_at is None or key.expires_at > now)


def grantable(actor: Actor, *, platform: bool = False) -> list[str]:
    """The permissions a key of the actor's can have, by name."""
    scope: Scope = "platform" if platform else "account"
    return [each.name for each in defined(scope) if f"{each.name}:{scope}" in actor.grants]


def _require(actor: Actor, *, platform: bool) -> None:
    if platform and not actor.is_platform:
        raise Denied(_("Only staff can make a token for the whole platform."))
    policy.KEYS_MANAGE.require(actor, account_id=None if platform else actor.account_id)


def _check(actor: Actor, name: str, scopes: Sequence[str], days: int | None, *, platform: bool) -> None:
    if not name.strip() or len(name) > _LONGEST_NAME or not name.isprintable():
        message = _("Give the token a name, so that you know it again.")
        raise Invalid(message, fields={"name": message})
    if days is not None and not 1 <= days <= _LONGEST_LIFE:
        message = _("A key lives for 1 to %(most)s days.", most=_LONGEST_LIFE)
        raise Invalid(message, fields={"days": message})
    wanted = expand(tuple(scopes), "platform" if platform else "account")
    if not wanted:
        message = _("Choose at least one thing the key may do.")
        raise Invalid(message, fields={"scopes": message})
    # "Everything its maker may" is a person's to give: a key would make itself more than it is.
    everything = EVERYTHING in scopes and actor.id == actor.user_id
    if not everything and actor.kind != "system" and not wanted <= actor.grants:
        message = _("A key cannot have more rights than you have.")
        raise Denied(message, fields={"scopes": message})


async def _own(session: Session, actor: Actor, key_id: str) -> ApiToken:
    row = await session.get(ApiToken, key_id, with_for_update=True)
    if row is None or not actor.sees(row.account_id):
        raise NotFound(_("There is no token %(id)s.", id=key_id))
    _require(actor, platform=row.platform)
    return row


def _shown(row: ApiToken) -> dict[str, object]:
    return {
        "name": row.name, "scopes": list(row.scopes), "platform": row.platform,
        "expires_at": row.expires_at.isoformat() if row.expires_at else None,
    }  # fmt: skip
