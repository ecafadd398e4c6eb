"""The time machine over a copy of the platform: what customers pay if a price is raised."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from serai.cli import price_wishes
from serai.cli.scratch import copy_platform, scratch
from serai.kit import clock
from serai.kit.actor import SYSTEM
from serai.kit.errors import Invalid
from serai.kit.secrets import Vault
from serai.kit.settings import Settings
from serai.modules import billing, catalog
from serai.modules.billing import simulation, subscriptions
from tests import crowd
from tests.conftest import OWNER

COUNT, MONTHS = 100, 12
DAYS = [timedelta(days=n, hours=n % 24) for n in range(0, 28, 7)]


@pytest.fixture
async def empty_url(postgres):
    """An empty database of an operator's own."""
    async with await psycopg.AsyncConnection.connect(postgres.url(), autocommit=True) as admin:
        await admin.execute(f"CREATE DATABASE scratch_of_test OWNER {OWNER}")
    yield postgres.url("scratch_of_test", OWNER, OWNER)
    async with await psycopg.AsyncConnection.connect(postgres.url(), autocommit=True) as admin:
        await admin.execute("DROP DATABASE scratch_of_test WITH (FORCE)")


async def test_a_year_ahead_with_a_price_raised_on_the_way(
    shop, empty_url, database_url, tmp_path: Path, record_property
) -> None:
    await crowd.gather(shop.world.database, COUNT, "shop", "starter", spread=DAYS)
    before = await _one_that_was_paid_and_ended(shop)
    settings = Settings(home=tmp_path / "platform", database_url=database_url)
    intent = price_wishes.parse("shop/starter/monthly/USD=+10%@2026-09-01", "UTC")
    async with scratch(settings, empty_url) as (database, vault):
        rows = await copy_platform(settings, database)
        async with database.transaction() as session:
            found = await price_wishes.resolve(session, SYSTEM, intent, also_running=True)
        report = await simulation.foresee(database, vault, datetime(2027, 3, 1, tzinfo=UTC), [found.change])
    assert not report.failed
    assert not report.broken
    assert (found.concerned, found.before, found.after) == (COUNT, COUNT * 1000, COUNT * 1100)
    nets = {month.month: month.net for month in report.months}
    # Everybody is due once a month, from April on; who began on 1 March at midday is due on 1 April.
    assert nets["2026-04"] == nets["2026-08"] == COUNT * 1000
    assert nets["2026-09"] == nets["2027-02"] == COUNT * 1100
    last = report.months[-1]
    assert (last.active, last.mrr, last.cash) == (COUNT, COUNT * 1100, COUNT * 1100)
    assert await shop.rows("SELECT count(*) AS n FROM invoices") == before, (
        "nothing of the platform is changed"
    )
    record_property(
        "figures",
        f"{COUNT} subscriptions, {MONTHS} months ahead over a copy of {rows} rows: {report.seconds:.1f} s",
    )


@pytest.mark.parametrize("daily", [True, False])
async def test_quick_or_exact_come_to_the_same(shop, tmp_path: Path, daily: bool) -> None:
    """Paid hundreds at once, or each by the real collecting."""
    await crowd.gather(shop.world.database, 9, "shop", "starter", spread=DAYS[:3], wallet=600)
    until = datetime(2026, 6, 1, tzinfo=UTC)
    report = await simulation.foresee(shop.world.database, Vault(tmp_path / "master.key"), until, daily=daily)
    assert not report.broken
    # 600 of April's 1,000 are in each wallet already; all of May's come in.
    assert [(m.month, m.invoices, m.net, m.cash, m.active) for m in report.months if m.invoices] == [
        ("2026-04", 9, 9_000, 9 * 400, 9), ("2026-05", 9, 9_000, 9 * 1000, 9)
    ]  # fmt: skip
    paid = await shop.rows("SELECT DISTINCT state, paid FROM invoices")
    assert paid == [{"state": "paid", "paid": 1000}]
    payments = await shop.rows("SELECT state, amount, count(*) AS n FROM payments GROUP BY 1, 2 ORDER BY 2")
    assert [(p["state"], p["amount"], p["n"]) for p in payments] == [
        ("succeeded", 400, 9),
        ("succeeded", 1000, 9),
    ]


async def test_a_database_with_tables_is_no_scratch_database(database_url, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "platform", database_url=database_url)
    with pytest.raises(Invalid, match="has tables already"):
        async with scratch(settings, database_url):
            pass


async def test_who_would_pay_what_is_seen_before_anything_is_changed(shop, buyer) -> None:
    await shop.fill(buyer, 5000)
    made = await shop.order(buyer)
    price_id = made.state.plan.base.price_id
    (move,) = await shop.do(
        billing.previews.price_change, SYSTEM, price_id, 1500, clock.now() + timedelta(days=40)
    )
    assert (move.current, move.new, move.since) == (1000, 1500, datetime(2026, 5, 1, 12, tzinfo=UTC))
    assert (await shop.state(made.state)).moves == ()


async def test_a_moved_price_holds_from_the_first_renewal_that_is_not_before_it(shop, buyer) -> None:
    await shop.fill(buyer, 50_000)
    made = await shop.order(buyer)
    package_id = made.state.plan.base.package_id
    price = await shop.do(billing_price, package_id, 1500)
    since = clock.now() + timedelta(days=40)
    await shop.do(billing.subscriptions.move_price, SYSTEM, price.id, since)
    again = await shop.do(billing.subscriptions.move_price, SYSTEM, price.id, since)
    assert again == [], "the same again changes nothing"
    for month in (4, 5, 6):
        await shop.at(datetime(2026, month, 1, 12, tzinfo=UTC))
    assert [each.total for each in await shop.invoices(buyer)] == [1000, 1000, 1500, 1500]
    state = await shop.state(made.state)
    assert (state.plan.base.price_id, state.moves) == (price.id, ())
    assert await shop.do(billing.subscriptions.rebuild, state.id) == state


async def billing_price(session, package_id: str, amount: int):
    return await catalog.change_price(session, SYSTEM, package_id, "monthly", "USD", amount)


async def _one_that_was_paid_and_ended(shop) -> list:
    """Issued invoices, a credit note and a wallet: they are copied, too."""
    buyer = await shop.world.account()
    await shop.fill(buyer, 1000)
    made = await shop.order(buyer)
    shop.clock.move(timedelta(minutes=1))
    await shop.do(subscriptions.cancel, buyer, made.state.id, "now")
    shop.clock.move(-timedelta(minutes=1))
    return await shop.rows("SELECT count(*) AS n FROM invoices")
