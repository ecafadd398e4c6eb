"""Another e-mail address: proven by a link to the new one, and undone by a link to the old one."""

from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError

from serai.kit import clock, events
from serai.kit.db import Session, as_platform
from serai.kit.errors import Conflict, Invalid
from serai.kit.i18n import _
from serai.modules.identity import credential_queries, devices, queries, throttle, tickets
from serai.modules.identity.emails import clean_email
from serai.modules.identity.models import User
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
    async with as_platform(session):
        user = await session.get_one(User, ticket.user_id, with_for_update=True)
    old, new = str(ticket.data["old"]), str(ticket.data["new"])
    if user.email != old:
        raise _link_is_over()
    await _require_free(session, new, user)
    await _put(session, user, new)
    undo = await tickets.issue(session, tickets.EMAIL_UNDO, user_id=user.id, data={"old": old, "new": new})
    await events.publish(
        session, themselves(user), "identity.email_changed", user.id, before={"email": old},
        after={"email": new},
    )  # fmt: skip
    return Change(user, old, new, undo)


async def undo(session: Session, token: str) -> Change:
    """Back to the old address, and everybody out: whoever changed it was perhaps not its owner."""
    ticket = await tickets.use(session, tickets.EMAIL_UNDO, token)
    if ticket is None:
        raise _link_is_over()
    async with as_platform(session):
        user = await session.get_one(User, ticket.user_id, with_for_update=True)
    new, old = user.email, str(ticket.data["old"])
    await _put(session, user, old)
    await tickets.cancel(session, tickets.EMAIL_CHANGE, user.id)
    await tickets.cancel(session, tickets.EMAIL_UNDO, user.id)
    await devices.sign_out_everywhere(session, user)
    await events.publish(
        session, themselves(user), "identity.email_change_undone", user.id, before={"email": new},
        after={"email": old},
    )  # fmt: skip
    return Change(user, old, new, "")


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
