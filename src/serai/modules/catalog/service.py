"""Read the catalogue, and bring it up to date with the blueprints."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import delete

from serai.kit import clock, events, ids
from serai.kit.actor import Actor
from serai.kit.db import Json, Session
from serai.modules.catalog import policy, queries
from serai.modules.catalog.blueprint import Blueprint
from serai.modules.catalog.errors import PackageNotFound, ProductNotFound, ReleaseNotFound
from serai.modules.catalog.models import Package, Price, Product, Release
from serai.modules.catalog.schemas import PackageView, ProductView, product_view


async def sync(session: Session, actor: Actor, blueprint: Blueprint) -> Release:
    """Bring the product, its packages and prices up to the blueprint, and return the release it
    describes: the one that exists, or a new one waiting to be built."""
    policy.MANAGE.require(actor)
    product_id = await queries.upsert_product(session, _product_values(blueprint))
    for position, package in enumerate(blueprint.packages):
        await _sync_package(session, product_id, position, package)
    await queries.retire_packages(session, product_id, [p.key for p in blueprint.packages])
    release = await queries.release(session, product_id, blueprint.version)
    if release is None:
        release = Release(
            id=ids.new("rel"), product_id=product_id, version=blueprint.version,
            digest=blueprint.digest, blueprint={}, state="pending", created_at=clock.now(),
        )  # fmt: skip
        session.add(release)
        await events.publish(session, actor, "catalog.release_added", release.id)
    # Texts and packages may change without a new release; the latest blueprint describes them.
    release.blueprint = msgspec.to_builtins(blueprint)
    product = await session.get_one(Product, product_id, populate_existing=True)
    product.release_id = release.id
    await session.flush()
    return release


async def list_products(session: Session, *, listed_only: bool = True) -> Sequence[ProductView]:
    """Products with their packages and prices: three queries however many there are."""
    products = await queries.products(session, listed_only=listed_only)
    return await _views(session, products)


async def get_product(session: Session, slug: str) -> ProductView:
    product = await queries.product(session, slug)
    if product is None:
        raise ProductNotFound(f"There is no product {slug!r}. `serai product list` names them all.")
    return (await _views(session, [product]))[0]


async def get_package(
    session: Session, slug: str, key: str | None
) -> tuple[ProductView, PackageView]:
    """The package called `key`, or the first one offered."""
    product = await get_product(session, slug)
    for package in product.packages:
        if key is None or package.key == key:
            return product, package
    offered = ", ".join(package.key for package in product.packages)
    raise PackageNotFound(f"{slug} has no package {key!r}; it is offered as {offered}.")


async def package_resources(session: Session, package_id: str) -> Json:
    """The limits a launch of this package runs under, also after the package was retired."""
    return (await session.get_one(Package, package_id)).resources


async def get_release(session: Session, release_id: str) -> Release:
    release = await session.get(Release, release_id)
    if release is None:
        raise ReleaseNotFound(f"There is no release {release_id}.")
    return release


async def list_releases(session: Session, slug: str | None = None) -> Sequence[Release]:
    product = await queries.product(session, slug) if slug else None
    if slug and product is None:
        raise ProductNotFound(f"There is no product {slug!r}.")
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


async def _sync_package(session: Session, product_id: str, position: int, package: Any) -> None:
    package_id = await queries.upsert_package(
        session,
        {
            "id": ids.new("pkg"), "product_id": product_id, "key": package.key,
            "position": position, "trial_days": package.trial_days, "active": True,
            "name": msgspec.to_builtins(package.name),
            "summary": msgspec.to_builtins(package.summary),
            "features": msgspec.to_builtins(package.features),
            "resources": msgspec.to_builtins(package.resources),
        },
    )  # fmt: skip
    offered = [(p.key, price.currency) for p in package.periods for price in p.prices]
    for row in await queries.prices(session, [package_id]):
        if (row.period, row.currency) not in offered:
            await session.execute(delete(Price).where(Price.id == row.id))
    for period in package.periods:
        for price in period.prices:
            await queries.upsert_price(
                session,
                {
                    "id": ids.new("price"), "package_id": package_id, "period": period.key,
                    "months": period.months, "currency": price.currency, "amount": price.amount,
                },
            )  # fmt: skip


async def _views(session: Session, products: Sequence[Product]) -> list[ProductView]:
    packages = await queries.packages(session, [product.id for product in products])
    prices = await queries.prices(session, [package.id for package in packages])
    of_product: dict[str, list[Package]] = {}
    of_package: dict[str, list[Price]] = {}
    for package in packages:
        of_product.setdefault(package.product_id, []).append(package)
    for price in prices:
        of_package.setdefault(price.package_id, []).append(price)
    return [product_view(p, of_product.get(p.id, []), of_package) for p in products]


def _product_values(blueprint: Blueprint) -> dict[str, object]:
    product = blueprint.product
    return {
        "id": ids.new("prd"), "slug": product.slug, "category": product.category,
        "icon": product.icon, "directory": blueprint.directory, "updated_at": clock.now(),
        "listed": True,
        "name": msgspec.to_builtins(product.name),
        "summary": msgspec.to_builtins(product.summary),
        "description": msgspec.to_builtins(product.description),
    }  # fmt: skip
