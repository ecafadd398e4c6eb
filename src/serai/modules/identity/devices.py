"""Known devices: browsers in which a person has signed in, told by a long-lived cookie."""

import secrets

from serai.kit import clock, events
from serai.kit.db import Session, as_platform
from serai.modules.identity import credential_queries, session_queries
from serai.modules.identity.models import KnownDevice, User
from serai.modules.identity.people import themselves
from serai.modules.identity.tickets import digest


def new_token() -> str:
    return secrets.token_urlsafe(32)


async def known(session: Session, browser: str, user_id: str | None) -> str | None:
    """The hash of the browser's token if that person has signed in here, for the throttle."""
    if not browser or user_id is None:
        return None
    hashed = digest(browser)
    async with as_platform(session):  # before the sign-in nobody is known yet
        found = await credential_queries.known_device(session, hashed, user_id)
    return hashed if found else None


async def remember(session: Session, browser: str, user_id: str) -> tuple[str, bool]:
    """At a sign-in: the browser's new token, and whether the person has others but not this one.

    The token changes each time, so that one somebody planted before is worth nothing after.
    """
    token, now = new_token(), clock.now()
    async with as_platform(session):
        found = await credential_queries.known_device(session, digest(browser), user_id)
        is_new = found is None and await credential_queries.has_known_devices(session, user_id)
        await _move(session, browser, token, user_id)
        if found is None:
            session.add(
                KnownDevice(token_hash=digest(token), user_id=user_id, first_seen_at=now, seen_at=now)
            )
        await session.flush()
    return token, is_new


async def sign_out_everywhere(session: Session, user: User) -> None:
    """After a reset or an undone change: whoever was in has to prove themselves anew."""
    async with as_platform(session):  # nobody is signed in
        count = await session_queries.delete_sessions_of(session, user.id)
        await credential_queries.forget_devices(session, user.id)
        await events.publish(
            session, themselves(user), "identity.all_sessions_revoked", user.id, count=count
        )


async def _move(session: Session, browser: str, token: str, user_id: str) -> None:
    if browser:
        await credential_queries.move_devices(session, digest(browser), digest(token))
