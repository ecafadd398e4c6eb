"""An account's team."""

from collections.abc import Sequence

from serai.kit import clock, events
from serai.kit.actor import Actor
from serai.kit.db import Session, as_platform
from serai.kit.errors import Conflict, Denied, NotFound
from serai.kit.i18n import _
from serai.modules.identity import builtin_roles, policy, queries, roles
from serai.modules.identity.models import Membership, User


async def list_members(
    session: Session, actor: Actor, account_id: str | None = None
) -> Sequence[tuple[Membership, User]]:
    """By e-mail address, the deactivated ones among them."""
    wanted = account_id if actor.is_platform and account_id else actor.account_id
    policy.TEAM_READ.require(actor, account_id=wanted)
    return await queries.members(session, wanted or "")


async def change_role(session: Session, actor: Actor, user_id: str, role: str) -> Membership:
    """From the member's next request on. The last owner stays one."""
    member = await _to_change(session, actor, user_id)
    roles.require_not_above(actor, await roles.grants_of(session, member.account_id, role))
    if member.role == role:
        return member
    if role != builtin_roles.OWNER:
        await _leave_an_owner(session, member)
    before, member.role = member.role, role
    await session.flush()
    await events.publish(
        session, actor, "identity.member_role_changed", user_id, member.account_id,
        before={"role": before}, after={"role": role},
    )  # fmt: skip
    return member


async def remove(session: Session, actor: Actor, user_id: str) -> None:
    """Out of the account: sessions and keys there end at once. Also: leaving it oneself."""
    member = await _to_change(session, actor, user_id, leaving=_is_oneself(actor, user_id))
    await _leave_an_owner(session, member)
    await session.delete(member)
    await session.flush()
    await _shut_out(session, member)
    await queries.revoke_invitations_of(session, member.account_id, user_id, clock.now())
    await events.publish(
        session, actor, "identity.member_removed", user_id, member.account_id, before={"role": member.role}
    )


async def suspend(session: Session, actor: Actor, user_id: str) -> None:
    """Shut out for now, at once; the role is kept for the way back."""
    member = await _to_change(session, actor, user_id)
    if member.deactivated_at is not None:
        return
    await _leave_an_owner(session, member)
    member.deactivated_at = clock.now()
    await session.flush()
    await _shut_out(session, member)
    await queries.revoke_invitations_of(session, member.account_id, user_id, clock.now())
    await events.publish(session, actor, "identity.member_suspended", user_id, member.account_id)


async def resume(session: Session, actor: Actor, user_id: str) -> None:
    member = await _to_change(session, actor, user_id)
    if member.deactivated_at is None:
        return
    member.deactivated_at = None
    await queries.revoke_invitations_of(session, member.account_id, user_id, clock.now())
    await events.publish(session, actor, "identity.member_resumed", user_id, member.account_id)


async def transfer_ownership(session: Session, actor: Actor, user_id: str) -> None:
    """The other member becomes owner, the actor administrator: both or neither."""
    account_id = actor.account_id or ""
    policy.ACCOUNT_TRANSFER.require(actor, account_id=account_id)
    await queries.lock_account(session, account_id)
    mine = await queries.membership(session, account_id, actor.user_id or "")
    theirs = await _member(session, account_id, user_id)
    if mine is None or mine.role != builtin_roles.OWNER:
        raise Denied(_("Only an owner can hand the account over."))
    if mine is theirs or theirs.deactivated_at is not None:
        raise Conflict(_("Choose another active member of the team."))
    theirs.role, mine.role = builtin_roles.OWNER, "admin"
    await events.publish(
        session, actor, "identity.ownership_transferred", account_id, account_id,
        before={"owner": actor.user_id}, after={"owner": user_id},
    )  # fmt: skip


def _is_oneself(actor: Actor, user_id: str) -> bool:
    """Everybody may leave. Not a key in its maker's place, nor support in the customer's."""
    return actor.id == user_id and actor.impersonator is None


async def _to_change(
    session: Session, actor: Actor, user_id: str, *, leaving: bool = False
) -> Membership:
    account_id = actor.account_id or ""
    await queries.lock_account(session, account_id)
    if not leaving:
        policy.TEAM_MANAGE.require(actor, account_id=account_id)
    member = await _member(session, account_id, user_id)
    if not leaving:
        roles.require_not_above(actor, await roles.grants_of(session, account_id, member.role))
    return member


async def _member(session: Session, account_id: str, user_id: str) -> Membership:
    member = await queries.membership(session, account_id, user_id)
    if member is None:
        raise NotFound(_("There is no member %(id)s in this account.", id=user_id))
    return member


async def _leave_an_owner(session: Session, member: Membership) -> None:
    is_owner = member.role == builtin_roles.OWNER and member.deactivated_at is None
    if is_owner and await queries.count_owners(session, member.account_id) < 2:
        raise Conflict(_("An account needs an owner. Make somebody else owner first, or delete the account."))


async def _shut_out(session: Session, member: Membership) -> None:
    async with as_platform(session):  # another person's sessions
        await queries.end_sessions_in(session, member.account_id, member.user_id)
        await queries.revoke_keys_in(session, member.account_id, clock.now(), member.user_id)
