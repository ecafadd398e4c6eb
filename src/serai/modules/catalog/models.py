"""Products, their packages and meters, and the releases built of them."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from serai.kit.db import Base, Instant, Json


class Product(Base):
    """Texts are `{"en": …, "ar": …}`. `release_id` is the release new launches get. `edited`: fields
    that staff changed and that blueprints therefore leave alone; `version` counts changes."""

    __tablename__ = "products"

    id: Mapped[str] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[Json]
    summary: Mapped[Json]
    description: Mapped[Json]
    category: Mapped[str]
    icon: Mapped[str]
    directory: Mapped[str]
    listed: Mapped[bool] = mapped_column(default=True)
    release_id: Mapped[str | None]
    edited: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime] = mapped_column(Instant)


class Package(Base):
    """A plan, an add-on to one, or a bundle of them (`kind`).

    `resources`: memory, cpu, processes, files, disk as in the blueprint; those of an add-on are what
    each one adds. `limits`: names of the product's own to numbers. `contents` of a bundle:
    `[{"package": key, "quantity": n}]`. `stock`: how many can still be sold, None without end;
    `blueprint_stock` is what the blueprint said last. `active`: the blueprint names it.
    """

    __tablename__ = "packages"
    __table_args__ = (
        UniqueConstraint("product_id", "key"),
        CheckConstraint("stock >= 0", name="stock"),
        CheckConstraint("kind IN ('package', 'addon', 'bundle')", name="kind"),
        CheckConstraint("visibility IN ('public', 'hidden', 'retired')", name="visibility"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    product_id: Mapped[str] = mapped_column(ForeignKey("products.id", ondelete="CASCADE"))
    key: Mapped[str]
    kind: Mapped[str] = mapped_column(default="package")
    visibility: Mapped[str] = mapped_column(default="public")
    position: Mapped[int]
    name: Mapped[Json]
    summary: Mapped[Json]
    description: Mapped[Json]
    features: Mapped[list[Any]] = mapped_column(JSONB)
    trial_days: Mapped[int]
    trial_requires_method: Mapped[bool] = mapped_column(default=False)
    resources: Mapped[Json]
    limits: Mapped[Json] = mapped_column(default=dict)
    contents: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    stock: Mapped[int | None]
    blueprint_stock: Mapped[int | None]
    active: Mapped[bool] = mapped_column(default=True)
    edited: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    version: Mapped[int] = mapped_column(default=1)


class Meter(Base):
    """Something of a product that is counted. `aggregation`: sum, max, last, average, or unique:
    how many different values `field` of the usage events has."""

    __tablename__ = "meters"
    __table_args__ = (
        UniqueConstraint("product_id", "key"),
        CheckConstraint("aggregation IN ('sum', 'max', 'last', 'unique', 'average')", name="aggregation"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    product_id: Mapped[str] = mapped_column(ForeignKey("products.id", ondelete="CASCADE"))
    key: Mapped[str]
    name: Mapped[Json]
    aggregation: Mapped[str]
    field: Mapped[str | None]
    active: Mapped[bool] = mapped_column(default=True)


class Release(Base):
    """One immutable built version. `state`: pending, building, ready, failed."""

    __tablename__ = "releases"
    __table_args__ = (UniqueConstraint("product_id", "version"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    product_id: Mapped[str] = mapped_column(ForeignKey("products.id", ondelete="CASCADE"))
    version: Mapped[str]
    digest: Mapped[str]
    blueprint: Mapped[Json]
    state: Mapped[str]
    error: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(Instant)
    built_at: Mapped[datetime | None] = mapped_column(Instant)
