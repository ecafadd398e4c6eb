"""Another e-mail address: proven by a link to the new one, and undone by a link to the old one."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError

from serai.kit import clock, events
from serai.kit.db import Session, as_platform
from serai.kit.errors import Conflict, Invalid
from serai.kit.i18n import _
from serai.modules.identity import credential_queries, devices, queries, recovery, throttle, tickets
from serai.modules.identity.emails import clean_email
from serai.modules.identity.models import Ticket, User
from serai.modules.identity.people import themselves

CONFIRM_MINUTES = tickets.minutes(tickets.EMAIL_CHANGE)
UNDO_DAYS = tickets.minutes(tickets.EMAIL_UNDO) // (24 * 60)


@dataclass(frozen=True, slots=True)
class Change:
    """`token` of the link to mail: to the new address first, afterwards to the old one."""

    user: User
    old: str
    new: str
    token: str


@dataclass(frozen=True, slots=True)
class Undone:
    """`removed`: the kinds of what had been added to the sign-in since the change was asked for."""

    user: User
    email: str
    removed: tuple[str, ...]


async def ask(session: Session, user: User, email: str) -> Change:
    """Raises Invalid for an address that is malformed or one's own. Whether somebody else has it is
    told by the confirmation only, to who reads that address' mail."""
    new = clean_email(email)
    if new == user.email:
        message = _("That is your address already.")
        raise Invalid(message, fields={"email": message})
    await throttle.spend(session, [throttle.changes(user.id)])
    await tickets.cancel(session, tickets.EMAIL_CHANGE, user.id)
    token = await tickets.issue(
        session, tickets.EMAIL_CHANGE, user_id=user.id, data={"old": user.email, "new": new}
    )
    return Change(user, user.email, new, token)


async def confirm(session: Session, token: str) -> Change:
    """The address changes; returns what to tell the old one. Raises Invalid or Conflict."""
    ticket = await tickets.use(session, tickets.EMAIL_CHANGE, token)
    if ticket is None:
        raise _link_is_over()
    user = await _owner(session, ticket)
    old, new = str(ticket.data["old"]), str(ticket.data["new"])
    if user.email != old:
        raise _link_is_over()
    await _require_free(session, new, user)
    await _put(session, user, new)
    data = {"old": old, "new": new, "asked": ticket.created_at.isoformat()}
    undo = await tickets.issue(session, tickets.EMAIL_UNDO, user_id=user.id, data=data)
    await events.publish(
        session, themselves(user), "identity.email_changed", user.id, before={"email": old},
        after={"email": new},
    )  # fmt: skip
    return Change(user, old, new, undo)


async def undo(session: Session, token: str) -> Undone:
    """Back to the old address, everybody out, and what was added since is removed: whoever changed it
    was perhaps not its owner. Older links stay: of several former addresses the first one wins."""
    ticket = await tickets.use(session, tickets.EMAIL_UNDO, token)
    if ticket is None:
        raise _link_is_over()
    user = await _owner(session, ticket)
    new, old = user.email, str(ticket.data["old"])
    await _put(session, user, old)
    async with as_platform(session):  # nobody is signed in
        await credential_queries.delete_tickets_since(
            session, user.id, tickets.EMAIL_UNDO, ticket.created_at
        )
    await devices.sign_out_everywhere(session, user)
    removed = await _remove_since(session, user, datetime.fromisoformat(ticket.data["asked"]))
    await events.publish(
        session, themselves(user), "identity.email_change_undone", user.id, before={"email": new},
        after={"email": old}, removed=list(removed),
    )  # fmt: skip
    return Undone(user, old, removed)


async def is_reserved(session: Session, email: str) -> User | None:
    """Whose former address it is, while they can still have it back: nobody signs up with it."""
    async with as_platform(session):
        found = await credential_queries.ticket_about(
            session, tickets.EMAIL_UNDO, "old", email, clock.now()
        )
        return await session.get(User, found.user_id) if found else None


async def _require_free(session: Session, email: str, user: User) -> None:
    reserved_for = await is_reserved(session, email)
    taken = await queries.user_by_email(session, email)
    if taken is not None or (reserved_for is not None and reserved_for.id != user.id):
        raise Conflict(_("Another person signs in with %(email)s already.", email=email))


async def _owner(session: Session, ticket: Ticket) -> User:
    """Whose link it is; of nobody who is shut out or deleted."""
    async with as_platform(session):  # whoever opens the link need not be signed in
        user = await session.get_one(User, ticket.user_id, with_for_update=True, populate_existing=True)
    if user.deactivated_at is not None:
        raise _link_is_over()
    return user


async def _remove_since(session: Session, user: User, moment: datetime) -> tuple[str, ...]:
    async with as_platform(session):  # nobody is signed in
        counts = await credential_queries.delete_added_since(session, user.id, moment)
        await recovery.forget_if_useless(session, user.id)
        keys = await credential_queries.revoke_keys_since(session, user.id, moment, clock.now())
        for key in keys:
            await events.publish(session, themselves(user), "identity.key_revoked", key.id, key.account_id)
    return tuple(name for name, count in {**counts, "api_keys": len(keys)}.items() if count)


async def _put(session: Session, user: User, email: str) -> None:
    """Links that went to the address of before no longer work."""
    try:
        async with session.begin_nested(), as_platform(session):
            user.email, user.email_verified_at = email, clock.now()
            await session.flush()
    except IntegrityError as error:
        raise Conflict(_("Another person signs in with %(email)s already.", email=email)) from error
    await tickets.cancel(session, tickets.PASSWORD_RESET, user.id)


def _link_is_over() -> Invalid:
    return Invalid(_("This link is used already or too old."))
