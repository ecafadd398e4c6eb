"""The catalogue's SQL."""

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from serai.kit.db import Session
from serai.modules.catalog.models import Package, Price, Product, Release


async def products(session: Session, *, listed_only: bool) -> Sequence[Product]:
    query = select(Product).order_by(Product.slug)
    query = query.where(Product.listed) if listed_only else query
    return (await session.execute(query)).scalars().all()


async def product(session: Session, slug: str) -> Product | None:
    return (await session.execute(select(Product).where(Product.slug == slug))).scalar_one_or_none()


async def packages(session: Session, product_ids: Sequence[str]) -> Sequence[Package]:
    query = (
        select(Package)
        .where(Package.product_id.in_(product_ids), Package.active)
        .order_by(Package.product_id, Package.position)
    )
    return (await session.execute(query)).scalars().all()


async def package(session: Session, product_id: str, key: str) -> Package | None:
    query = select(Package).where(Package.product_id == product_id, Package.key == key)
    return (await session.execute(query)).scalar_one_or_none()


async def prices(session: Session, package_ids: Sequence[str]) -> Sequence[Price]:
    query = select(Price).where(Price.package_id.in_(package_ids)).order_by(Price.months, Price.currency)
    return (await session.execute(query)).scalars().all()


async def release(session: Session, product_id: str, version: str) -> Release | None:
    query = select(Release).where(Release.product_id == product_id, Release.version == version)
    return (await session.execute(query)).scalar_one_or_none()


async def releases(session: Session, product_id: str | None = None) -> Sequence[Release]:
    query = select(Release).order_by(Release.id.desc())
    query = query.where(Release.product_id == product_id) if product_id else query
    return (await session.execute(query)).scalars().all()


async def upsert_product(session: Session, values: dict[str, object]) -> str:
    """Insert or bring up to date by slug; returns the id."""
    statement = insert(Product).values(**values)
    changes = {name: statement.excluded[name] for name in values if name not in {"id", "slug"}}
    statement = statement.on_conflict_do_update(index_elements=["slug"], set_=changes)
    return (await session.execute(statement.returning(Product.id))).scalar_one()


async def upsert_package(session: Session, values: dict[str, object]) -> str:
    statement = insert(Package).values(**values)
    kept = {"id", "product_id", "key"}
    changes = {name: statement.excluded[name] for name in values if name not in kept}
    statement = statement.on_conflict_do_update(index_elements=["product_id", "key"], set_=changes)
    return (await session.execute(statement.returning(Package.id))).scalar_one()


async def upsert_price(session: Session, values: dict[str, object]) -> None:
    statement = insert(Price).values(**values)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["package_id", "period", "currency"],
            set_={"amount": statement.excluded.amount, "months": statement.excluded.months},
        )
    )


async def retire_packages(session: Session, product_id: str, keep: Sequence[str]) -> None:
    """Packages that the blueprint no longer names are not sold any more; what runs on them stays."""
    statement = update(Package).where(Package.product_id == product_id, Package.key.not_in(keep))
    await session.execute(statement.values(active=False))
