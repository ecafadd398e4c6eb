"""Usage and those who pay for it: who reports it, and what their own caps may do."""

from dataclasses import replace
from datetime import timedelta

import pytest
from msgspec.structs import replace as replace_struct

from serai.kit import clock
from serai.kit.actor import SYSTEM
from serai.kit.errors import Denied
from serai.modules import billing
from serai.modules.billing.subscriptions import Choice
from serai.modules.billing.usage import ingest_queries
from tests.factories import blueprint
from tests.integration.modules.billing.products import shop_blueprint
from tests.integration.modules.billing.usage.test_usage import day, email, take


@pytest.fixture
async def metered(shop, buyer):
    """5.00 a month; 100 emails included, then 0.005 each to 1,000, then 0.002. A day old."""
    await shop.fill(buyer, 1_000_000)
    state = (await shop.order(buyer, "metered")).state
    shop.clock.move(timedelta(days=1))
    return state


async def totals(shop, buyer) -> list[int]:
    return [each.total for each in await shop.invoices(buyer)]


@pytest.mark.parametrize("grant", ["", "usage:report:account", "usage:report:platform"])
@pytest.mark.parametrize(("value", "data"), [(0, {"corrects": "e1"}), (-2000, {})])
async def test_customers_cannot_take_back_what_they_are_billed_for(shop, buyer, metered, grant, value, data):
    await take(shop, SYSTEM, email(1, metered.id, 2100))
    customer = replace(buyer, grants=buyer.grants | {grant})
    with pytest.raises(Denied, match="Report usage"):
        await take(shop, customer, email(2, metered.id, value, data={"value": value} | data))
    await shop.at(day(4, 1))
    assert await totals(shop, buyer) == [500, 500 + 700]


def test_no_role_in_an_account_can_hold_the_right_to_report():
    assert billing.policy.REPORT_USAGE.scopes == ("platform",)


async def test_what_one_reporter_said_is_neither_taken_nor_corrected_by_another(shop, buyer, metered):
    theirs = [("mailer", "e1", metered.account_id, metered.id, "mtr_1", 7, None, clock.now())]
    kept = [await shop.do(ingest_queries.keep, "acc_other", clock.now(), theirs) for _ in range(2)]
    ours = await take(shop, SYSTEM, email(1, metered.id), email(2, metered.id, data={"corrects": "e1"}))
    assert (kept, ours.accepted, ours.duplicates) == ([1, 0], 2, 0)
    rows = await shop.rows("SELECT reporter, event_id FROM usage_events WHERE voided")
    assert rows == [{"reporter": "", "event_id": "e1"}]


async def test_a_cap_holds_for_late_events_as_well(shop, buyer, metered):
    await shop.do(billing.limits.add, SYSTEM, metered.id, "cap", 100)
    await take(shop, SYSTEM, email(1, metered.id, 100_000))
    await shop.at(day(4, 1))
    await take(shop, SYSTEM, email(2, metered.id, 1, time=day(3, 20)))
    await shop.at(day(5, 1))
    assert await totals(shop, buyer) == [500, 600, 500]


async def test_below_a_cap_late_events_are_billed_up_to_it(shop, buyer, metered):
    limit = await shop.do(billing.limits.add, SYSTEM, metered.id, "cap", 100)
    await take(shop, SYSTEM, email(1, metered.id, 220))  # 120 × 0.5
    await shop.at(day(4, 1))
    # The cap of then counts, not that of now.
    await shop.do(billing.limits.remove, buyer, limit.id)
    await take(shop, SYSTEM, email(2, metered.id, 5000, time=day(3, 20)))
    await shop.at(day(5, 1))
    assert await totals(shop, buyer) == [500, 560, 540]


@pytest.fixture
async def two_meters(shop, buyer):
    """As metered, and what is stored by the same prices."""
    sold = shop_blueprint()
    package = next(each for each in sold.packages if each.key == "metered")
    stored = tuple(replace_struct(each, meter="stored") for each in package.charges)
    package = replace_struct(package, key="both", charges=package.charges + stored)
    await shop.world.product(blueprint("twice", packages=(package,), meters=sold.meters))
    await shop.fill(buyer, 1_000_000)
    return (await shop.order(buyer, "both", product="twice")).state


async def test_what_one_meter_gives_back_makes_room_below_the_cap_for_another(shop, buyer, two_meters):
    await shop.do(billing.limits.add, SYSTEM, two_meters.id, "cap", 300)
    stored = replace_struct(email(2, two_meters.id, 500), type="stored")
    await take(shop, SYSTEM, email(1, two_meters.id, 500), stored)  # 400 × 0.5 each; the second has 100 left
    await shop.at(day(4, 1))
    await take(shop, SYSTEM, email(3, two_meters.id, 0, time=day(3, 20), data={"corrects": "e1"}))
    await shop.at(day(5, 1))
    assert await totals(shop, buyer) == [500, 800, 500 - 100]


async def test_a_cap_of_one_s_own_counts_from_the_next_period_on(shop, buyer, metered):
    await take(shop, SYSTEM, email(1, metered.id, 100_000))
    shop.clock.move(day(3, 31) - clock.now())
    limit = await shop.do(billing.limits.add, buyer, metered.id, "cap", 1)
    (now,) = (await shop.do(billing.watching.accrued, [metered])).values()
    assert (now.amount, now.capped, await shop.do(billing.watching.watch)) == (20_280, False, 0)
    await shop.at(day(4, 1))
    assert (await totals(shop, buyer))[-1] == 500 + 20_280
    await take(shop, SYSTEM, email(2, metered.id, 100_000))
    (now,) = (await shop.do(billing.watching.accrued, [await shop.state(metered)])).values()
    assert (now.amount, now.capped, await shop.do(billing.watching.watch)) == (1, True, 1)
    await shop.at(day(5, 1))
    assert (await totals(shop, buyer))[-1] == 501
    await shop.do(billing.limits.remove, buyer, limit.id)
    await take(shop, SYSTEM, email(3, metered.id, 300))
    await shop.at(day(6, 1))
    assert (await totals(shop, buyer))[-1] == 500 + 100


async def test_a_cap_does_not_reach_what_was_used_before_a_change_of_package(shop, buyer, metered):
    await take(shop, SYSTEM, email(1, metered.id, 1100))
    await shop.do(billing.limits.add, buyer, metered.id, "cap", 1)
    shop.clock.move(timedelta(days=1))
    choice = Choice("shop", "starter", "monthly")
    _state, invoice = await shop.do(billing.subscriptions.change, buyer, metered.id, choice, "now")
    assert [line.amount for line in await shop.lines(invoice) if line.kind == "usage"] == [500]
