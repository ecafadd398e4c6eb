"""Tickets: the server's side of what is begun in one request and finished in a later one.

Second steps, passkey challenges, sign-ins at a provider, links in mails. Each is single use.
"""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from serai.kit import clock
from serai.kit.db import Session, as_platform
from serai.modules.identity import credential_queries
from serai.modules.identity.models import Ticket

SECOND_STEP: Final = "second_step"
PASSKEY: Final = "passkey"
NEW_PASSKEY: Final = "new_passkey"
PROVIDER: Final = "provider"
LINK_OFFER: Final = "link_offer"
PASSWORD_RESET: Final = "password_reset"  # noqa: S105 - the name of a purpose
EMAIL_CHANGE: Final = "email_change"
EMAIL_UNDO: Final = "email_undo"

_LIFETIMES = {
    SECOND_STEP: timedelta(minutes=10),
    PASSKEY: timedelta(minutes=5),
    NEW_PASSKEY: timedelta(minutes=5),
    PROVIDER: timedelta(minutes=10),
    LINK_OFFER: timedelta(minutes=20),
    PASSWORD_RESET: timedelta(minutes=30),
    EMAIL_CHANGE: timedelta(hours=1),
    EMAIL_UNDO: timedelta(days=7),
}


async def issue(
    session: Session,
    purpose: str,
    *,
    browser: str | None = None,
    user_id: str | None = None,
    data: Mapping[str, Any] | None = None,
) -> str:
    """The token that finds it again; it is stored nowhere. With `browser` only that one may use it."""
    token, now = secrets.token_urlsafe(32), clock.now()
    async with as_platform(session):  # whose it is, shows only when it is used
        await credential_queries.delete_old_tickets(session, now)
        session.add(
            Ticket(
                token_hash=digest(token), purpose=purpose, user_id=user_id, data=dict(data or {}),
                browser_hash=digest(browser) if browser else None, attempts=0, created_at=now,
                expires_at=now + _LIFETIMES[purpose],
            )
        )  # fmt: skip
        await session.flush()
    return token


async def find(session: Session, purpose: str, token: str, browser: str | None = None) -> Ticket | None:
    """Locked until the transaction's end, and left in place."""
    async with as_platform(session):
        found = await credential_queries.ticket(session, purpose, digest(token), clock.now())
    if found is None or (found.browser_hash and found.browser_hash != digest(browser or "")):
        return None
    return found


async def newest(session: Session, purpose: str, browser: str) -> Ticket | None:
    """What this browser began last; locked, and left in place."""
    if not browser:
        return None
    async with as_platform(session):
        return await credential_queries.newest_ticket(session, purpose, digest(browser), clock.now())


async def use(session: Session, purpose: str, token: str, browser: str | None = None) -> Ticket | None:
    """The ticket, which is gone by this."""
    found = await find(session, purpose, token, browser)
    if found is not None:
        await close(session, found)
    return found


async def close(session: Session, ticket: Ticket) -> None:
    async with as_platform(session):
        await session.delete(ticket)
        await session.flush()


async def cancel(session: Session, purpose: str, user_id: str) -> None:
    async with as_platform(session):
        await credential_queries.cancel_tickets(session, purpose, user_id)


async def cancel_in(session: Session, purpose: str, browser: str) -> None:
    async with as_platform(session):
        await credential_queries.cancel_browser_tickets(session, purpose, digest(browser))


async def move(session: Session, purpose: str, browser: str, renewed: str) -> None:
    async with as_platform(session):
        await credential_queries.move_tickets(session, purpose, digest(browser), digest(renewed))


def minutes(purpose: str) -> int:
    return int(_LIFETIMES[purpose].total_seconds()) // 60


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
