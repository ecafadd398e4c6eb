"""Persons: who an actor is, their profile, and their end."""

from serai.kit import clock, events
from serai.kit.actor import Actor
from serai.kit.db import Session, as_platform
from serai.kit.errors import Conflict, Denied, Invalid
from serai.kit.i18n import LANGUAGES, _
from serai.modules.identity import credential_queries, policy, queries, session_queries
from serai.modules.identity.builtin_roles import OWNER
from serai.modules.identity.models import User

_LONGEST_NAME = 100


def themselves(user: User) -> Actor:
    """For what people do to their own sign-in before they have a session."""
    return Actor("user", user.id, name=user.email, user_id=user.id)


async def person(session: Session, actor: Actor) -> User:
    """Who is signed in. Raises Denied for tokens and the system, which have no sign-in of their own,
    and for who acts in another's name: nobody else changes a person's ways in."""
    if actor.user_id is None or actor.impersonator is not None:
        raise Denied(_("Only the person themselves can change how they sign in."))
    async with as_platform(session):
        return await session.get_one(User, actor.user_id)


async def id_of_email(session: Session, email: str) -> str | None:
    """Whose address it is, for whoever acts as the platform: others see no strangers."""
    found = await queries.user_by_email(session, email)
    return found.id if found else None


async def owner_of(session: Session, account_id: str) -> User | None:
    """Who owned the account first: whom to write to where it names nobody else."""
    async with as_platform(session):
        found = await queries.members(session, account_id)
        return next((user for member, user in found if member.role == OWNER), None)


async def update_profile(session: Session, actor: Actor, name: str, language: str) -> User:
    policy.PROFILE_MANAGE.require(actor, owner_id=actor.user_id)
    user = await person(session, actor)
    name = " ".join(name.split())
    if len(name) > _LONGEST_NAME or not name.isprintable():
        message = _("Enter a name of up to %(most)s characters.", most=_LONGEST_NAME)
        raise Invalid(message, fields={"name": message})
    if language not in LANGUAGES:
        message = _("Choose one of the languages.")
        raise Invalid(message, fields={"language": message})
    before = {"name": user.name, "language": user.language}
    user.name, user.language = name, language
    await events.publish(
        session, actor, "identity.profile_changed", user.id, None, before=before,
        after={"name": name, "language": language},
    )  # fmt: skip
    return user


async def delete_me(session: Session, actor: Actor, typed_email: str) -> None:
    """For good: out of every account, signed out everywhere, the address forgotten. Raises
    Conflict while an account has no other owner: hand it over or delete it first."""
    policy.PROFILE_MANAGE.require(actor, owner_id=actor.user_id)
    user = await person(session, actor)
    if typed_email.strip().lower() != user.email:
        message = _("Type %(email)s to confirm.", email=user.email)
        raise Invalid(message, fields={"email": message})
    if user.staff_role is not None:
        raise Conflict(_("You are staff. Have a superadmin dismiss you first."))
    async with as_platform(session):  # in all their accounts
        await _leave_all(session, user)
        await session_queries.delete_sessions_of(session, user.id)
        await events.publish(session, actor, "identity.user_deleted", user.id)
        await credential_queries.delete_all_of(session, user.id)
        user.email, user.name = f"deleted-{user.id}@deleted.invalid", ""
        user.deactivated_at = clock.now()


async def _leave_all(session: Session, user: User) -> None:
    for account, member in await queries.accounts_of(session, user.id):
        await queries.lock_account(session, account.id)
        if member.role == "owner" and await queries.count_owners(session, account.id) < 2:
            raise Conflict(
                _(
                    "You are the only owner of %(name)s. Make somebody else owner, or delete that "
                    "account first.",
                    name=account.name,
                )
            )
        await queries.revoke_keys_in(session, account.id, clock.now(), user.id)
        await session.delete(member)
    await session.flush()
    await queries.delete_memberships_of(session, user.id)  # also where they were shut out for now
