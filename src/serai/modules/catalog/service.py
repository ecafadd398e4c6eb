"""Read the catalogue: what is on sale, what was built."""

from collections.abc import Iterable, Sequence

import msgspec

from serai.kit import clock
from serai.kit.actor import Actor
from serai.kit.db import Json, Session
from serai.kit.i18n import _
from serai.modules.catalog import policy, price_queries, queries
from serai.modules.catalog.blueprint import Blueprint
from serai.modules.catalog.errors import PackageNotFound, ProductNotFound, ReleaseNotFound
from serai.modules.catalog.models import Package, Product, Release
from serai.modules.catalog.price_models import Price
from serai.modules.catalog.schemas import (
    MeterView,
    PackageView,
    ProductView,
    meter_view,
    package_view,
    product_view,
)


async def list_products(session: Session, *, listed_only: bool = True) -> Sequence[ProductView]:
    """Products with what everybody may buy of them: three queries however many there are."""
    products = await queries.products(session, listed_only=listed_only)
    return await _views(session, products)


async def get_product(session: Session, slug: str, *, hidden: bool = False) -> ProductView:
    """`hidden`: also with what is sold by link only."""
    product = await queries.product(session, slug)
    if product is None:
        raise ProductNotFound(_("There is no product called %(name)s here.", name=slug))
    return (await _views(session, [product], hidden=hidden))[0]


async def get_whole_product(session: Session, actor: Actor, slug: str) -> ProductView:
    """For staff: also with what is retired, and what the blueprint does not name any more."""
    policy.READ.require(actor)
    product = await queries.product(session, slug)
    if product is None:
        raise ProductNotFound(_("There is no product called %(name)s here.", name=slug))
    packages = await queries.packages(session, [product.id], everything=True)
    return product_view(product, packages, await _prices_of(session, [each.id for each in packages]))


async def get_package(session: Session, slug: str, key: str | None) -> tuple[ProductView, PackageView]:
    """The package or bundle called `key`, hidden or not; or the first one offered."""
    product = await get_product(session, slug, hidden=key is not None)
    for package in (*product.packages, *product.bundles):
        if key is None or package.key == key:
            return product, package
    offered = ", ".join(package.key for package in product.packages if package.visibility == "public")
    raise PackageNotFound(
        _("%(product)s has no package %(key)s; it is offered as %(offered)s.",
          product=slug, key=key, offered=offered)
    )  # fmt: skip


async def package_by_id(session: Session, package_id: str) -> PackageView:
    """Also one that is not sold any more. Raises PackageNotFound."""
    found = await packages_by_id(session, [package_id])
    if package_id not in found:
        raise PackageNotFound(_("There is no package %(id)s.", id=package_id))
    return found[package_id]


async def packages_by_id(session: Session, package_ids: Iterable[str]) -> dict[str, PackageView]:
    """By id, with the periods and prices of now; two queries however many there are."""
    ids = list(package_ids)
    packages = await queries.packages_by_id(session, ids)
    prices = await _prices_of(session, ids)
    return {package.id: package_view(package, prices.get(package.id, ())) for package in packages}


async def package_resources(session: Session, package_id: str) -> Json:
    """The limits a launch of this package runs under, also after the package was retired."""
    return (await session.get_one(Package, package_id)).resources


async def meters_of(session: Session, product_id: str) -> list[MeterView]:
    """What of the product is counted, by key."""
    return (await meters_of_many(session, [product_id])).get(product_id, [])


async def meters_of_many(session: Session, product_ids: Iterable[str]) -> dict[str, list[MeterView]]:
    found: dict[str, list[MeterView]] = {}
    for meter in await queries.meters(session, list(product_ids)):
        found.setdefault(meter.product_id, []).append(meter_view(meter))
    return found


async def get_release(session: Session, release_id: str) -> Release:
    release = await session.get(Release, release_id)
    if release is None:
        raise ReleaseNotFound(_("There is no release %(id)s.", id=release_id))
    return release


async def list_releases(session: Session, slug: str | None = None) -> Sequence[Release]:
    product = await queries.product(session, slug) if slug else None
    if slug and product is None:
        raise ProductNotFound(_("There is no product called %(name)s here.", name=slug))
    return await queries.releases(session, product.id if product else None)


async def set_release_state(
    session: Session, release_id: str, state: str, error: str | None = None
) -> Release:
    release = await get_release(session, release_id)
    release.state, release.error = state, error
    release.built_at = clock.now() if state == "ready" else release.built_at
    return release


def blueprint_of(release: Release) -> Blueprint:
    return msgspec.convert(release.blueprint, Blueprint)


async def _views(session: Session, products: Sequence[Product], *, hidden: bool = False) -> list[ProductView]:
    packages = [
        package
        for package in await queries.packages(session, [product.id for product in products])
        if hidden or package.visibility == "public"
    ]
    prices = await _prices_of(session, [package.id for package in packages])
    of_product: dict[str, list[Package]] = {}
    for package in packages:
        of_product.setdefault(package.product_id, []).append(package)
    return [product_view(p, of_product.get(p.id, []), prices) for p in products]


async def _prices_of(session: Session, package_ids: Sequence[str]) -> dict[str, list[Price]]:
    found: dict[str, list[Price]] = {}
    for price in await price_queries.prices(session, package_ids, clock.now()):
        found.setdefault(price.package_id, []).append(price)
    return found
