"""How the catalogue looks from outside."""

from collections.abc import Mapping, Sequence

import msgspec

from serai.kit.db import Json
from serai.kit.money import Money
from serai.modules.catalog.models import Package, Price, Product


class PeriodView(msgspec.Struct, frozen=True):
    """`prices` by currency, for one whole period."""

    key: str
    months: int
    prices: dict[str, Money]


class PackageView(msgspec.Struct, frozen=True):
    id: str
    key: str
    name: Json
    summary: Json
    features: tuple[Json, ...]
    trial_days: int
    resources: Json
    periods: tuple[PeriodView, ...]

    def period(self, key: str) -> PeriodView | None:
        return next((period for period in self.periods if period.key == key), None)


class ProductView(msgspec.Struct, frozen=True):
    """Texts are `{"en": …, "ar": …}`."""

    id: str
    slug: str
    name: Json
    summary: Json
    description: Json
    category: str
    icon: str
    release_id: str | None
    packages: tuple[PackageView, ...]


def product_view(
    product: Product, packages: Sequence[Package], prices: Mapping[str, Sequence[Price]]
) -> ProductView:
    return ProductView(
        id=product.id, slug=product.slug, name=product.name, summary=product.summary,
        description=product.description, category=product.category, icon=product.icon,
        release_id=product.release_id,
        packages=tuple(_package_view(package, prices.get(package.id, ())) for package in packages),
    )  # fmt: skip


def _package_view(package: Package, prices: Sequence[Price]) -> PackageView:
    periods: dict[str, PeriodView] = {}
    for price in prices:
        period = periods.setdefault(
            price.period, PeriodView(key=price.period, months=price.months, prices={})
        )
        period.prices[price.currency] = Money(price.amount, price.currency)
    return PackageView(
        id=package.id, key=package.key, name=package.name, summary=package.summary,
        features=tuple(package.features), trial_days=package.trial_days,
        resources=package.resources, periods=tuple(periods.values()),
    )  # fmt: skip
