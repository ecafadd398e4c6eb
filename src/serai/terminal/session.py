"""How a command reaches the platform: straight through the services, as the machine's operator."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, TypeVar

from serai.composition import Platform, open_platform
from serai.kit.actor import SYSTEM, Actor
from serai.kit.db import Session
from serai.kit.origin import Origin, set_origin
from serai.kit.settings import Settings
from serai.modules import identity

Result = TypeVar("Result")
OPERATOR_EMAIL = "admin@serai.localhost"


def run(work: Coroutine[Any, Any, Result]) -> Result:
    return asyncio.run(work)


@asynccontextmanager
async def platform() -> AsyncIterator[Platform]:
    set_origin(Origin(via="cli"))
    opened = open_platform(Settings(), pool_size=2, acting=SYSTEM)
    try:
        yield opened
    finally:
        await opened.close()


@asynccontextmanager
async def transaction() -> AsyncIterator[tuple[Platform, Session, Actor]]:
    """One command's transaction, committed at its end, and who acts: the operator."""
    async with platform() as opened, opened.database.transaction() as session:
        yield opened, session, await operator(session)


async def customer(session: Session, email: str) -> Actor:
    """The person with that address, in their first account; made if they are new."""
    user, account = await identity.ensure_user(session, identity.clean_email(email))
    return await identity.actor_in(session, user, account)


async def operator(session: Session, email: str = OPERATOR_EMAIL) -> Actor:
    """Whoever may run commands in the checkout holds its keys, and so acts as staff."""
    user, account = await identity.ensure_user(session, OPERATOR_EMAIL, staff_role="superadmin")
    actor = await identity.actor_in(session, user, account)
    if email == OPERATOR_EMAIL:
        return actor
    _, theirs = await identity.ensure_user(session, identity.clean_email(email))
    return replace(actor, account_id=theirs.id)
