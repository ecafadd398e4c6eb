"""The catalogue's SQL: products, packages, meters and releases."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from serai.kit.db import Session
from serai.modules.catalog.models import Meter, Package, Product, Release


async def products(session: Session, *, listed_only: bool) -> Sequence[Product]:
    query = select(Product).order_by(Product.slug)
    query = query.where(Product.listed) if listed_only else query
    return (await session.execute(query)).scalars().all()


async def product(session: Session, slug: str) -> Product | None:
    return (await session.execute(select(Product).where(Product.slug == slug))).scalar_one_or_none()


async def product_for_update(session: Session, reference: str) -> Product | None:
    """By id or slug. Holds off other changes of the product and of all that belongs to it."""
    query = select(Product).where((Product.id == reference) | (Product.slug == reference))
    query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    return (await session.execute(query)).scalar_one_or_none()


async def packages(
    session: Session, product_ids: Sequence[str], *, everything: bool = False
) -> Sequence[Package]:
    """Those on sale, hidden ones too; `everything`: also what is not sold any more."""
    query = (
        select(Package)
        .where(Package.product_id.in_(product_ids))
        .order_by(Package.product_id, Package.position)
    )
    if not everything:
        query = query.where(Package.active, Package.visibility != "retired")
    return (await session.execute(query)).scalars().all()


async def packages_by_id(session: Session, ids: Sequence[str]) -> Sequence[Package]:
    return (await session.execute(select(Package).where(Package.id.in_(ids)))).scalars().all()


async def package_for_update(session: Session, package_id: str) -> Package | None:
    query = select(Package).where(Package.id == package_id).with_for_update(key_share=True)
    query = query.execution_options(populate_existing=True)
    return (await session.execute(query)).scalar_one_or_none()


async def meters(session: Session, product_ids: Sequence[str]) -> Sequence[Meter]:
    query = select(Meter).where(Meter.product_id.in_(product_ids)).order_by(Meter.product_id, Meter.key)
    return (await session.execute(query)).scalars().all()


async def release(session: Session, product_id: str, version: str) -> Release | None:
    query = select(Release).where(Release.product_id == product_id, Release.version == version)
    return (await session.execute(query)).scalar_one_or_none()


async def releases(session: Session, product_id: str | None = None) -> Sequence[Release]:
    query = select(Release).order_by(Release.id.desc())
    query = query.where(Release.product_id == product_id) if product_id else query
    return (await session.execute(query)).scalars().all()


async def claim_slug(session: Session, product_id: str, slug: str, now: datetime) -> str:
    """The id of the product called `slug`, made when there is none; its row is locked."""
    statement = insert(Product).values(
        id=product_id, slug=slug, name={}, summary={}, description={}, category="", icon="", directory="",
        listed=True, edited=[], version=0, updated_at=now,
    )  # fmt: skip
    statement = statement.on_conflict_do_update(index_elements=["slug"], set_={"slug": slug})
    return (await session.execute(statement.returning(Product.id))).scalar_one()
