"""/admin/catalog/coupons: how often a coupon was used is what was billed with it."""

import re

from serai.kit import clock
from serai.kit.actor import SYSTEM
from serai.modules import billing, catalog
from tests.factories import World
from tests.integration.modules.billing.shop import Shop
from tests.integration.portals.billing_stage import open_shop
from tests.integration.portals.conftest import SignedIn


async def test_the_periods_a_coupon_was_used_for_are_those_billed_with_it(
    signed_in: SignedIn, world: World, moving: clock.MovableClock
) -> None:
    await open_shop(world)
    shop, buyer = Shop(world, moving), await world.account()
    await shop.fill(buyer, 100_000)
    terms = catalog.CouponTerms(bps=1000, duration="repeating", periods=2)
    coupon = await shop.do(catalog.add_coupon, SYSTEM, "TWICE", catalog.CouponSettings(terms=terms))
    state = (await shop.order(buyer, "business", codes=("TWICE",))).state

    async def shown() -> int:
        staff = await signed_in(await world.account(staff=True, staff_role="operations"))
        page = (await staff.get(f"/admin/catalog/coupons/{coupon.id}")).body.decode()
        found = re.search(rf'{state.id}.*?class="number">\D*(\d+)', page, re.DOTALL)
        assert found, page
        return int(found[1])

    assert await shown() == 1
    for used in (2, 2):  # it holds for two periods; the third is billed without it
        state = await shop.state(state)
        await shop.at(state.period_end)
        assert await billing.subscriptions.renew_all(world.database) == billing.subscriptions.renewal_run.Run()
        assert await shown() == used
    assert [each.total for each in await shop.invoices(buyer)] == [2700, 2700, 3000]
