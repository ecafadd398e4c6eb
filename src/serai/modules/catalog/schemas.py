"""How the catalogue looks from outside."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

import msgspec

from serai.kit.db import Json
from serai.kit.money import Money
from serai.modules.catalog.models import Meter, Package, Product
from serai.modules.catalog.periods import Unit, length
from serai.modules.catalog.price_models import Charge, Price
from serai.modules.catalog.rating import Model, Tier

Kind = Literal["package", "addon", "bundle"]
Visibility = Literal["public", "hidden", "retired"]
Aggregation = Literal["sum", "max", "last", "unique", "average"]


class PeriodView(msgspec.Struct, frozen=True):
    """`count` × `unit`; `prices` by currency, for one whole period."""

    key: str
    unit: Unit
    count: int
    prices: dict[str, Money]


class Content(msgspec.Struct, frozen=True):
    """What is in a bundle: so many of the package with that key."""

    package: str
    quantity: int


class PackageView(msgspec.Struct, frozen=True):
    """Texts are `{"en": …, "ar": …}`. An add-on's resources and limits are what each one adds.
    `stock`: how many can still be sold, None without end. `version` counts changes."""

    id: str
    product_id: str
    key: str
    kind: Kind
    visibility: Visibility
    name: Json
    summary: Json
    description: Json
    features: tuple[Json, ...]
    trial_days: int
    trial_requires_method: bool
    resources: Json
    limits: dict[str, int]
    contents: tuple[Content, ...]
    stock: int | None
    active: bool
    version: int
    edited: tuple[str, ...]
    periods: tuple[PeriodView, ...]

    def period(self, key: str) -> PeriodView | None:
        return next((period for period in self.periods if period.key == key), None)


class ProductView(msgspec.Struct, frozen=True):
    """Texts are `{"en": …, "ar": …}`. Everything listed is on sale to everybody."""

    id: str
    slug: str
    name: Json
    summary: Json
    description: Json
    category: str
    icon: str
    release_id: str | None
    packages: tuple[PackageView, ...]
    addons: tuple[PackageView, ...] = ()
    bundles: tuple[PackageView, ...] = ()
    version: int = 1
    edited: tuple[str, ...] = ()


class PriceView(msgspec.Struct, frozen=True):
    """One version of a price. `active`: it holds at the moment it was asked for."""

    id: str
    package_id: str
    product_id: str
    package_key: str
    kind: Kind
    period: str
    unit: Unit
    count: int
    amount: Money
    version: int
    active: bool
    source: str
    valid_from: datetime
    retired_at: datetime | None


class MeterView(msgspec.Struct, frozen=True):
    id: str
    product_id: str
    key: str
    name: Json
    aggregation: Aggregation
    field: str | None
    active: bool


class ChargeView(msgspec.Struct, frozen=True):
    """One version of what a package's use of a meter costs; `rating.rate` computes with it."""

    id: str
    package_id: str
    meter_id: str
    meter_key: str
    currency: str
    model: Model
    included: Decimal
    tiers: tuple[Tier, ...]
    package_size: Decimal | None
    minimum: int
    version: int
    active: bool
    source: str
    valid_from: datetime
    retired_at: datetime | None


def holds(row: Price | Charge, at: datetime) -> bool:
    return row.valid_from <= at and (row.retired_at is None or row.retired_at > at)


def product_view(
    product: Product, packages: Iterable[Package], prices: Mapping[str, Sequence[Price]]
) -> ProductView:
    views = [package_view(package, prices.get(package.id, ())) for package in packages]
    of_kind: dict[str, tuple[PackageView, ...]] = {
        kind: tuple(view for view in views if view.kind == kind) for kind in ("package", "addon", "bundle")
    }
    return ProductView(
        id=product.id, slug=product.slug, name=product.name, summary=product.summary,
        description=product.description, category=product.category, icon=product.icon,
        release_id=product.release_id, packages=of_kind["package"], addons=of_kind["addon"],
        bundles=of_kind["bundle"], version=product.version, edited=tuple(product.edited),
    )  # fmt: skip


def package_view(package: Package, prices: Iterable[Price]) -> PackageView:
    """`prices`: those that hold."""
    periods: dict[str, PeriodView] = {}
    for price in sorted(prices, key=lambda each: (length(each.unit, each.count), each.period, each.currency)):
        period = periods.setdefault(
            price.period,
            PeriodView(key=price.period, unit=_known(price.unit), count=price.count, prices={}),
        )
        period.prices[price.currency] = Money(price.amount, price.currency)
    return PackageView(
        id=package.id, product_id=package.product_id, key=package.key, kind=_known(package.kind),
        visibility=_known(package.visibility), name=package.name, summary=package.summary,
        description=package.description, features=tuple(package.features),
        trial_days=package.trial_days, trial_requires_method=package.trial_requires_method,
        resources=package.resources, limits=package.limits,
        contents=tuple(Content(**each) for each in package.contents), stock=package.stock,
        active=package.active, version=package.version, edited=tuple(package.edited),
        periods=tuple(periods.values()),
    )  # fmt: skip


def price_view(price: Price, package: Package, at: datetime) -> PriceView:
    return PriceView(
        id=price.id, package_id=package.id, product_id=package.product_id, package_key=package.key,
        kind=_known(package.kind), period=price.period, unit=_known(price.unit), count=price.count,
        amount=Money(price.amount, price.currency), version=price.version, active=holds(price, at),
        source=price.source, valid_from=price.valid_from, retired_at=price.retired_at,
    )  # fmt: skip


def meter_view(meter: Meter) -> MeterView:
    return MeterView(
        id=meter.id, product_id=meter.product_id, key=meter.key, name=meter.name,
        aggregation=_known(meter.aggregation), field=meter.field, active=meter.active,
    )  # fmt: skip


def charge_view(charge: Charge, meter: Meter, at: datetime) -> ChargeView:
    return ChargeView(
        id=charge.id, package_id=charge.package_id, meter_id=meter.id, meter_key=meter.key,
        currency=charge.currency, model=_known(charge.model), included=charge.included,
        tiers=tuple(msgspec.convert(each, Tier) for each in charge.tiers),
        package_size=charge.package_size, minimum=charge.minimum, version=charge.version,
        active=holds(charge, at), source=charge.source, valid_from=charge.valid_from,
        retired_at=charge.retired_at,
    )  # fmt: skip


def _known(value: str) -> Any:
    """A column whose check constraint holds it to the words of its type."""
    return value
