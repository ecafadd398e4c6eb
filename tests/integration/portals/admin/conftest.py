import pytest

from serai.kit.clock import MovableClock
from tests.factories import World
from tests.integration.modules.billing.products import shop_blueprint
from tests.integration.modules.billing.shop import Shop
from tests.integration.portals.admin.billing_books import Books, make_books
from tests.integration.portals.conftest import SignedIn


@pytest.fixture
async def shop(world: World, moving: MovableClock) -> Shop:
    await world.product(shop_blueprint())
    return Shop(world, moving)


@pytest.fixture
async def books(shop: Shop, signed_in: SignedIn) -> Books:
    return await make_books(shop, signed_in)
