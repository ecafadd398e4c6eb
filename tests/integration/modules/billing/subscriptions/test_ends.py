"""What ends, or is planned, when time alone brings it."""

from datetime import UTC, datetime, timedelta

from serai.modules.billing import subscriptions
from serai.modules.billing.subscriptions import Choice


async def test_what_was_scarce_is_free_again_when_its_last_period_is_over(shop, buyer):
    await shop.fill(buyer, 1000)
    made = await shop.order(buyer, "scarce")
    await shop.do(subscriptions.cancel, buyer, made.state.id, "period_end")
    await shop.at(datetime(2026, 4, 1, 12, tzinfo=UTC))
    assert (await shop.rows("SELECT stock FROM packages WHERE key = 'scarce'")) == [{"stock": 1}]


async def test_one_that_ends_later_in_the_day_is_served_until_then(shop, buyer):
    """Also where everything of a day is billed together."""
    await shop.profile(buyer, consolidate=True)
    await shop.fill(buyer, 10_000)
    await shop.order(buyer)
    shop.clock.move(timedelta(hours=6))
    later = await shop.order(buyer)
    await shop.do(subscriptions.cancel, buyer, later.state.id, "period_end")
    await shop.at(datetime(2026, 4, 1, 12, tzinfo=UTC))
    assert (await shop.state(later.state)).status == "active"
    await shop.at(datetime(2026, 4, 1, 18, tzinfo=UTC))
    assert (await shop.state(later.state)).status == "cancelled"


async def test_a_planned_change_holds_after_a_pause_that_began_with_the_period(shop, buyer):
    await shop.fill(buyer, 10_000)
    made = await shop.order(buyer, "business")
    await shop.do(
        subscriptions.change, buyer, made.state.id, Choice("shop", "starter", "monthly"), "period_end"
    )
    await shop.do(subscriptions.pause, buyer, made.state.id, "period_end")
    await shop.at(datetime(2026, 4, 1, 12, tzinfo=UTC))
    shop.clock.move(timedelta(days=9))
    state = await shop.do(subscriptions.resume, buyer, made.state.id)
    assert (state.plan.base.package, state.pending) == ("starter", None)
    assert (await shop.invoices(buyer))[-1].total == 1000
    assert await shop.do(subscriptions.rebuild, state.id) == state
