"""Accounts: made, renamed, put to rest, deleted."""

from collections.abc import Sequence

from serai.kit import clock, events, ids
from serai.kit.actor import SYSTEM, Actor
from serai.kit.db import Session, as_platform
from serai.kit.errors import Conflict, Invalid, NotFound
from serai.kit.i18n import _
from serai.modules.identity import builtin_roles, policy, queries
from serai.modules.identity.access import actor_of
from serai.modules.identity.models import Account, Membership, Role, User

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
    """The accounts the actor's person may switch to."""
    return await queries.accounts_of(session, actor.user_id or "")


async def get(session: Session, actor: Actor, account_id: str | None = None) -> Account:
    """The actor's account, or for staff any."""
    wanted = account_id or actor.account_id
    account = await session.get(Account, wanted) if wanted and actor.sees(wanted) else None
    if account is None:
        raise NotFound(_("There is no account %(id)s.", id=wanted or ""))
    policy.ACCOUNT_READ.require(actor, account_id=account.id)
    return account


async def rename(session: Session, actor: Actor, name: str) -> Account:
    account = await get(session, actor)
    policy.ACCOUNT_UPDATE.require(actor, account_id=account.id)
    before, account.name = account.name, clean_name(name)
    await events.publish(
        session, actor, "identity.account_renamed", account.id, account.id,
        before={"name": before}, after={"name": account.name},
    )  # fmt: skip
    return account


async def deactivate(session: Session, actor: Actor, account_id: str | None = None) -> Account:
    """Put it to rest: systems stop, nobody can change anything, an owner can bring it back."""
    account = await _to_close(session, actor, account_id)
    if account.deactivated_at is not None:
        raise Conflict(_("The account is deactivated already."))
    account.deactivated_at = clock.now()
    await events.publish(session, actor, "identity.account_deactivated", account.id, account.id)
    return account


async def reactivate(session: Session, actor: Actor, account_id: str | None = None) -> Account:
    account = await _to_close(session, actor, account_id)
    if account.deactivated_at is None:
        raise Conflict(_("The account is active."))
    account.deactivated_at = None
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
