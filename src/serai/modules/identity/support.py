"""Support in a customer's account: with consent or a written reason, for an hour, both named."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from serai.kit import clock, events, ids
from serai.kit.actor import Actor
from serai.kit.db import Session, as_platform
from serai.kit.errors import Conflict, Denied, Invalid, NotFound
from serai.kit.i18n import _
from serai.kit.origin import origin
from serai.modules.identity import builtin_roles, policy, queries, session_queries
from serai.modules.identity.hashing import new_token, token_hash
from serai.modules.identity.models import Account, SupportGrant, User, WebSession
from serai.modules.identity.sessions import SignedIn

VISIT = timedelta(hours=1)
LONGEST_CONSENT = timedelta(days=7)
_SHORTEST_REASON = 10


async def consent(session: Session, actor: Actor, hours: int, *, may_change: bool) -> SupportGrant:
    """The account lets support in for so many hours, to look or also to change."""
    policy.SUPPORT_CONSENT.require(actor, account_id=actor.account_id)
    if not 1 <= hours <= LONGEST_CONSENT.total_seconds() // 3600:
        message = _("Choose between one hour and seven days.")
        raise Invalid(message, fields={"hours": message})
    now = clock.now()
    for open_one in await consents(session, actor):
        open_one.revoked_at = now
    async with as_platform(session):  # who is inside by the former consent enters anew
        await session_queries.delete_visits_in(session, actor.account_id or "")
    grant = SupportGrant(
        id=ids.new("sup"), account_id=actor.account_id, may_change=may_change, granted_by=actor.user_id,
        created_at=now, expires_at=now + timedelta(hours=hours),
    )  # fmt: skip
    session.add(grant)
    await events.publish(
        session, actor, "identity.support_allowed", grant.id, actor.account_id,
        after={"may_change": may_change, "until": grant.expires_at.isoformat()},
    )  # fmt: skip
    return grant


async def consents_of(session: Session, actor: Actor, account_id: str) -> Sequence[SupportGrant]:
    """For support, before it enters."""
    policy.SUPPORT_ENTER.require(actor)
    return await _in_force(session, account_id)


async def consents(session: Session, actor: Actor) -> Sequence[SupportGrant]:
    """Those in force."""
    policy.SUPPORT_CONSENT.require(actor, account_id=actor.account_id)
    return await _in_force(session, actor.account_id or "")


async def withdraw(session: Session, actor: Actor, grant_id: str) -> None:
    """Support that is inside because of it is out at once."""
    policy.SUPPORT_CONSENT.require(actor, account_id=actor.account_id)
    grant = await session.get(SupportGrant, grant_id)
    if grant is None or grant.account_id != actor.account_id or grant.revoked_at is not None:
        raise NotFound(_("This consent has ended already."))
    grant.revoked_at = clock.now()
    async with as_platform(session):  # the sessions of others
        await session_queries.delete_visits_in(session, grant.account_id)
    await events.publish(session, actor, "identity.support_withdrawn", grant.id, actor.account_id)


async def enter(session: Session, actor: Actor, account_id: str, reason: str) -> SignedIn:
    """A visit as the account's owner. Without the account's consent it is read-only and needs a
    written reason; with it, what the consent allows."""
    policy.SUPPORT_ENTER.require(actor)
    if actor.impersonator or actor.session_id is None:
        raise Denied(_("Sign in as yourself to enter a customer's account."))
    account = await session.get(Account, account_id)
    owner = await _owner_of(session, account_id)
    if account is None or account.deleted_at is not None or owner is None:
        raise NotFound(_("There is no account %(id)s.", id=account_id))
    granted = await _in_force(session, account_id)
    reason = _checked(reason.strip(), needed=not granted)
    may_change = any(each.may_change for each in granted)
    ends = min([clock.now() + VISIT, *(each.expires_at for each in granted)])
    visit = await _open(session, actor, account, owner, ends, read_only=not may_change)
    await events.publish(
        session, actor, "identity.support_entered", account.id, account.id, reason=reason,
        with_consent=bool(granted), read_only=not may_change, acts_as=owner.email, staff=actor.name,
    )  # fmt: skip
    return visit


async def leave(session: Session, token: str) -> None:
    found = await session_queries.holder_of_session(session, token_hash(token))
    if found is None or found[0].impersonator_id is None:
        return
    row, owner = found[0], found[1]
    staff = await session.get_one(User, row.impersonator_id)
    await session_queries.delete_session(session, row.token_hash)
    actor = Actor("staff", staff.id, row.account_id, staff.email, user_id=staff.id)
    await events.publish(
        session, actor, "identity.support_left", row.account_id, row.account_id, acted_as=owner.email
    )


async def _in_force(session: Session, account_id: str) -> Sequence[SupportGrant]:
    query = select(SupportGrant).where(
        SupportGrant.account_id == account_id, SupportGrant.revoked_at.is_(None),
        SupportGrant.expires_at > clock.now(),
    )  # fmt: skip
    return (await session.execute(query)).scalars().all()


async def _owner_of(session: Session, account_id: str) -> User | None:
    owners = [
        user
        for member, user in await queries.members(session, account_id)
        if member.role == builtin_roles.OWNER and not member.deactivated_at and not user.deactivated_at
    ]
    if owners and all(user.is_staff for user in owners):
        raise Conflict(_("That account belongs to staff; it cannot be entered."))
    return next((user for user in owners if not user.is_staff), None)


def _checked(reason: str, *, needed: bool) -> str:
    if needed and len(reason) < _SHORTEST_REASON:
        message = _("Write down why, in at least ten letters: the customer can read it in the audit log.")
        raise Invalid(message, fields={"reason": message})
    return reason[:500]


async def _open(
    session: Session, actor: Actor, account: Account, owner: User, ends: datetime, *, read_only: bool
) -> SignedIn:
    token, now, came = new_token(), clock.now(), origin()
    row = WebSession(
        id=ids.new("ses"), token_hash=token_hash(token), user_id=owner.id, account_id=account.id,
        method="support", ip=came.ip, user_agent=came.user_agent, created_at=now, seen_at=now, sudo_at=None,
        expires_at=ends, impersonator_id=actor.user_id, read_only=read_only,
    )  # fmt: skip
    session.add(row)
    await session.flush()
    return SignedIn(token, owner, account, row.id)
