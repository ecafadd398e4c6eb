"""The trail: written with each change, sealed by a trigger, never changed."""

from datetime import datetime

from sqlalchemy import BigInteger, Index
from sqlalchemy.orm import Mapped, mapped_column

from serai.kit.db import Base, Instant, Json


class AuditRecord(Base):
    """`position`, `previous_hash` and `hash` are the trigger's: each record carries the hash of the
    one before in its account's chain."""

    __tablename__ = "audit_records"
    __table_args__ = (
        Index(None, "account_id", "id"),
        Index(None, "account_id", "action", "id"),
        Index(None, "action", "id"),
        Index(None, "user_id", "id"),
        Index(None, "subject", "id"),
        Index("uq_audit_records_chain_position", "chain", "position", unique=True),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    chain: Mapped[str]
    position: Mapped[int] = mapped_column(BigInteger)
    previous_hash: Mapped[str]
    hash: Mapped[str]
    account_id: Mapped[str | None]
    user_id: Mapped[str | None]
    action: Mapped[str]
    subject: Mapped[str]
    actor: Mapped[Json]
    before: Mapped[Json | None]
    after: Mapped[Json | None]
    data: Mapped[Json]
    ip: Mapped[str | None]
    user_agent: Mapped[str | None]
    via: Mapped[str]
    request_id: Mapped[str | None]
    at: Mapped[datetime] = mapped_column(Instant)


class AuditChain(Base):
    """Where each chain ends: an account's, or the platform's own."""

    __tablename__ = "audit_chains"

    chain: Mapped[str] = mapped_column(primary_key=True)
    length: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[str]
