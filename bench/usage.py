"""Taking usage in, each event checked and counted once, beside a bare COPY of like rows into a like table.

Both are durable, commit as often, and keep the same indexes; the bare one checks nothing."""

import statistics
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import psycopg
from sqlalchemy import text

from bench.scratch import BenchDatabase
from bench.sizes import sized
from serai.kit import clock, ids
from serai.kit.actor import SYSTEM
from serai.modules.billing.usage import ingest_queries
from serai.modules.billing.usage.ingesting import UsageReport, take
from tests import crowd

EVENTS, BATCH, SUBSCRIPTIONS = sized((100_000, 5_000, 200), (2_000, 1_000, 20))
ROUNDS = sized(5, 1)
_LIKE = "CREATE TABLE bare (LIKE usage_events INCLUDING ALL)"
_COLUMNS = ("reporter", *ingest_queries.COLUMNS, "received_at", "voided")


async def run() -> None:
    async with BenchDatabase() as bench:
        await bench.product()
        await crowd.gather(bench.database, SUBSCRIPTIONS, "erp", "starter")
        subscriptions, meter, key = await _meter(bench)
        rows = _rows(subscriptions, meter)
        rounds = []
        for _ in range(ROUNDS):
            await _empty(bench)
            rounds.append((await copy(bench, rows), await through_take(bench, subscriptions, key)))
    bare, reports = (statistics.median(figures) for figures in zip(*rounds, strict=True))
    print(f"\nusage, {EVENTS} events in batches of {BATCH}, events a second, middle of {ROUNDS}")
    print(f"  COPY into a like table  {bare:9.0f}")
    print(f"  take, as the API does   {reports:9.0f}   ratio {reports / bare:5.2f} (goal 0.5)")


async def _empty(bench: BenchDatabase) -> None:
    async with await psycopg.AsyncConnection.connect(bench.bare_url, autocommit=True) as connection:
        await connection.execute("DROP TABLE IF EXISTS bare")
        await connection.execute(_LIKE)
        await connection.execute("TRUNCATE usage_events")
        await connection.execute("CHECKPOINT")


async def copy(bench: BenchDatabase, rows: Sequence[tuple[object, ...]]) -> float:
    async with await psycopg.AsyncConnection.connect(bench.bare_url, autocommit=True) as connection:
        began = time.monotonic()
        for first in range(0, len(rows), BATCH):
            command = f"COPY bare ({', '.join(_COLUMNS)}) FROM STDIN"
            async with connection.cursor() as cursor, cursor.copy(command) as into:
                for row in rows[first : first + BATCH]:
                    await into.write_row((*row, False))
        return len(rows) / (time.monotonic() - began)


async def through_take(bench: BenchDatabase, subscriptions: Sequence[str], meter: str) -> float:
    reports = [
        UsageReport(id=f"t{n}", source="bench", type=meter, subject=subscriptions[n % len(subscriptions)],
                    data={"value": 1})
        for n in range(EVENTS)
    ]  # fmt: skip
    began = time.monotonic()
    for first in range(0, len(reports), BATCH):
        async with bench.database.transaction() as session:
            taken = await take(session, SYSTEM, reports[first : first + BATCH])
        assert not taken.refused, taken.refused[0]
    return len(reports) / (time.monotonic() - began)


async def _meter(bench: BenchDatabase) -> tuple[list[str], str, str]:
    async with bench.database.transaction() as session:
        product = (await session.execute(text("SELECT id FROM products WHERE slug = 'erp'"))).scalar_one()
        meter = ids.new("mtr")
        await session.execute(
            text("INSERT INTO meters (id, product_id, key, name, aggregation, active) VALUES "
                 "(:id, :product, 'benched', '{\"en\": \"Benched\"}', 'sum', true)"),
            {"id": meter, "product": product},
        )  # fmt: skip
        found = (await session.execute(text("SELECT id FROM subscriptions ORDER BY id"))).scalars()
        return list(found), meter, "benched"


def _rows(subscriptions: Sequence[str], meter: str) -> list[tuple[object, ...]]:
    now = clock.now()
    old = datetime(2026, 3, 1, tzinfo=UTC)
    return [
        ("", "bench", f"e{n}", "acc", subscriptions[n % len(subscriptions)], meter, 1, None,
         old + timedelta(seconds=n), now)
        for n in range(EVENTS)
    ]  # fmt: skip
