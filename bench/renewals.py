"""The renewal run over ever more subscriptions: how many a second, and how that grows.

`SERAI_BENCH_SIZES="1000 10000"` chooses how many."""

import os
import time
from datetime import UTC, datetime, timedelta

from bench.scratch import BenchDatabase
from bench.sizes import sized
from serai.kit import clock
from serai.modules.billing import ledger, subscriptions
from tests import crowd

SIZES = sized((1_000, 10_000, 100_000), (50, 100))
_PRODUCT, _PACKAGE = "erp", "starter"


async def run() -> None:
    sizes = [int(each) for each in os.environ.get("SERAI_BENCH_SIZES", "").split()] or SIZES
    for wallet, label in ((0, "nothing in the wallets"), (1_000_000, "paid from the wallets")):
        print(f"\nrenewals, all due at one moment, {label}, one worker")
        first = None
        for size in sizes if not wallet else sizes[:2]:
            took, done, holds = await renew(size, wallet)
            rate = done.renewed / took
            first = first or rate
            print(
                f"  {size:7} subscriptions {took:7.1f} s  {rate:7.0f} a second  ratio {rate / first:5.2f} to the first; "
                f"failed {len(done.failed)}, books hold: {holds}"
            )


async def renew(size: int, wallet: int) -> tuple[float, subscriptions.renewal_run.Run, bool]:
    """Seconds, what was done, whether the books hold."""
    async with BenchDatabase() as bench:
        await bench.product()
        moving = clock.MovableClock(datetime(2026, 3, 1, 12, tzinfo=UTC))
        before = clock.use(moving)
        try:
            await crowd.gather(bench.database, size, _PRODUCT, _PACKAGE, wallet=wallet)
            moving.move(timedelta(days=31))
            began = time.monotonic()
            done = await subscriptions.renew_all(bench.database)
            took = time.monotonic() - began
        finally:
            clock.use(before)
        async with bench.database.transaction() as session:
            return took, done, (await ledger.verify(session)).holds
