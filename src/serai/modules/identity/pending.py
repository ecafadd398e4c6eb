"""From the first factor to the session: directly, or by way of a second step."""

from dataclasses import dataclass
from typing import Any

from serai.kit.db import Session, as_platform
from serai.kit.errors import Denied, Invalid
from serai.kit.i18n import _
from serai.kit.secrets import Vault
from serai.kit.settings import Settings
from serai.modules.identity import credential_queries, devices, passkeys, recovery, throttle, tickets, totp
from serai.modules.identity.models import Ticket, User
from serai.modules.identity.people import themselves
from serai.modules.identity.sessions import SignedIn, open_session

_MOST_TRIES = 5


@dataclass(frozen=True, slots=True)
class Entry:
    """`signed` is None while a second step is asked for. `device` is the browser's new cookie."""

    user: User
    signed: SignedIn | None
    device: str
    is_new_device: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """A browser's sign-in that waits for its second step."""

    ticket: Ticket
    user: User
    has_totp: bool
    has_passkey: bool
    next: str


class NothingPending(Denied):
    code = "identity.nothing_pending"


async def enter(session: Session, user: User, method: str, browser: str, **data: Any) -> Entry:
    """After a first factor. `browser` is never empty; `data` is kept for the second step's page."""
    async with as_platform(session):  # nobody is signed in yet
        needs_more = await credential_queries.has_second_step(session, user.id)
    if not needs_more:
        return await finish(session, user, method, browser)
    await tickets.cancel_in(session, tickets.SECOND_STEP, browser)
    await tickets.issue(
        session, tickets.SECOND_STEP, browser=browser, user_id=user.id, data={"method": method, **data}
    )
    return Entry(user, None, browser)


async def finish(session: Session, user: User, method: str, browser: str) -> Entry:
    """All factors are proven: open the session."""
    await throttle.reopen(session, throttle.PASSWORD, user.email)
    for what in (throttle.SECOND, throttle.RECOVERY):
        await throttle.reopen(session, what, user.id)
    await tickets.cancel_in(session, tickets.SECOND_STEP, browser)
    device, is_new = await devices.remember(session, browser, user.id)
    signed = await open_session(session, user, method=method)
    return Entry(user, signed, device, is_new)


async def waiting(session: Session, browser: str) -> Waiting:
    """Raises NothingPending when the browser has begun none, or it is over."""
    ticket = await tickets.newest(session, tickets.SECOND_STEP, browser)
    async with as_platform(session):  # nobody is signed in yet
        user = await session.get(User, ticket.user_id) if ticket else None
        if ticket is None or user is None:
            raise _over()
        has_passkey = bool(await credential_queries.passkeys_of(session, user.id))
        has_totp = await totp.is_on(session, user.id)
    return Waiting(ticket, user, has_totp, has_passkey, str(ticket.data.get("next", "")))


async def count_try(
    session: Session, browser: str, ip: str | None, what: str = throttle.SECOND
) -> list[throttle.Budget]:
    """Before a code is looked at, in a transaction of its own; returns what a success refunds."""
    found = await waiting(session, browser)
    if found.ticket.attempts >= _MOST_TRIES:
        raise _over()
    device = await devices.known(session, browser, found.user.id)
    budgets = throttle.budgets(what, found.user.id, ip, device)
    await throttle.spend(session, budgets, found.user.id)
    async with as_platform(session):
        found.ticket.attempts += 1
        await session.flush()
    return budgets


async def second_step_by_totp(session: Session, vault: Vault, browser: str, code: str) -> Entry | None:
    """None for a wrong code."""
    found = await waiting(session, browser)
    if not await totp.use(session, found.user.id, vault, code):
        return None
    return await finish(session, found.user, f"{found.ticket.data['method']}+totp", browser)


async def second_step_by_recovery_code(session: Session, browser: str, code: str) -> Entry | None:
    """None for a wrong or used code."""
    found = await waiting(session, browser)
    if not await recovery.use(session, themselves(found.user), found.user, code):
        return None
    return await finish(session, found.user, f"{found.ticket.data['method']}+recovery", browser)


async def second_step_by_passkey(
    session: Session, settings: Settings, browser: str, challenge: passkeys.Challenge, answer: str
) -> Entry:
    """Raises Invalid, also for a passkey of somebody else."""
    found = await waiting(session, browser)
    owner = await passkeys.recognise(session, settings, challenge, answer)
    if owner.id != found.user.id:
        raise Invalid(_("This passkey belongs to another person."))
    return await finish(session, found.user, f"{found.ticket.data['method']}+passkey", browser)


def _over() -> NothingPending:
    return NothingPending(_("This sign-in is over. Begin again."))
