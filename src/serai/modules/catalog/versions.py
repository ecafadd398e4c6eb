"""Versions that follow each other: rows that hold from `valid_from` until `retired_at`, never overlap
and are never changed but in when they end. Their owner's row is locked by whoever comes here."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TypeVar

from serai.kit.db import Session
from serai.modules.catalog.price_models import Charge, Price

# A thing's first price has always been so: what is simulated may begin before it was written.
ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)
Row = TypeVar("Row", Price, Charge)


def next_version(rows: Sequence[Row]) -> int:
    return max((row.version for row in rows), default=0) + 1


def holding(rows: Sequence[Row], at: datetime) -> Row | None:
    return next((r for r in rows if r.valid_from <= at and (r.retired_at is None or r.retired_at > at)), None)


async def follow(session: Session, rows: Sequence[Row], new: Row) -> None:
    """Put `new` in its place: it ends what holds at its beginning, and holds until a later one that
    is planned. One planned for the same moment is replaced."""
    planned = [row for row in rows if row.valid_from >= new.valid_from and row.retired_at != row.valid_from]
    for row in planned:
        if row.valid_from == new.valid_from:
            new.retired_at, row.retired_at = row.retired_at, row.valid_from
    later = sorted(row.valid_from for row in planned if row.valid_from > new.valid_from)
    if later:
        new.retired_at = later[0]
    before = holding(rows, new.valid_from)
    if before is not None:
        if not later:
            new.retired_at = before.retired_at
        before.retired_at = new.valid_from
    await session.flush()  # the old one is closed before the new one is open: one of them at most is
    session.add(new)
    await session.flush()


async def withdraw(session: Session, rows: Sequence[Row], planned: Row) -> None:
    """As if `planned`, which does not hold yet, had never been: the one before it goes on."""
    until, planned.retired_at = planned.retired_at, planned.valid_from
    await session.flush()
    before = next((r for r in rows if r is not planned and r.retired_at == planned.valid_from
                   and r.valid_from < planned.valid_from), None)  # fmt: skip
    if before is not None:
        before.retired_at = until
    await session.flush()


def close(rows: Sequence[Row], at: datetime) -> bool:
    """End what holds at `at` and everything planned; whether there was anything."""
    found = False
    for row in rows:
        if row.retired_at is None or row.retired_at > at:
            row.retired_at = max(at, row.valid_from)
            found = True
    return found
