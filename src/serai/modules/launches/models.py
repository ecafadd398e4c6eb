"""A launch: one running system of a customer."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from serai.kit.db import Base, Instant, Json

GONE_STATES = ("failed", "cancelled", "terminated")


class Launch(Base):
    """`state`: awaiting_payment, launching, running, stopping, stopped, starting, restarting, suspending,
    suspended, resuming, resizing, terminating, and the final failed, cancelled, terminated. `suspension`:
    why it is (to be) suspended: unpaid, paused, cancelled; whatever it was before, it comes back running.
    `terminate_at`: when it is removed unless its subscription comes back. `resources`: what it may use,
    where that is not its package's. `subscription_id`: what it is paid by, None for those of before.
    Sealed columns are encrypted by the vault. `rested_at`: stopped because its account was
    put to rest, and started again with it."""

    __tablename__ = "launches"
    __table_args__ = (
        Index(
            "uq_launches_name_in_use",
            "name",
            unique=True,
            postgresql_where=text("state NOT IN ('failed', 'cancelled', 'terminated')"),
        ),
        Index(None, "account_id", "id"),
        Index("ix_launches_ending", "terminate_at", postgresql_where=text("terminate_at IS NOT NULL")),
        Index(None, "subscription_id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    name: Mapped[str]
    state: Mapped[str]
    product_id: Mapped[str] = mapped_column(ForeignKey("products.id"))
    product: Mapped[str]
    package_id: Mapped[str] = mapped_column(ForeignKey("packages.id"))
    package: Mapped[str]
    period: Mapped[str]
    release_id: Mapped[str] = mapped_column(ForeignKey("releases.id"))
    host: Mapped[str]
    url: Mapped[str]
    login: Mapped[str]
    email: Mapped[str]
    language: Mapped[str]
    sealed_secrets: Mapped[str]
    sealed_password: Mapped[str | None]
    password_shown_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
    launched_at: Mapped[datetime | None] = mapped_column(Instant)
    rested_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    suspension: Mapped[str | None]
    terminate_at: Mapped[datetime | None] = mapped_column(Instant)
    resources: Mapped[Json | None]
    subscription_id: Mapped[str | None]

    @property
    def database_name(self) -> str:
        return self.id

    @property
    def is_gone(self) -> bool:
        return self.state in GONE_STATES
