"""Products, their packages and prices, and the releases built of them."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from serai.kit.db import Base, Instant, Json


class Product(Base):
    """Texts are `{"en": …, "ar": …}`. `release_id` is the release new launches get."""

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
    updated_at: Mapped[datetime] = mapped_column(Instant)


class Package(Base):
    """`resources`: memory, cpu, processes, files, disk as in the blueprint."""

    __tablename__ = "packages"
    __table_args__ = (UniqueConstraint("product_id", "key"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    product_id: Mapped[str] = mapped_column(ForeignKey("products.id", ondelete="CASCADE"))
    key: Mapped[str]
    position: Mapped[int]
    name: Mapped[Json]
    summary: Mapped[Json]
    features: Mapped[list[Any]] = mapped_column(JSONB)
    trial_days: Mapped[int]
    resources: Mapped[Json]
    active: Mapped[bool] = mapped_column(default=True)


class Price(Base):
    """What one whole period of `months` costs, in minor units of `currency`."""

    __tablename__ = "prices"
    __table_args__ = (UniqueConstraint("package_id", "period", "currency"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    package_id: Mapped[str] = mapped_column(ForeignKey("packages.id", ondelete="CASCADE"))
    period: Mapped[str]
    months: Mapped[int]
    currency: Mapped[str]
    amount: Mapped[int] = mapped_column(BigInteger)


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
