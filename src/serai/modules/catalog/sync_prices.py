"""Prices and charges follow their blueprint: a new version when its own amount changed."""

from collections.abc import Iterable, Mapping, Sequence

from serai.kit import clock, events
from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.modules.catalog import price_queries
from serai.modules.catalog.blueprint import model
from serai.modules.catalog.charges import ChargeTerms, put_charge, terms_of
from serai.modules.catalog.models import Meter, Package
from serai.modules.catalog.price_models import Charge, Price
from serai.modules.catalog.prices import Quote, put_price
from serai.modules.catalog.versions import Row, close


async def sync_prices(
    session: Session, actor: Actor, package: Package, periods: Iterable[model.Period]
) -> None:
    there: dict[tuple[str, str], list[Price]] = {}
    for row in await price_queries.price_history(session, [package.id]):
        there.setdefault((row.period, row.currency), []).append(row)
    lengths = {period.key: (period.unit, period.count) for period in periods}
    offered = {(period.key, price.currency): price for period in periods for price in period.prices}
    for (key, currency), price in offered.items():
        rows = there.get((key, currency), [])
        unit, count = lengths[key]
        last = _last_of_blueprint(rows)
        if last and _is_sold(rows) and (last.amount, last.unit, last.count) == (price.amount, unit, count):
            continue
        await put_price(session, actor, package, Quote(key, unit, count, price), source="blueprint")
    for place, rows in there.items():
        # Staff's own currencies of a period go with its length: nobody said what they cost now.
        stale = any((r.unit, r.count) != lengths.get(r.period, (r.unit, r.count)) for r in rows)
        if place not in offered and (_last_of_blueprint(rows) or stale):
            await _end(session, actor, "catalog.price_ended", rows)


async def sync_charges(
    session: Session, actor: Actor, package: Package, charges: Iterable[model.Charge],
    meters: Mapping[str, Meter],
) -> None:  # fmt: skip
    there: dict[tuple[str, str], list[Charge]] = {}
    for row, meter in await price_queries.charge_history(session, [package.id]):
        there.setdefault((meter.key, row.currency), []).append(row)
    offered = {(charge.meter, charge.currency): charge for charge in charges}
    for place, charge in offered.items():
        rows = there.get(place, [])
        terms = ChargeTerms(charge.model, charge.included, charge.tiers, charge.package_size, charge.minimum)
        last = _last_of_blueprint(rows)
        if last and _is_sold(rows) and terms_of(last) == terms:
            continue
        await put_charge(
            session, actor, package, meters[charge.meter], charge.currency, terms, source="blueprint"
        )
    for place, rows in there.items():
        if place not in offered and _last_of_blueprint(rows):
            await _end(session, actor, "catalog.charge_ended", rows)


def _last_of_blueprint(rows: Sequence[Row]) -> Row | None:
    own = [row for row in rows if row.source == "blueprint"]
    return max(own, key=lambda row: row.version, default=None)


def _is_sold(rows: Sequence[Row]) -> bool:
    return any(row.retired_at is None for row in rows)


async def _end(session: Session, actor: Actor, event: str, rows: Sequence[Row]) -> None:
    ending = [row for row in rows if row.retired_at is None]
    if close(rows, clock.now()):
        await session.flush()
        for row in ending:
            await events.publish(session, actor, event, row.id)
