"""Prices: read any version, and follow the one that holds by a new one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from serai.kit import clock, events, ids
from serai.kit.actor import Actor
from serai.kit.db import Json, Session
from serai.kit.errors import Conflict, Invalid
from serai.kit.i18n import _
from serai.kit.money import Money
from serai.modules.catalog import policy, price_queries, queries
from serai.modules.catalog.errors import PackageNotFound, PriceNotFound
from serai.modules.catalog.models import Package
from serai.modules.catalog.periods import UNITS, Unit
from serai.modules.catalog.price_models import Price
from serai.modules.catalog.schemas import PriceView, price_view
from serai.modules.catalog.versions import ALWAYS, follow, holding, next_version, withdraw


@dataclass(frozen=True, slots=True)
class Quote:
    """A price to be: for one whole period of `count` × `unit`, called `period`."""

    period: str
    unit: Unit
    count: int
    amount: Money


async def get_price(session: Session, price_id: str) -> PriceView:
    """That version, whether it holds or not. Raises PriceNotFound."""
    found = await get_prices(session, [price_id])
    if price_id not in found:
        raise PriceNotFound(_("There is no price %(id)s.", id=price_id))
    return found[price_id]


async def get_prices(session: Session, price_ids: Iterable[str]) -> dict[str, PriceView]:
    """By id, in one query."""
    now, rows = clock.now(), await price_queries.prices_by_id(session, list(price_ids))
    return {price.id: price_view(price, package, now) for price, package in rows}


async def current_price(
    session: Session, package_id: str, period: str, currency: str, at: datetime | None = None
) -> PriceView:
    """What a new subscription pays from `at` (now) on. Raises PriceNotFound."""
    at = at or clock.now()
    found = await price_queries.current_price(session, package_id, period, currency, at)
    if found is None:
        raise PriceNotFound(
            _("This package has no price for the period %(period)s in %(currency)s.",
              period=period, currency=currency)
        )  # fmt: skip
    return price_view(*found, at)


async def current_prices(
    session: Session, package_ids: Iterable[str], at: datetime | None = None
) -> dict[tuple[str, str, str], PriceView]:
    """All that hold at `at` (now), by package, period and currency; one query."""
    at = at or clock.now()
    rows = await price_queries.current_prices(session, list(package_ids), at)
    return {
        (price.package_id, price.period, price.currency): price_view(price, package, at)
        for price, package in rows
    }


async def price_history(session: Session, actor: Actor, package_id: str) -> list[PriceView]:
    """Every version there was, is and will be, the latest first within each period and currency."""
    policy.READ.require(actor)
    package, now = await _package(session, package_id), clock.now()
    return [price_view(row, package, now) for row in await price_queries.price_history(session, [package_id])]


async def change_price(
    session: Session,
    actor: Actor,
    package_id: str,
    period: str,
    currency: str,
    amount: int | Money,
    valid_from: datetime | None = None,
) -> PriceView:
    """What new subscriptions pay from `valid_from` (now) on; running ones keep their version.

    A currency that the period has had no price in is added. A later change that was planned stays.
    """
    policy.MANAGE.require(actor)
    money = amount if isinstance(amount, Money) else Money(amount, currency)
    package = await _package(session, package_id, lock=True)
    now = clock.now()  # behind the lock: of two changes at once the later one begins later
    at = valid_from or now
    _require_sensible(money, currency, at, now)
    unit, count = await _length(session, package_id, period)
    row = await put_price(
        session, actor, package, Quote(period, unit, count, money), source="admin", valid_from=at
    )
    return price_view(row, package, now)


async def replaced_by(
    session: Session,
    actor: Actor,
    package_id: str,
    period: str,
    amount: Money,
    valid_from: datetime | None = None,
) -> PriceView | None:
    """What `change_price` with the same values would end, if anything. Raises what it would raise."""
    policy.MANAGE.require(actor)
    now = clock.now()
    at = valid_from or now
    _require_sensible(amount, amount.currency, at, now)
    await _length(session, package_id, period)
    found = await price_queries.current_price(session, package_id, period, amount.currency, at)
    return price_view(*found, at) if found else None


async def add_period(
    session: Session, actor: Actor, package_id: str, quote: Quote, valid_from: datetime | None = None
) -> PriceView:
    """Sell the package for another period, too; others in the same period follow by `change_price`."""
    policy.MANAGE.require(actor)
    package = await _package(session, package_id, lock=True)
    now = clock.now()
    at = valid_from or now
    _require_sensible(quote.amount, quote.amount.currency, at, now)
    if quote.unit not in UNITS or not 0 < quote.count <= 1000:
        message = _("A period is 1 to 1000 days, weeks, months or years long.")
        raise Invalid(message, fields={"count": message})
    if any(row.period == quote.period for row in await price_queries.price_history(session, [package_id])):
        message = _("The package has a period called %(name)s already.", name=quote.period)
        raise Conflict(message, fields={"period": message})
    row = await put_price(session, actor, package, quote, source="admin", valid_from=at)
    return price_view(row, package, now)


async def cancel_price(session: Session, actor: Actor, price_id: str) -> None:
    """Take back a change that was planned and does not hold yet; the one before it stays."""
    policy.MANAGE.require(actor)
    price = await session.get(Price, price_id)
    if price is None:
        raise PriceNotFound(_("There is no price %(id)s.", id=price_id))
    await _package(session, price.package_id, lock=True)
    rows = await _versions(session, price.package_id, price.period, price.currency)
    price = next(row for row in rows if row.id == price_id)
    if price.valid_from <= clock.now() or price.retired_at == price.valid_from:
        raise Conflict(
            _("This price is no planned change any more; only what has not begun can be taken back.")
        )
    before = shown(price)
    await withdraw(session, rows, price)
    await events.publish(session, actor, "catalog.price_cancelled", price.id, before=before)
    await session.flush()


async def put_price(
    session: Session, actor: Actor, package: Package, quote: Quote, *, source: str,
    valid_from: datetime | None = None,
) -> Price:  # fmt: skip
    """A new version, whose package is locked. The first one of all has held from the beginning."""
    rows = await _versions(session, package.id, quote.period, quote.amount.currency)
    begins = ALWAYS if not rows and source == "blueprint" else valid_from or clock.now()
    before = holding(rows, begins)
    row = Price(
        id=ids.new("price"), package_id=package.id, period=quote.period, unit=quote.unit,
        count=quote.count, currency=quote.amount.currency, amount=quote.amount.amount,
        version=next_version(rows), source=source, valid_from=begins, created_at=clock.now(),
    )  # fmt: skip
    await follow(session, rows, row)
    if rows or source == "admin":
        await events.publish(
            session, actor, "catalog.price_changed", row.id, package_id=package.id,
            before=shown(before) if before else None, after=shown(row),
        )  # fmt: skip
    await session.flush()
    return row


def shown(price: Price) -> Json:
    """As audit records have it."""
    return {
        "period": price.period, "currency": price.currency, "amount": price.amount,
        "version": price.version, "valid_from": price.valid_from.isoformat(),
    }  # fmt: skip


async def _package(session: Session, package_id: str, *, lock: bool = False) -> Package:
    found = await (
        queries.package_for_update(session, package_id) if lock else session.get(Package, package_id)
    )
    if found is None:
        raise PackageNotFound(_("There is no package %(id)s.", id=package_id))
    return found


async def _versions(session: Session, package_id: str, period: str, currency: str) -> Sequence[Price]:
    rows = await price_queries.price_history(session, [package_id])
    return [row for row in rows if (row.period, row.currency) == (period, currency)]


async def _length(session: Session, package_id: str, period: str) -> tuple[Unit, int]:
    rows = [r for r in await price_queries.price_history(session, [package_id]) if r.period == period]
    if not rows:
        message = _("The package has no period called %(name)s.", name=period)
        raise Invalid(message, fields={"period": message})
    latest = next((row for row in rows if row.retired_at is None), rows[0])
    return cast("Unit", latest.unit), latest.count


def _require_sensible(money: Money, currency: str, at: datetime, now: datetime) -> None:
    fields = {}
    if money.currency != currency:
        fields["amount"] = _(
            "The amount is in %(one)s, not in %(other)s.", one=money.currency, other=currency
        )
    if money.amount < 0:
        fields["amount"] = _("A price is zero or more.")
    if at < now:
        fields["valid_from"] = _("A price changes now or later; what was paid before stays as it was.")
    if fields:
        raise Invalid(next(iter(fields.values())), fields=fields)
