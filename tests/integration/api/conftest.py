"""The whole application over a platform on fakes."""

import pytest
from starlette.types import ASGIApp

from serai.kit.actor import Actor
from serai.main import create_app
from tests.client import Client
from tests.factories import World


class Api(Client):
    """A customer's client; `staff` and `stranger` are others'."""

    def __init__(self, app: ASGIApp, token: str, world: World, actor: Actor) -> None:
        super().__init__(app, token)
        self.world, self.actor = world, actor
        self.nobody = Client(app)

    async def another(self, *, staff: bool = False) -> Client:
        actor = await self.world.account(staff=staff)
        return Client(self.app, await self.world.token(actor, platform=staff))


@pytest.fixture
def app(world: World) -> ASGIApp:
    return create_app(world.platform)


@pytest.fixture
async def api(app: ASGIApp, world: World) -> Api:
    actor = await world.ground()
    return Api(app, await world.token(actor), world, actor)
