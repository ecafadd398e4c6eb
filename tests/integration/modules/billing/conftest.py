import pytest

from serai.kit.actor import Actor
from serai.kit.clock import MovableClock
from tests.factories import World
from tests.integration.modules.billing.products import shop_blueprint
from tests.integration.modules.billing.shop import Shop


@pytest.fixture
async def shop(world: World, moving: MovableClock) -> Shop:
    await world.product(shop_blueprint())
    return Shop(world, moving)


@pytest.fixture
async def buyer(shop: Shop) -> Actor:
    return await shop.world.account()
