"""Accounts: made, renamed, put to rest, deleted."""

from collections.abc import Sequence

from serai.kit import clock, events, ids
from serai.kit.actor import SYSTEM, Actor
from serai.kit.db import Session, as_platform
from serai.kit.errors import Conflict, Denied, Invalid, NotFound
from serai.kit.i18n import _
from serai.modules.identity import builtin_roles, policy, queries
from serai.modules.identity.access import actor_of, is_strong
from serai.modules.identity.models import Account, Membership, Role, User, WebSession

_LONGEST_NAME = 100


async def ensure_user(
    session: Session, email: str, language: str = "en", *, staff_role: str | None = None
) -> tuple[User, Account]:
    """The user with that address and their first account, made if they are new."""
    user = await queries.user_by_email(session, email)
    if user is None or not await queries.accounts_of(session, user.id):
        # Two at once: the second one waits here, and then finds what the first one made.
        await queries.lock_email(session, email)
        user = await queries.user_by_email(session, email)
    if user is None:
        user = User(id=ids.new("usr"), email=email, language=language, created_at=clock.now())
        session.add(user)
        await session.flush()
        await events.publish(session, SYSTEM, "identity.user_created", user.id, after={"email": email})
    if staff_role and user.staff_role is None:
        user.staff_role = staff_role
        appointed = {"role": staff_role, "email": email}
        await events.publish(session, SYSTEM, "identity.staff_appointed", user.id, after=appointed)
    found = await queries.accounts_of(session, user.id)
    account = found[0][0] if found else await _make(session, user, user.email)
    await session.flush()
    return user, account


async def actor_in(session: Session, user: User, account: Account) -> Actor:
    """The person as the account's member that they are at this moment."""
    member = await queries.membership(session, account.id, user.id)
    own_role = await session.get(Role, member.role) if member else None
    return actor_of(user, account, member, own_role.permissions if own_role else None)


async def create(session: Session, actor: Actor, name: str) -> Account:
    """A further account, whose owner the actor's person is."""
    policy.PROFILE_MANAGE.require(actor, owner_id=actor.user_id)
    async with as_platform(session):  # nobody is a member of it yet
        user = await session.get_one(User, actor.user_id)
        return await _make(session, user, clean_name(name))


async def mine(session: Session, actor: Actor) -> Sequence[tuple[Account, Membership]]:
    """The accounts the actor's person may switch to; on support's visit only the one visited."""
    if actor.impersonator:
        found = await queries.accounts_of(session, actor.user_id or "")
        return [(account, member) for account, member in found if account.id == actor.account_id]
    return await queries.accounts_of(session, actor.user_id or "")


async def get(session: Session, actor: Actor, account_id: str | None = None) -> Account:
    """The actor's account, or for staff any."""
    wanted = account_id or actor.account_id
    account = await session.get(Account, wanted) if wanted and actor.sees(wanted) else None
    if account is None:
        raise NotFound(_("There is no account %(id)s.", id=wanted or ""))
    policy.ACCOUNT_READ.require(actor, account_id=account.id)
    return account


async def hold_active(session: Session, account_id: str) -> None:
    """For what must not begin while the account is put to rest or deleted. Raises Conflict."""
    account = await queries.hold_account(session, account_id)
    if account is None or account.state != "active":
        raise Conflict(_("The account is not active: nothing new can be launched in it."))


async def state_of(session: Session, account_id: str) -> str:
    """active, deactivated or deleted, as it is now."""
    account = await session.get(Account, account_id, populate_existing=True)
    return account.state if account else "deleted"


async def not_active(session: Session) -> dict[str, str]:
    """The state of each account that is not active, by its id."""
    return {each.id: each.state for each in await queries.accounts_not_active(session)}


async def rename(session: Session, actor: Actor, name: str) -> Account:
    account = await get(session, actor)
    policy.ACCOUNT_UPDATE.require(actor, account_id=account.id)
    before, account.name = account.name, clean_name(name)
    await events.publish(
        session, actor, "identity.account_renamed", account.id, account.id,
        before={"name": before}, after={"name": account.name},
    )  # fmt: skip
    return account


async def require_second_step(session: Session, actor: Actor, *, required: bool) -> Account:
    """Members without a second step in their session may nothing here until they have set one up.
    Raises Conflict for somebody who would shut themselves out."""
    account = await get(session, actor)
    policy.ACCOUNT_SECURE.require(actor, account_id=account.id)
    row = await session.get(WebSession, actor.session_id) if actor.session_id else None
    if required and (row is None or not is_strong(row.method)):
        raise Conflict(_("Set up a second step for yourself first, and sign in or confirm with it."))
    before, account.second_step_required = account.second_step_required, required
    await events.publish(
        session, actor, "identity.second_step_policy_changed", account.id, account.id,
        before={"required": before}, after={"required": required},
    )  # fmt: skip
    return account


async def deactivate(session: Session, actor: Actor, account_id: str | None = None) -> Account:
    """Put it to rest: systems stop, nobody can change anything, an owner can bring it back."""
    account = await _to_close(session, actor, account_id)
    if account.deactivated_at is not None:
        raise Conflict(_("The account is deactivated already."))
    account.deactivated_at, account.deactivated_by_staff = clock.now(), actor.is_platform
    await events.publish(session, actor, "identity.account_deactivated", account.id, account.id)
    return account


async def reactivate(session: Session, actor: Actor, account_id: str | None = None) -> Account:
    account = await _to_close(session, actor, account_id)
    if account.deactivated_at is None:
        raise Conflict(_("The account is active."))
    if account.deactivated_by_staff and not actor.is_platform:
        raise Denied(_("The platform's staff put this account to rest. Write to them to have it back."))
    account.deactivated_at, account.deactivated_by_staff = None, False
    await events.publish(session, actor, "identity.account_reactivated", account.id, account.id)
    return account


async def delete(session: Session, actor: Actor, typed_name: str, account_id: str | None = None) -> Account:
    """For good: the systems are removed (by launches, on the event), sessions and keys end. The
    record stays, for invoices and the audit log."""
    account = await _to_close(session, actor, account_id)
    if typed_name.strip() != account.name:
        message = _("Type the name %(name)s to confirm.", name=account.name)
        raise Invalid(message, fields={"name": message})
    account.deleted_at = clock.now()
    await events.publish(
        session, actor, "identity.account_deleted", account.id, account.id, before={"name": account.name}
    )
    async with as_platform(session):  # other members' sessions and keys, too
        await queries.revoke_keys_in(session, account.id, account.deleted_at)
        await queries.end_sessions_in(session, account.id)
    return account


async def _to_close(session: Session, actor: Actor, account_id: str | None) -> Account:
    account = await get(session, actor, account_id)
    policy.ACCOUNT_CLOSE.require(actor, account_id=account.id)
    locked = await queries.lock_account(session, account.id)
    if locked is None or locked.deleted_at is not None:
        raise Conflict(_("The account has been deleted."))
    return locked


async def _make(session: Session, user: User, name: str) -> Account:
    account = Account(id=ids.new("acc"), name=name, created_at=clock.now())
    session.add(account)
    await session.flush()
    session.add(
        Membership(account_id=account.id, user_id=user.id, role=builtin_roles.OWNER, joined_at=clock.now())
    )
    await session.flush()
    await events.publish(
        session, SYSTEM, "identity.account_created", account.id, account.id,
        after={"name": name, "owner": user.email},
    )  # fmt: skip
    return account


def clean_name(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        message = _("Enter a name of up to %(most)s characters.", most=_LONGEST_NAME)
        raise Invalid(message, fields={"name": message})
    return name
