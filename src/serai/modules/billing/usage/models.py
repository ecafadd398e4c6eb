"""What was used: as it was told, what of it was billed, and what customers want to hear of it."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import BigInteger, ForeignKey, Index, Numeric, text
from sqlalchemy.orm import Mapped, mapped_column

from serai.kit.db import Base, Instant


class UsageEvent(Base):
    """One CloudEvent. `source` and `event_id` count once for each `reporter`: an account's id, or nothing for
    the platform's own. `distinct_of`: what a meter of distinct things counts. `voided`: a correction took
    its place."""

    __tablename__ = "usage_events"
    __table_args__ = (
        Index(
            "ix_usage_events_rating", "subscription_id", "meter_id", "at", postgresql_where=text("NOT voided")
        ),
    )

    reporter: Mapped[str] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(primary_key=True)
    event_id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str]
    subscription_id: Mapped[str]
    meter_id: Mapped[str]
    quantity: Mapped[Decimal] = mapped_column(Numeric)
    distinct_of: Mapped[str | None]
    at: Mapped[datetime] = mapped_column(Instant)
    received_at: Mapped[datetime] = mapped_column(Instant)
    voided: Mapped[bool]


class UsagePeriod(Base):
    """What of one meter was billed for one period; late events are billed as the difference to it. `cap`: the
    most that all meters together may cost in it."""

    __tablename__ = "usage_periods"

    subscription_id: Mapped[str] = mapped_column(ForeignKey("subscriptions.id"), primary_key=True)
    charge_id: Mapped[str] = mapped_column(primary_key=True)
    period_start: Mapped[datetime] = mapped_column(Instant, primary_key=True)
    period_end: Mapped[datetime] = mapped_column(Instant)
    account_id: Mapped[str]
    quantity: Mapped[Decimal] = mapped_column(Numeric)
    amount: Mapped[int] = mapped_column(BigInteger)
    cap: Mapped[int | None] = mapped_column(BigInteger)
    billed_at: Mapped[datetime] = mapped_column(Instant)


class UsageLimit(Base):
    """`action`: alert (a mail when a period's usage costs that much) or cap (never billed more than that).
    `counts_from`: it counts for usage whose period begins then or later."""

    __tablename__ = "usage_limits"

    id: Mapped[str] = mapped_column(primary_key=True)
    subscription_id: Mapped[str] = mapped_column(ForeignKey("subscriptions.id"), index=True)
    account_id: Mapped[str]
    action: Mapped[str]
    amount: Mapped[int] = mapped_column(BigInteger)
    counts_from: Mapped[datetime] = mapped_column(Instant)
    told_for: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
