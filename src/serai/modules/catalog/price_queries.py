"""The SQL of prices and charges. “Holding” is between `valid_from` and `retired_at`."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, or_, select

from serai.kit.db import Session
from serai.modules.catalog.models import Meter, Package
from serai.modules.catalog.price_models import Charge, Price


async def prices(session: Session, package_ids: Sequence[str], at: datetime) -> Sequence[Price]:
    """Those that hold at `at`."""
    query = select(Price).where(Price.package_id.in_(package_ids), _holding(Price, at))
    return (await session.execute(query)).scalars().all()


async def price_history(session: Session, package_ids: Sequence[str]) -> Sequence[Price]:
    """All versions, the latest first within each period and currency."""
    query = select(Price).where(Price.package_id.in_(package_ids))
    query = query.order_by(Price.package_id, Price.period, Price.currency, Price.version.desc())
    return (await session.execute(query)).scalars().all()


async def prices_by_id(session: Session, ids: Sequence[str]) -> Sequence[tuple[Price, Package]]:
    return (await session.execute(_priced().where(Price.id.in_(ids)))).tuples().all()


async def current_prices(
    session: Session, package_ids: Sequence[str], at: datetime
) -> Sequence[tuple[Price, Package]]:
    query = _priced().where(Price.package_id.in_(package_ids), _holding(Price, at))
    return (await session.execute(query)).tuples().all()


async def current_price(
    session: Session, package_id: str, period: str, currency: str, at: datetime
) -> tuple[Price, Package] | None:
    query = _priced().where(
        Price.package_id == package_id,
        Price.period == period,
        Price.currency == currency,
        _holding(Price, at),
    )
    return (await session.execute(query)).tuples().one_or_none()


async def charges(
    session: Session, package_ids: Sequence[str], at: datetime
) -> Sequence[tuple[Charge, Meter]]:
    query = _charged().where(Charge.package_id.in_(package_ids), _holding(Charge, at))
    return (await session.execute(query)).tuples().all()


async def charges_by_id(session: Session, ids: Sequence[str]) -> Sequence[tuple[Charge, Meter]]:
    return (await session.execute(_charged().where(Charge.id.in_(ids)))).tuples().all()


async def charge_history(session: Session, package_ids: Sequence[str]) -> Sequence[tuple[Charge, Meter]]:
    query = _charged().where(Charge.package_id.in_(package_ids))
    query = query.order_by(Charge.package_id, Meter.key, Charge.currency, Charge.version.desc())
    return (await session.execute(query)).tuples().all()


def _holding(row: type[Price] | type[Charge], at: datetime) -> ColumnElement[bool]:
    return (row.valid_from <= at) & or_(row.retired_at.is_(None), row.retired_at > at)


def _priced() -> Select[tuple[Price, Package]]:
    return select(Price, Package).join(Package, Package.id == Price.package_id)


def _charged() -> Select[tuple[Charge, Meter]]:
    query = select(Charge, Meter).join(Meter, Meter.id == Charge.meter_id)
    return query.order_by(Charge.package_id, Meter.key, Charge.currency)
