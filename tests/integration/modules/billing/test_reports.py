"""The figures of the dashboard, against lives reckoned by hand."""

from datetime import UTC, date, datetime

from serai.kit.actor import SYSTEM
from serai.modules.billing import reports, subscriptions
from serai.modules.billing.subscriptions import Choice


def day(month: int, number: int) -> datetime:
    return datetime(2026, month, number, 12, tzinfo=UTC)


async def test_recurring_revenue_moves_by_what_happened(shop, buyer):
    other = await shop.world.account()
    for actor in (buyer, other):
        await shop.fill(actor, 100_000)
    mine = await shop.order(buyer)  # March: + 10.00
    theirs = await shop.order(other, period="yearly")  # March: + 100.00 / 12 = 8.33
    await shop.at(day(4, 1))
    await shop.do(
        subscriptions.change, buyer, mine.state.id, Choice("shop", "business", "monthly"), "now"
    )  # + 20.00
    await shop.at(day(5, 1))
    await shop.do(
        subscriptions.change, buyer, mine.state.id, Choice("shop", "starter", "monthly"), "now"
    )  # − 20.00
    await shop.do(subscriptions.cancel, other, theirs.state.id, "now")  # − 8.33
    months = await shop.do(reports.recurring, SYSTEM, date(2026, 3, 1), date(2026, 6, 30))
    assert [
        (m.new, m.expansion, m.contraction, m.churn, m.reactivation, m.mrr, m.active) for m in months
    ] == [
        (1833, 0, 0, 0, 0, 1833, 2),
        (0, 2000, 0, 0, 0, 3833, 2),
        (0, 0, 2000, 833, 0, 1000, 1),
        (0, 0, 0, 0, 0, 1000, 1),
    ]
    steps = await shop.do(reports.movements_of, SYSTEM, date(2026, 5, 1), "USD", "churn")
    assert [(each.account_id, each.amount) for each in steps] == [(other.account_id, -833)]
    found = await shop.do(reports.cohorts, SYSTEM, date(2026, 3, 1), date(2026, 6, 30))
    assert [(c.month, c.size, c.kept) for c in found] == [(date(2026, 3, 1), 2, (2, 2, 1, 1))]


async def test_what_is_owed_is_sorted_by_how_long_it_is_due(shop, buyer):
    await shop.fill(buyer, 1000)
    await shop.order(buyer)
    await shop.at(day(4, 1))
    await shop.at(day(5, 1))
    await shop.at(day(5, 3))
    (row,) = await shop.do(reports.ageing, SYSTEM)
    assert (row.days_30, row.days_60, row.total) == (1000, 1000, 2000)


async def test_revenue_is_earned_along_the_time_it_is_for(shop, buyer):
    await shop.fill(buyer, 31_000)
    await shop.order(buyer, "business", period="yearly")  # 300.00 for 365 days from 1 March
    await shop.work(day(4, 1))
    await shop.work(datetime(2027, 3, 1, 12, tzinfo=UTC))
    rows = await shop.do(reports.earned, SYSTEM, date(2026, 3, 1), date(2027, 3, 31))
    by_month = {row.month: row for row in rows}
    assert by_month[date(2026, 3, 1)].invoiced == 30_000
    assert by_month[date(2026, 4, 1)].earned == 30_000 * 31 // 365
    assert sum(row.earned for row in rows) == 30_000
    await shop.books_hold()
