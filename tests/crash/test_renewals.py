"""Ten thousand renewals by two workers that are killed, over a database that crashes: each billed once."""

import asyncio
import signal
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from serai.kit import clock
from serai.kit.actor import SYSTEM
from serai.kit.errors import Unavailable
from serai.modules import billing, catalog
from tests import crowd
from tests.crash.platform import Ground, Workers
from tests.integration.modules.billing.products import shop_blueprint
from tests.support import SOAK, eventually

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]
COUNT = 10_000 if SOAK else 3_000
START = datetime(2026, 3, 1, 12, tzinfo=UTC)
KILLS_AT, CRASHES_AT = (COUNT * 3 // 20, COUNT * 9 // 20, COUNT * 4 // 5), (COUNT * 3 // 10, COUNT * 13 // 20)
RENEWING = ("-m", "tests.crash.renewing")


async def test_thousands_of_renewals_with_kills_and_crashes(base: Ground, record_property) -> None:
    await prepare(base)
    due = START + timedelta(days=31)
    began = asyncio.get_running_loop().time()
    kills = crashes = 0
    async with Workers(base, 2, RENEWING, {"RENEW_AT": due.isoformat()}) as workers:
        for limit in sorted((*KILLS_AT, *CRASHES_AT)):
            await eventually(lambda limit=limit: _have_renewed(base, limit), 60, every=0.02)
            if limit in KILLS_AT:
                workers.processes[kills % 2].kill()
                kills += 1
            else:
                await base.server.stop(signal.SIGQUIT)  # as `pg_ctl restart -m immediate`
                await base.server.start()
                crashes += 1
        await eventually(lambda: _have_renewed(base, COUNT), 60, every=0.1)
    took = asyncio.get_running_loop().time() - began
    await check(base)
    record_property(
        "figures",
        f"{COUNT} renewals in {took:.0f} s through {kills} SIGKILLs and {crashes} crashes of the database: "
        "0 lost, 0 billed twice, no gap in the numbers, books hold",
    )


async def prepare(base: Ground) -> None:
    before = clock.use(clock.MovableClock(START))
    try:
        async with base.platform.database.transaction() as session:
            await catalog.sync(session, SYSTEM, shop_blueprint())
        await crowd.gather(base.platform.database, COUNT, "shop", "starter", wallet=600)
    finally:
        clock.use(before)


async def check(base: Ground) -> None:
    async with base.platform.database.transaction() as session:
        for name, query in BROKEN.items():
            found = (await session.execute(text(query))).scalar_one()
            assert found == 0, f"{found} {name}"
        assert (await billing.ledger.verify(session)).holds
        paid = text("SELECT count(*), sum(total), sum(paid) FROM invoices WHERE kind = 'invoice'")
        assert tuple((await session.execute(paid)).one()) == (COUNT, COUNT * 1000, COUNT * 600)


BROKEN = {
    "subscriptions not billed for just two periods":
        "SELECT count(*) FROM subscriptions s WHERE (SELECT count(*) FROM billed_periods b "
        "WHERE b.subscription_id = s.id) <> 2",
    "subscriptions without just one invoice line":
        "SELECT count(*) FROM subscriptions s WHERE (SELECT count(*) FROM invoice_lines l "
        "WHERE l.subscription_id = s.id) <> 1",
    "periods with a gap between":
        "SELECT count(*) FROM billed_periods a JOIN billed_periods b USING (subscription_id) "
        "WHERE a.period_start < b.period_start AND a.period_end <> b.period_start",
    "invoices without a number": "SELECT count(*) FROM invoices WHERE number IS NULL",
    "gaps in the numbers": "SELECT max(sequence) - count(*) FROM invoices WHERE kind = 'invoice'",
    "histories without just three events":
        "SELECT count(*) FROM subscriptions s WHERE version <> 3 OR (SELECT count(*) FROM "
        "subscription_events e WHERE e.subscription_id = s.id) <> 3",
}  # fmt: skip


async def _have_renewed(base: Ground, count: int) -> bool:
    try:
        async with base.platform.database.transaction() as session:
            query = text("SELECT count(*) FROM invoices WHERE number IS NOT NULL")
            return int((await session.execute(query)).scalar_one()) >= count
    except Unavailable:  # it restarts
        return False
