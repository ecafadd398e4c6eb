import pytest

from serai.kit.clock import MovableClock
from tests.factories import World
from tests.integration.modules.billing.shop import Shop
from tests.integration.portals.billing_stage import open_shop
from tests.integration.portals.conftest import SignedIn, Visitor


@pytest.fixture
async def shop(world: World) -> Shop:
    """Open, with room for systems; its time is the real one."""
    await open_shop(world)
    return Shop(world, MovableClock(None))  # type: ignore[arg-type]  # nobody moves it here


@pytest.fixture
async def buyer(signed_in: SignedIn, world: World, shop: Shop) -> Visitor:
    return await signed_in(await world.account())
