"""The whole application over a platform on fakes, and people with cookies."""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from starlette.types import ASGIApp

from serai.kit.actor import Actor
from serai.kit.web.sessions import COOKIE
from serai.main import create_app
from serai.modules import identity
from tests.client import Answered, Client
from tests.factories import World


class Visitor(Client):
    """A browser: asks for pages, posts forms, and keeps its cookies."""

    def __init__(self, app: ASGIApp, cookie: str = "", actor: Actor | None = None) -> None:
        super().__init__(app)
        self.actor = actor
        self.headers = {"accept": "text/html", "cookie": f"{COOKIE}={cookie}" if cookie else ""}

    async def request(self, *arguments: Any, **options: Any) -> Answered:
        answer = await super().request(*arguments, **options)
        jar = dict(pair.split("=", 1) for pair in self.headers["cookie"].split("; ") if "=" in pair)
        for each in answer.set_cookies:
            name, _, value = each.partition(";")[0].partition("=")
            jar[name] = value.strip('"')
        self.headers["cookie"] = "; ".join(f"{name}={value}" for name, value in jar.items() if value)
        return answer

    async def send(self, path: str, **fields: Any) -> Answered:
        body = urlencode(fields, doseq=True).encode()
        return await self.post(path, body, headers={"content-type": "application/x-www-form-urlencoded"})


SignedIn = Callable[..., Awaitable[Visitor]]


@pytest.fixture
def app(world: World) -> ASGIApp:
    return create_app(world.platform)


@pytest.fixture
def visitor(app: ASGIApp) -> Visitor:
    return Visitor(app)


@pytest.fixture
def signed_in(app: ASGIApp, world: World) -> SignedIn:
    """`await signed_in()`, `await signed_in(staff=True)`, `await signed_in(actor, account=…)`."""

    async def make(
        actor: Actor | None = None, *, staff: bool = False, account: str | None = None
    ) -> Visitor:
        actor = actor or await world.account(staff=staff)
        async with world.database.transaction() as session:
            user = await session.get_one(identity.User, actor.user_id)
            signed = await identity.sessions.open_session(session, user, account or actor.account_id)
        return Visitor(app, signed.token, actor)

    return make
