"""Usage: counted once, rated by the period, late and corrected, alerted and capped."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from serai.kit import clock
from serai.kit.actor import SYSTEM
from serai.kit.errors import Invalid
from serai.modules import billing
from serai.modules.billing.usage.ingesting import Taken, UsageReport


def day(month: int, number: int, hour: int = 12) -> datetime:
    return datetime(2026, month, number, hour, tzinfo=UTC)


@pytest.fixture
async def metered(shop, buyer):
    """5.00 a month; 100 emails included, then 0.005 each to 1,000, then 0.002."""
    await shop.fill(buyer, 100_000)
    return (await shop.order(buyer, "metered")).state


def email(number: int, subject: str, value: object = 1, **more) -> UsageReport:
    data = {"value": value} | more.pop("data", {})
    return UsageReport(id=f"e{number}", source="mailer", type="emails", subject=subject, data=data, **more)


async def take(shop, actor, *reports: UsageReport) -> Taken:
    return await shop.do(billing.ingesting.take, actor, reports)


async def test_each_event_counts_once_however_often_it_comes(shop, buyer, metered):
    first = await take(shop, SYSTEM, *(email(n, metered.id) for n in range(50)), email(7, metered.id))
    again = await take(shop, SYSTEM, *(email(n, metered.id) for n in range(60)))
    assert (first.accepted, first.duplicates) == (50, 1)
    assert (again.accepted, again.duplicates) == (10, 50)


@pytest.mark.parametrize("name", ["a\nb\tc", 'say "\\"', "NULL", "{a,b}", "رسالة ✉", " ", "\\u0041", "\x01", "'); --"])
async def test_names_are_kept_as_they_were_sent(shop, buyer, metered, name):
    """And what stands beside them in the batch as well."""
    report = replace(email(1, metered.id, "1.50"), id=name, source=name)
    user = UsageReport(id="u1", source="app", type="users", subject=metered.id, data={"user": name})
    taken = await take(shop, SYSTEM, report, email(2, metered.id, 7), user)
    assert (taken.accepted, taken.refused) == (3, ())
    rows = await shop.rows("SELECT source, event_id, quantity, distinct_of FROM usage_events ORDER BY quantity")
    found = {(row["source"], row["event_id"], str(row["quantity"]), row["distinct_of"]) for row in rows}
    assert found == {(name, name, "1.50", None), ("mailer", "e2", "7", None), ("app", "u1", "1", name)}
    assert (await take(shop, SYSTEM, report)).duplicates == 1


async def test_a_name_that_cannot_be_stored_is_answered_as_invalid(shop, buyer, metered):
    with pytest.raises(Invalid):
        await take(shop, SYSTEM, replace(email(1, metered.id), source="nothing\0"))


@pytest.mark.parametrize(
    ("value", "kept"), [(10**18 - 1, True), (10**18, False), (-(10**18), False), ("1e17", True), ("1e18", False)]
)
async def test_values_have_a_largest_size(shop, buyer, metered, value, kept):
    assert (await take(shop, SYSTEM, email(1, metered.id, value))).accepted == kept


async def test_what_cannot_be_counted_is_answered_and_keeps_no_other_back(shop, buyer, metered):
    reports = [
        email(1, metered.id), email(2, "sub_nobody"), email(3, "lch_nobody"), email(4, metered.id, "many"),
        UsageReport(id="e5", source="mailer", type="letters", subject=metered.id),
        UsageReport(id="e6", source="mailer", type="users", subject=metered.id),
        email(7, metered.id, time=clock.now() + timedelta(days=2)), email(8, metered.id, float("nan")),
        email(9, metered.id, True),
    ]  # fmt: skip
    answer = await take(shop, SYSTEM, *reports)
    assert answer.accepted == 1
    assert [each.index for each in answer.refused] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert all(each.message for each in answer.refused)


async def test_a_period_is_rated_by_its_tiers_on_the_next_invoice(shop, buyer, metered):
    await take(shop, SYSTEM, email(1, metered.id, 2100))
    (found,) = (await shop.do(billing.watching.accrued, [metered])).values()
    assert found.amount == 500 + 200  # of 2,000 beyond the included 100: 1,000 × 0.5 and 1,000 × 0.2
    await shop.at(day(4, 1))
    invoice = (await shop.invoices(buyer))[-1]
    assert [(line.kind, line.amount) for line in await shop.lines(invoice)] == [
        ("period", 500),
        ("usage", 700),
    ]


async def test_late_events_and_corrections_are_billed_as_the_difference(shop, buyer, metered):
    await take(shop, SYSTEM, email(1, metered.id, 1100))
    await shop.at(day(4, 1))
    late = email(2, metered.id, 200, time=day(3, 20))
    wrong = email(3, metered.id, 50)
    right = email(4, metered.id, 150, data={"corrects": "e3"})
    await take(shop, SYSTEM, late, wrong, right)
    await shop.at(day(5, 1))
    invoice = (await shop.invoices(buyer))[-1]
    assert [(line.text["key"], line.amount) for line in await shop.lines(invoice)] == [
        ("period", 500), ("usage", 25), ("usage_late", 40),
    ]  # fmt: skip


async def test_a_cap_holds_what_is_billed_and_an_alert_tells_once(shop, buyer, metered):
    await shop.do(billing.limits.add, buyer, metered.id, "alert", 100)
    await shop.do(billing.limits.add, SYSTEM, metered.id, "cap", 300)
    await take(shop, SYSTEM, email(1, metered.id, 5000))
    for _ in range(3):
        await shop.work()
    kinds = [
        row["type"]
        for row in await shop.rows(
            "SELECT type FROM events WHERE type LIKE 'billing.usage_%_reached' ORDER BY type"
        )
    ]
    assert kinds == ["billing.usage_alert_reached", "billing.usage_cap_reached"]
    await shop.at(day(4, 1))
    assert [line.amount for line in await shop.lines((await shop.invoices(buyer))[-1])] == [500, 300]


async def test_a_change_of_package_bills_what_was_used_under_the_old_one(shop, buyer, metered):
    await take(shop, SYSTEM, email(1, metered.id, 1100))
    shop.clock.move(timedelta(days=15, hours=12))
    choice = billing.subscriptions.Choice("shop", "starter", "monthly")
    _state, invoice = await shop.do(billing.subscriptions.change, buyer, metered.id, choice, "now")
    assert [(line.kind, line.amount) for line in await shop.lines(invoice)] == [
        ("credit", -250), ("proration", 500), ("usage", 500),
    ]  # fmt: skip


async def test_distinct_values_count_once(shop, buyer, metered):
    reports = [
        UsageReport(id=f"u{n}", source="app", type="users", subject=metered.id, data={"user": f"user{n % 3}"})
        for n in range(9)
    ]
    await take(shop, SYSTEM, *reports)
    rows = await shop.rows("SELECT count(DISTINCT distinct_of) AS n, sum(quantity) AS q FROM usage_events")
    assert rows == [{"n": 3, "q": Decimal(9)}]
