"""Subscriptions: what happened, and the state that follows from it."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from serai.kit.db import Base, Instant, Json


class SubscriptionEvent(Base):
    """One thing that happened. The primary key is the optimistic lock: of two at once one finds its
    version taken. `monthly`: what the subscription brings a month after it, in minor units."""

    __tablename__ = "subscription_events"
    __table_args__ = (Index(None, "account_id", "at"), Index(None, "at"))

    subscription_id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[str]
    type: Mapped[str]
    data: Mapped[Json]
    actor: Mapped[Json]
    monthly: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(Instant)


class Subscription(Base):
    """The latest state, made of the events and nothing else; `state` is all of it, the columns are what
    is searched by. `monthly`: what it brings a month, in minor units. `due_at`: when something is to be
    done about it next (a renewal, a trial's end), None for never."""

    __tablename__ = "subscriptions"
    __table_args__ = (
        Index("ix_subscriptions_due", "due_at", postgresql_where=text("due_at IS NOT NULL")),
        Index(None, "account_id", "id"),
        Index(None, "product_id"),
        Index(None, "package_id"),
        Index(None, "launch_id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    version: Mapped[int]
    status: Mapped[str]
    currency: Mapped[str]
    product_id: Mapped[str]
    package_id: Mapped[str]
    launch_id: Mapped[str | None]
    monthly: Mapped[int] = mapped_column(BigInteger)
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    state: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
