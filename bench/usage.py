"""Taking usage in, each event counted once, beside a bare COPY into a like table with the same indexes."""

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
_LIKE = "CREATE TABLE bare (LIKE usage_events INCLUDING ALL)"


async def run() -> None:
    async with BenchDatabase() as bench:
        await bench.product()
        await crowd.gather(bench.database, SUBSCRIPTIONS, "erp", "starter")
        subscriptions, meter, key = await _meter(bench)
        rows = _rows(subscriptions, meter)
        bare = await copy(bench, rows)
        columns = await through_columns(bench, rows)
        reports = await through_take(bench, subscriptions, key)
    print(f"\nusage, {EVENTS} events in batches of {BATCH}, events a second")
    print(f"  COPY into a like table  {bare:9.0f}")
    print(f"  columns, deduplicated   {columns:9.0f}   ratio {columns / bare:5.2f} (goal 0.5)")
    print(f"  take, checked as well   {reports:9.0f}   ratio {reports / bare:5.2f}")


async def copy(bench: BenchDatabase, rows: Sequence[tuple[object, ...]]) -> float:
    async with await psycopg.AsyncConnection.connect(bench.bare_url, autocommit=True) as connection:
        await connection.execute(_LIKE)
        began = time.monotonic()
        for first in range(0, len(rows), BATCH):
            command = f"COPY bare ({', '.join(ingest_queries.COLUMNS)}, voided) FROM STDIN"
            async with connection.cursor() as cursor, cursor.copy(command) as into:
                for row in rows[first : first + BATCH]:
                    await into.write_row((*row, False))
        return len(rows) / (time.monotonic() - began)


async def through_columns(bench: BenchDatabase, rows: Sequence[tuple[object, ...]]) -> float:
    began = time.monotonic()
    for first in range(0, len(rows), BATCH):
        columns = zip(*rows[first : first + BATCH], strict=True)
        values = dict(zip(ingest_queries.COLUMNS, map(list, columns), strict=True))
        async with bench.database.transaction() as session:
            kept = await ingest_queries.keep(session, values)
        assert kept == min(BATCH, len(rows) - first)
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
