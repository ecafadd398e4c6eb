"""What things cost: versions of prices and usage charges that are never changed, only followed."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Numeric, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from serai.kit.db import Base, Instant

_OPEN = text("retired_at IS NULL")


class Price(Base):
    """What one whole period of `count` × `unit` costs, in minor units of `currency`.

    It holds from `valid_from` until `retired_at`; the versions of one package, period and currency
    follow each other without overlapping, and only the last one is open. One with `retired_at` =
    `valid_from` never held. `source`: blueprint or admin.
    """

    __tablename__ = "prices"
    __table_args__ = (
        UniqueConstraint("package_id", "period", "currency", "version"),
        Index("uq_prices_open", "package_id", "period", "currency", unique=True, postgresql_where=_OPEN),
        CheckConstraint("amount >= 0", name="amount"),
        CheckConstraint("retired_at >= valid_from", name="interval"),
        CheckConstraint("unit IN ('day', 'week', 'month', 'year') AND count > 0", name="period"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    package_id: Mapped[str] = mapped_column(ForeignKey("packages.id", ondelete="CASCADE"))
    period: Mapped[str]
    unit: Mapped[str]
    count: Mapped[int]
    currency: Mapped[str]
    amount: Mapped[int] = mapped_column(BigInteger)
    version: Mapped[int]
    source: Mapped[str]
    valid_from: Mapped[datetime] = mapped_column(Instant)
    retired_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)


class Charge(Base):
    """What a package's use of a meter costs. `tiers`: `[{"up_to": "1000" | null, "unit_amount":
    "0.05", "flat_amount": 0}]`, unit amounts in minor units, as texts. `minimum`: what is paid at
    least each period. Versions as those of prices."""

    __tablename__ = "charges"
    __table_args__ = (
        UniqueConstraint("package_id", "meter_id", "currency", "version"),
        Index("uq_charges_open", "package_id", "meter_id", "currency", unique=True, postgresql_where=_OPEN),
        CheckConstraint("retired_at >= valid_from", name="interval"),
        CheckConstraint("model IN ('per_unit', 'graduated', 'volume', 'package')", name="model"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    package_id: Mapped[str] = mapped_column(ForeignKey("packages.id", ondelete="CASCADE"))
    meter_id: Mapped[str] = mapped_column(ForeignKey("meters.id", ondelete="CASCADE"))
    currency: Mapped[str]
    model: Mapped[str]
    included: Mapped[Decimal] = mapped_column(Numeric)
    tiers: Mapped[list[Any]] = mapped_column(JSONB)
    package_size: Mapped[Decimal | None] = mapped_column(Numeric)
    minimum: Mapped[int] = mapped_column(BigInteger)
    version: Mapped[int]
    source: Mapped[str]
    valid_from: Mapped[datetime] = mapped_column(Instant)
    retired_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
