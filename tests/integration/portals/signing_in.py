"""What the tests of signing in share: mails read, methods set up, and a clock that moves."""

import re
from typing import Any

import pyotp

from serai.kit import clock
from serai.kit.actor import Actor
from serai.modules import identity, notifications
from tests.client import Answered
from tests.factories import World
from tests.integration.portals.conftest import Visitor

PASSWORD = "otter copper lamp quarry"
SECURITY = "/console/settings/security"


async def mails_to(world: World, email: str) -> list[notifications.Mail]:
    """Newest first."""
    async with world.database.transaction() as session:
        return [each for each in await notifications.mailbox(session) if each.recipient == email]


async def link_to(world: World, email: str, path: str) -> str:
    """The newest link below `path` in that person's mails."""
    for mail in await mails_to(world, email):
        found = re.search(rf"https?://[^/\s]+({re.escape(path)}\?token=[\w-]+)", mail.text)
        if found:
            return found[1]
    raise AssertionError(f"no link to {path} was mailed to {email}")


async def code_for(world: World, email: str) -> str:
    for mail in await mails_to(world, email):
        found = re.match(r"\d{6}", mail.subject)
        if found:
            return found[0]
    raise AssertionError(f"no code was mailed to {email}")


def token_in(link: str) -> str:
    return link.partition("token=")[2]


async def by_code(visitor: Visitor, world: World, email: str) -> Answered:
    await visitor.send("/signin", email=email)
    return await visitor.send("/signin/code", email=email, code=await code_for(world, email))


async def by_password(visitor: Visitor, email: str, password: str = PASSWORD, **options: Any) -> Answered:
    return await visitor.send("/signin/password", email=email, password=password, **options)


async def give_password(world: World, actor: Actor, password: str = PASSWORD) -> None:
    made = await identity.passwords.hash_password(password)
    async with world.database.transaction() as session:
        user = await session.get_one(identity.User, actor.id)
        await identity.passwords.put(session, actor, user, made)


async def give_app(world: World, actor: Actor) -> tuple[pyotp.TOTP, list[str]]:
    """An authenticator app, whose present code is used up, and the recovery codes."""
    vault = world.platform.vault
    async with world.database.transaction() as session:
        user = await session.get_one(identity.User, actor.id)
        app = pyotp.TOTP((await identity.totp.begin(session, user, vault)).secret)
        codes = await identity.totp.confirm(session, actor, user, vault, app.at(clock.now()))
    return app, codes


def is_signed_in(visitor: Visitor) -> bool:
    return "serai_session=" in visitor.headers["cookie"]


def in_another_browser(visitor: Visitor) -> Visitor:
    return Visitor(visitor.app)


async def events(world: World, kind: str) -> int:
    found: int = await world.scalar("SELECT count(*) FROM audit_records WHERE action = :kind", kind=kind)
    return found
