"""A forgotten password: a link by mail, used once, that neither signs in nor switches anything off."""

from dataclasses import dataclass

from serai.kit import events
from serai.kit.db import Session, as_platform
from serai.kit.errors import Invalid
from serai.kit.i18n import _
from serai.modules.identity import devices, passwords, queries, throttle, tickets
from serai.modules.identity.emails import clean_email
from serai.modules.identity.models import User
from serai.modules.identity.people import themselves

LINK_MINUTES = tickets.minutes(tickets.PASSWORD_RESET)


@dataclass(frozen=True, slots=True)
class ResetLink:
    user: User
    token: str
    minutes: int


async def ask(session: Session, email: str, ip: str | None = None) -> ResetLink | None:
    """What to mail; None for an unknown address or after too many. The page says the same."""
    email = clean_email(email)
    await queries.lock_email(session, email)  # before any budget, as codes do
    user = await queries.user_by_email(session, email)
    try:
        if ip is not None:
            await throttle.spend(session, [throttle.asks(ip)])
        if user is None:
            return None
        await throttle.spend(session, [throttle.resets(user.id)])
    except throttle.TooManyAttempts:
        return None
    token = await tickets.issue(session, tickets.PASSWORD_RESET, user_id=user.id)
    await events.publish(session, themselves(user), "identity.password_reset_asked", user.id)
    return ResetLink(user, token, LINK_MINUTES)


async def owner(session: Session, token: str) -> User:
    """Whose link it is. Raises Invalid when it is used, too old or unknown."""
    found = await tickets.find(session, tickets.PASSWORD_RESET, token)
    async with as_platform(session):
        user = await session.get(User, found.user_id) if found else None
    if user is None:
        raise Invalid(_("This link is used already or too old. Ask for a new one."))
    return user


async def reset(session: Session, token: str, made_hash: str, ip: str | None = None) -> User:
    """The new password, for which all sessions and known devices end. The second step stays on, and
    what was guessed at it stays counted: whoever reads the mail must not get more tries."""
    user = await owner(session, token)
    await passwords.put(session, themselves(user), user, made_hash)  # uses up this and all other links
    await devices.sign_out_everywhere(session, user)
    await throttle.reopen(session, throttle.PASSWORD, user.email)
    if ip is not None:
        await throttle.refund(session, [throttle.asks(ip)])
    return user
