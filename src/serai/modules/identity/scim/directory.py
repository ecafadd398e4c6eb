"""The account's people as its directory keeps them: known, invited, shut out, let in, removed.

A directory never makes somebody a member: it invites, and whoever has the address joins. What it says
of a person is kept for it beside the person's own profile and sign-in, which it cannot touch.
"""

from dataclasses import dataclass, replace
from typing import Any

from scim2_models import Context, MutabilityException, UniquenessException
from sqlalchemy.exc import IntegrityError

from serai.kit import clock, events, ids
from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.errors import Denied, Invalid, NotFound
from serai.kit.i18n import _
from serai.modules.identity import (
    accounts,
    builtin_roles,
    directory_queries,
    invitations,
    members,
    policy,
    queries,
    roles,
)
from serai.modules.identity.emails import clean_email
from serai.modules.identity.invitations import IssuedInvitation
from serai.modules.identity.models import Account, DirectoryEntry, Membership, User
from serai.modules.identity.scim import schemas

FIRST_ROLE = "viewer"


@dataclass(frozen=True, slots=True)
class Person:
    """`role`: held, or promised in the open invitation."""

    entry: DirectoryEntry
    member: Membership | None
    role: str

    @property
    def active(self) -> bool:
        return self.entry.active if self.member is None else self.member.deactivated_at is None


@dataclass(frozen=True, slots=True)
class Changed:
    """`invitation`: for the caller to mail."""

    person: Person
    invitation: IssuedInvitation | None = None


async def steward(session: Session, actor: Actor) -> Actor:
    """The actor with the rights its person has in the account: a key that provisions acts with these.

    Raises Denied without the permission to provision.
    """
    policy.TEAM_PROVISION.require(actor, account_id=actor.account_id)
    user, account = await session.get(User, actor.user_id), await session.get(Account, actor.account_id)
    if user is None or account is None:
        raise Denied(_("Whoever made this token has left the account. Make a new one."))
    person = await accounts.actor_in(session, user, account)
    return replace(actor, grants=actor.grants | person.grants)


async def people(session: Session, actor: Actor) -> list[Person]:
    """Everybody: members, known to the directory or not, and those invited by it."""
    account_id = await _in_step(session, actor)
    found = await directory_queries.entries(session, account_id)
    promised = {each.email: each.role for each in await queries.open_invitations(session, account_id)}
    return [
        Person(entry, member, member.role if member else promised.get(entry.email, FIRST_ROLE))
        for entry, member in found
    ]


async def person(session: Session, actor: Actor, entry_id: str) -> Person:
    account_id = await _in_step(session, actor)
    found = await directory_queries.entry(session, account_id, entry_id)
    if found is None:
        raise NotFound(_("There is no member %(id)s in this account.", id=entry_id))
    entry, member = found
    if member is not None:
        return Person(entry, member, member.role)
    invitation = await directory_queries.open_invitation(session, account_id, entry.email)
    return Person(entry, None, invitation.role if invitation else FIRST_ROLE)


async def add(session: Session, actor: Actor, wanted: schemas.User) -> Changed:
    """Make somebody known and invite them. Raises UniquenessException for a known name or address."""
    account_id = await _in_step(session, actor)
    now = clock.now()
    entry = DirectoryEntry(
        id=ids.new("scu"), account_id=account_id, user_id=None, user_name=_key(wanted), email=email_of(wanted),
        active=wanted.active is not False, document=_document(wanted), created_at=now, updated_at=now,
    )  # fmt: skip
    if any(
        known.email == entry.email for known, _member in await directory_queries.entries(session, account_id)
    ):
        raise UniquenessException(detail=_("Somebody with this e-mail address is known already."))
    try:
        async with session.begin_nested():
            session.add(entry)
    except IntegrityError as error:
        raise UniquenessException(detail=_("Somebody with this userName is known already.")) from error
    await events.publish(session, actor, "identity.provisioned", entry.id, account_id, after=_shown(entry))
    invitation = await invitations.invite(session, actor, entry.email, FIRST_ROLE) if entry.active else None
    return Changed(Person(entry, None, FIRST_ROLE), invitation)


async def change(session: Session, actor: Actor, found: Person, wanted: schemas.User) -> Changed:
    """Make the person what `wanted` says. Raises MutabilityException for an owner's deactivation."""
    entry, before = found.entry, _shown(found.entry)
    name, email, active = _key(wanted), email_of(wanted), wanted.active is not False
    moved = found.member is None and email != entry.email and found.active
    if moved:
        await _revoke(session, actor, entry)
    try:
        async with session.begin_nested():
            entry.user_name, entry.document, entry.updated_at = name, _document(wanted), clock.now()
            if found.member is None:
                entry.email = email
    except IntegrityError as error:
        raise UniquenessException(detail=_("Somebody with this userName is known already.")) from error
    invitation = await _set_active(session, actor, found, active, again=moved)
    if _shown(entry) != before:
        await events.publish(
            session, actor, "identity.provisioning_changed", entry.id, entry.account_id, before=before,
            after=_shown(entry),
        )  # fmt: skip
    return Changed(await person(session, actor, entry.id), invitation)


async def remove(session: Session, actor: Actor, found: Person) -> None:
    """Out of the account, at once. Raises MutabilityException for an owner."""
    _not_an_owner(found)
    if found.member is not None:
        await members.remove(session, actor, found.member.user_id)
    elif found.active:
        await _revoke(session, actor, found.entry)
    await session.delete(found.entry)
    await session.flush()
    await events.publish(
        session, actor, "identity.deprovisioned", found.entry.id, found.entry.account_id,
        before=_shown(found.entry),
    )  # fmt: skip


async def give_role(session: Session, actor: Actor, found: Person, role: str) -> None:
    """A member gets it at once, somebody invited when they join."""
    if found.role == role:
        return
    if builtin_roles.OWNER in {role, found.role}:
        raise MutabilityException(detail=_("Who owns the account is decided in Serai, not in the directory."))
    if found.member is not None:
        await members.change_role(session, actor, found.member.user_id, role)
        return
    invitation = await directory_queries.open_invitation(session, found.entry.account_id, found.entry.email)
    if invitation is None:
        raise Invalid(_("Who is not active has no groups."))
    for each in (invitation.role, role):
        roles.require_not_above(actor, await roles.grants_of(session, invitation.account_id, each))
    before, invitation.role = invitation.role, role
    invitation.invited_by = actor.user_id or invitation.invited_by  # who promises it, answers for it
    await events.publish(
        session, actor, "identity.invitation_role_changed", invitation.id, invitation.account_id,
        before={"role": before}, after={"role": role},
    )  # fmt: skip
    await session.flush()


def email_of(wanted: schemas.User) -> str:
    """The primary address, else the first one. Raises Invalid for none that can be written to."""
    emails = wanted.emails or []
    chosen = next((each for each in emails if each.primary), emails[0] if emails else None)
    return clean_email(str(chosen.value) if chosen and chosen.value else "")


async def _in_step(session: Session, actor: Actor) -> str:
    """Members who came or went by another way are in the directory's list, too, or no longer."""
    policy.TEAM_PROVISION.require(actor, account_id=actor.account_id)
    account_id = actor.account_id or ""
    await queries.lock_account(session, account_id)
    await directory_queries.forget_who_left(session, account_id)
    for user in await directory_queries.members_unknown(session, account_id):
        await directory_queries.link(session, account_id, user.email, user.id)
    now = clock.now()
    for user in await directory_queries.members_unknown(session, account_id):
        session.add(
            DirectoryEntry(
                id=ids.new("scu"), account_id=account_id, user_id=user.id, user_name=user.email,
                email=user.email, active=True, document=_own_words(user), created_at=now, updated_at=now,
            )
        )  # fmt: skip
    await session.flush()
    return account_id


def _own_words(user: User) -> dict[str, Any]:
    said = {"userName": user.email, "emails": [{"value": user.email, "primary": True}]}
    return said | ({"displayName": user.name} if user.name else {})


async def _set_active(
    session: Session, actor: Actor, found: Person, active: bool, *, again: bool
) -> IssuedInvitation | None:
    if not active:
        _not_an_owner(found)
    if found.member is not None:
        if active != found.active:
            await (members.resume if active else members.suspend)(session, actor, found.member.user_id)
        return None
    was, found.entry.active = found.entry.active, active
    if was and not active:
        await _revoke(session, actor, found.entry)
    if active and (again or not was):
        return await invitations.invite(session, actor, found.entry.email, found.role)
    return None


async def _revoke(session: Session, actor: Actor, entry: DirectoryEntry) -> None:
    invitation = await directory_queries.open_invitation(session, entry.account_id, entry.email)
    if invitation is not None:
        await invitations.revoke_invitation(session, actor, invitation.id)


def _not_an_owner(found: Person) -> None:
    if found.role == builtin_roles.OWNER and found.member is not None:
        raise MutabilityException(
            detail=_("An owner of the account cannot be shut out by a directory. Give them another role "
                     "in Serai first.")
        )  # fmt: skip


def _key(wanted: schemas.User) -> str:
    """UserName is not case-exact (RFC 7643 4.1.1)."""
    return (wanted.user_name or "").strip().casefold()


def _document(wanted: schemas.User) -> dict[str, Any]:
    """What the directory said, without what it is told."""
    said = wanted.model_dump(scim_ctx=Context.RESOURCE_REPLACEMENT_REQUEST)
    return {
        name: value
        for name, value in said.items()
        if name not in {"schemas", "id", "meta", "active", "groups"}
    }


def _shown(entry: DirectoryEntry) -> dict[str, Any]:
    return {"user_name": entry.user_name, "email": entry.email, "active": entry.active}
