"""Signed-in browsers: opened, recognised, listed, ended. Kept by the server, so ended at once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from serai.kit import clock, events, ids
from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.errors import Denied, NotFound, Unauthenticated
from serai.kit.i18n import _
from serai.kit.origin import origin
from serai.kit.permissions import kept_from
from serai.modules.identity import builtin_roles, policy, queries, session_queries
from serai.modules.identity.access import actor_of, is_strong, withheld_from
from serai.modules.identity.accounts import ensure_user
from serai.modules.identity.hashing import new_token, token_hash
from serai.modules.identity.models import Account, User, WebSession

SUDO = timedelta(minutes=15)
_TOUCH_AFTER = timedelta(minutes=1)
_SECOND_STEPS = {"totp", "passkey"}


@dataclass(frozen=True, slots=True)
class Limits:
    """`whole`: from the sign-in on; `idle`: without a request (ASVS V7.3)."""

    whole: timedelta
    idle: timedelta


CUSTOMERS = Limits(timedelta(days=30), timedelta(days=7))
STAFF = Limits(timedelta(hours=12), timedelta(hours=2))


@dataclass(frozen=True, slots=True)
class SignedIn:
    """`token` is the cookie's value; it is not stored anywhere."""

    token: str
    user: User
    account: Account
    session_id: str


async def open_session(
    session: Session, user: User, account_id: str | None = None, method: str = "code"
) -> SignedIn:
    """For a person who has just proved who they are. Raises Denied for a deactivated one."""
    if user.deactivated_at is not None:
        raise Denied(_("This login is deactivated. Ask whoever manages your team."))
    _user, account = await ensure_user(session, user.email, user.language)
    of_them = {each.id: each for each, _membership in await queries.accounts_of(session, user.id)}
    wanted = account_id or await session_queries.last_account(session, user.id)
    account = of_them.get(wanted or "", account)
    token, now, came = new_token(), clock.now(), origin()
    row = WebSession(
        id=ids.new("ses"), token_hash=token_hash(token), user_id=user.id, account_id=account.id,
        method=method, ip=came.ip, user_agent=came.user_agent, created_at=now, seen_at=now, sudo_at=now,
        expires_at=now + limits_of(user).whole,
    )  # fmt: skip
    session.add(row)
    user.email_verified_at = user.email_verified_at or (now if method == "code" else None)
    await session.flush()
    actor = Actor("user", user.id, account.id, user.email, user_id=user.id, session_id=row.id)
    await events.publish(session, actor, "identity.signed_in", user.id, account.id, method=method)
    return SignedIn(token, user, account, row.id)


def limits_of(user: User) -> Limits:
    return STAFF if user.is_staff else CUSTOMERS


async def actor_of_session(
    session: Session, token: str, *, strong_staff: bool = False, touch: bool = True, visit: bool = False
) -> Actor | None:
    """Who holds this cookie, if anybody does any more. `strong_staff`: what staff may waits for a
    second step. `touch`: the person has just done something. `visit`: it is support's second cookie,
    which alone opens nothing."""
    now = clock.now()
    found = await session_queries.holder_of_session(session, token_hash(token))
    if found is None:
        return None
    row, user, account, membership, own_role, staff = found
    if not _is_alive(row, user, now) or visit != (row.impersonator_id is not None):
        return None
    if touch and now - row.seen_at > _TOUCH_AFTER:
        came = origin()
        await session_queries.set_session(session, row.id, seen_at=now, ip=came.ip)
    sudo = row.sudo_at is not None and now - row.sudo_at < SUDO
    withheld = withheld_from(row.method, user, account, strong_staff=strong_staff)
    actor = actor_of(
        user, account, membership, own_role, session_id=row.id, sudo=sudo, withheld=withheld
    )
    if row.impersonator_id is None:
        return actor
    return _as_support(actor, row, staff)


def _as_support(actor: Actor, row: WebSession, staff: User | None) -> Actor | None:
    """The customer's account for a member of staff: nothing of the person's own."""
    if staff is None or "support:enter:platform" not in builtin_roles.staff_grants(staff.staff_role or ""):
        return None
    # A visit helps with systems. It makes no one, gives nobody rights, and does not prolong itself.
    withheld = kept_from("visit")
    kept = frozenset(
        each for each in actor.grants if each.endswith(":account") and each.rpartition(":")[0] not in withheld
    )
    return replace(
        actor, kind="user", grants=kept, impersonator=staff.email, read_only=row.read_only, sudo=False
    )


def _is_alive(row: WebSession, user: User, now: datetime) -> bool:
    return row.expires_at > now and now - row.seen_at < limits_of(user).idle


async def sign_out(session: Session, token: str) -> None:
    found = await session_queries.holder_of_session(session, token_hash(token))
    if found is None or found[0].impersonator_id is not None:
        return
    row, user = found[0], found[1]
    await session_queries.delete_session(session, row.token_hash)
    await session_queries.delete_visits_of(session, user.id)
    actor = Actor("user", user.id, row.account_id, user.email, user_id=user.id, session_id=row.id)
    await events.publish(session, actor, "identity.signed_out", user.id, row.account_id)


async def rotate(session: Session, token: str) -> str:
    """The same session under a new token: a stolen older one is worth nothing any more."""
    found = await session_queries.holder_of_session(session, token_hash(token))
    if found is None:
        raise Unauthenticated(_("Your session has ended. Sign in again."))
    fresh = new_token()
    await session_queries.set_session(session, found[0].id, token_hash=token_hash(fresh))
    return fresh


async def confirm(session: Session, actor: Actor, method: str) -> None:
    """The person has proved again to be the one (sudo): dangerous acts are open for a while."""
    if actor.session_id is None or actor.impersonator:
        raise Denied(_("Only somebody who is signed in can confirm."))
    row = await session.get_one(WebSession, actor.session_id)
    row.sudo_at = clock.now()
    if method in _SECOND_STEPS and not is_strong(row.method):
        row.method = f"{row.method}+{method}"
    await session.flush()
    await events.publish(session, actor, "identity.confirmed", actor.id, actor.account_id, method=method)


async def switch_account(session: Session, actor: Actor, account_id: str) -> Account:
    """Go on in another account of the same person."""
    for account, _membership in await queries.accounts_of(session, actor.user_id or ""):
        if account.id == account_id and actor.session_id and not actor.impersonator:
            await session_queries.set_session(session, actor.session_id, account_id=account.id)
            await events.publish(session, actor, "identity.account_switched", actor.id, None, to=account.id)
            return account
    raise NotFound(_("There is no account %(id)s.", id=account_id))


async def sessions(session: Session, actor: Actor) -> Sequence[WebSession]:
    """The person's, in all accounts, last seen first."""
    policy.PROFILE_MANAGE.require(actor, owner_id=actor.user_id)
    return await session_queries.sessions_of(session, actor.user_id or "")


async def revoke_session(session: Session, actor: Actor, session_id: str) -> None:
    policy.PROFILE_MANAGE.require(actor, owner_id=actor.user_id)
    row = await session.get(WebSession, session_id)
    if row is None or row.user_id != actor.user_id:
        raise NotFound(_("There is no session %(id)s.", id=session_id))
    await session.delete(row)
    await events.publish(session, actor, "identity.session_revoked", session_id, None, ip=row.ip)


async def revoke_other_sessions(session: Session, actor: Actor) -> int:
    """All of the person's but the present one; how many."""
    policy.PROFILE_MANAGE.require(actor, owner_id=actor.user_id)
    count = await session_queries.delete_sessions_of(session, actor.user_id or "", but=actor.session_id)
    await events.publish(session, actor, "identity.other_sessions_revoked", actor.id, None, count=count)
    return count


async def forget_expired(session: Session) -> None:
    await session_queries.delete_expired(session, clock.now())
