"""Usage charges: what the use of a meter costs, in versions like prices."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

import msgspec

from serai.kit import clock, events, ids
from serai.kit.actor import Actor
from serai.kit.db import Json, Session
from serai.kit.errors import Conflict, Invalid
from serai.kit.i18n import _
from serai.kit.money import Money
from serai.modules.catalog import policy, price_queries, queries
from serai.modules.catalog.errors import ChargeNotFound, PackageNotFound
from serai.modules.catalog.models import Meter, Package
from serai.modules.catalog.price_models import Charge
from serai.modules.catalog.rating import Model, Tier, why_wrong
from serai.modules.catalog.schemas import ChargeView, charge_view
from serai.modules.catalog.versions import ALWAYS, close, follow, holding, next_version


@dataclass(frozen=True, slots=True)
class ChargeTerms:
    """Amounts are minor units of the charge's currency."""

    model: Model
    included: Decimal
    tiers: tuple[Tier, ...]
    package_size: Decimal | None = None
    minimum: int = 0


async def charges_of(
    session: Session, package_id: str, currency: str, at: datetime | None = None
) -> list[ChargeView]:
    """What holds at `at` (now), one charge a meter."""
    found = await charges_of_many(session, [package_id], at)
    return found.get((package_id, currency), [])


async def charges_of_many(
    session: Session, package_ids: Iterable[str], at: datetime | None = None
) -> dict[tuple[str, str], list[ChargeView]]:
    """By package and currency, in one query."""
    at = at or clock.now()
    found: dict[tuple[str, str], list[ChargeView]] = {}
    for charge, meter in await price_queries.charges(session, list(package_ids), at):
        found.setdefault((charge.package_id, charge.currency), []).append(charge_view(charge, meter, at))
    return found


async def get_charges(session: Session, charge_ids: Iterable[str]) -> dict[str, ChargeView]:
    """By id, whatever holds."""
    now, rows = clock.now(), await price_queries.charges_by_id(session, list(charge_ids))
    return {charge.id: charge_view(charge, meter, now) for charge, meter in rows}


async def charge_history(session: Session, actor: Actor, package_id: str) -> list[ChargeView]:
    """Every version, the latest first within each meter and currency."""
    policy.READ.require(actor)
    now = clock.now()
    return [charge_view(*row, now) for row in await price_queries.charge_history(session, [package_id])]


async def change_charge(
    session: Session,
    actor: Actor,
    package_id: str,
    meter_key: str,
    currency: str,
    terms: ChargeTerms,
    valid_from: datetime | None = None,
) -> ChargeView:
    """What use costs from `valid_from` (now) on."""
    policy.MANAGE.require(actor)
    if valid_from is not None and valid_from < clock.now():
        message = _("A price changes now or later; what was paid before stays as it was.")
        raise Invalid(message, fields={"valid_from": message})
    _require_sensible(terms, currency)
    package = await queries.package_for_update(session, package_id)
    if package is None:
        raise PackageNotFound(_("There is no package %(id)s.", id=package_id))
    meters = {meter.key: meter for meter in await queries.meters(session, [package.product_id])}
    if meter_key not in meters:
        message = _("The product has no meter called %(name)s.", name=meter_key)
        raise Invalid(message, fields={"meter": message})
    row = await put_charge(
        session, actor, package, meters[meter_key], currency, terms, source="admin", valid_from=valid_from
    )
    return charge_view(row, meters[meter_key], clock.now())


async def end_charge(session: Session, actor: Actor, charge_id: str) -> None:
    """From now on the use costs nothing; changes that were planned go, too."""
    policy.MANAGE.require(actor)
    charge = await session.get(Charge, charge_id)
    if charge is None:
        raise ChargeNotFound(_("There is no charge %(id)s.", id=charge_id))
    await queries.package_for_update(session, charge.package_id)
    rows = await _versions(session, charge.package_id, charge.meter_id, charge.currency)
    if not close(rows, clock.now()):
        raise Conflict(_("This charge has ended already."))
    await session.flush()
    await events.publish(session, actor, "catalog.charge_ended", charge_id, before=_shown(charge))


async def put_charge(
    session: Session, actor: Actor, package: Package, meter: Meter, currency: str, terms: ChargeTerms,
    *, source: str, valid_from: datetime | None = None,
) -> Charge:  # fmt: skip
    """A new version, whose package is locked."""
    rows = await _versions(session, package.id, meter.id, currency)
    begins = ALWAYS if not rows and source == "blueprint" else valid_from or clock.now()
    before = holding(rows, begins)
    row = Charge(
        id=ids.new("chg"), package_id=package.id, meter_id=meter.id, currency=currency,
        model=terms.model, included=terms.included, tiers=_as_json(terms.tiers),
        package_size=terms.package_size, minimum=terms.minimum, version=next_version(rows),
        source=source, valid_from=begins, created_at=clock.now(),
    )  # fmt: skip
    await follow(session, rows, row)
    if rows or source == "admin":
        await events.publish(
            session, actor, "catalog.charge_changed", row.id, package_id=package.id,
            before=_shown(before) if before else None, after=_shown(row),
        )  # fmt: skip
    return row


def terms_of(row: Charge) -> ChargeTerms:
    tiers = tuple(msgspec.convert(each, Tier) for each in row.tiers)
    return ChargeTerms(cast("Model", row.model), row.included, tiers, row.package_size, row.minimum)


async def _versions(session: Session, package_id: str, meter_id: str, currency: str) -> list[Charge]:
    rows = await price_queries.charge_history(session, [package_id])
    return [row for row, _meter in rows if (row.meter_id, row.currency) == (meter_id, currency)]


def _require_sensible(terms: ChargeTerms, currency: str) -> None:
    Money(terms.minimum, currency)  # raises Invalid for what is no currency
    if terms.minimum < 0 or terms.included < 0:
        message = _("Quantities and amounts are zero or more.")
        raise Invalid(message, fields={"included" if terms.included < 0 else "minimum": message})
    if problem := why_wrong(terms.model, terms.tiers, terms.package_size):
        raise Invalid(_(problem), fields={"tiers": _(problem)})


def _as_json(tiers: Iterable[Tier]) -> list[Any]:
    return [msgspec.to_builtins(tier) for tier in tiers]


def _shown(row: Charge) -> Json:
    return {
        "model": row.model, "currency": row.currency, "included": str(row.included), "tiers": row.tiers,
        "package_size": None if row.package_size is None else str(row.package_size),
        "minimum": row.minimum, "version": row.version, "valid_from": row.valid_from.isoformat(),
    }  # fmt: skip
