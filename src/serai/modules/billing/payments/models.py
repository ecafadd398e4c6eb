"""Ways to pay, payments, refunds, what gateways told us, and what they paid out."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from serai.kit.db import Base, Instant, Json

_MINOR = BigInteger()


class GatewayAccount(Base):
    """A gateway as it is set up here. `sealed_values`: its settings, encrypted. It can only be switched
    on after a test (`tested_at`) of just these settings."""

    __tablename__ = "gateways"

    key: Mapped[str] = mapped_column(primary_key=True)
    enabled: Mapped[bool]
    test_mode: Mapped[bool]
    sealed_values: Mapped[str]
    base_url: Mapped[str | None]
    position: Mapped[int]
    tested_at: Mapped[datetime | None] = mapped_column(Instant)
    test_result: Mapped[str | None]
    updated_at: Mapped[datetime] = mapped_column(Instant)


class GatewayNote(Base):
    """A driver's own memory."""

    __tablename__ = "gateway_notes"

    gateway: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[Json]
    updated_at: Mapped[datetime] = mapped_column(Instant)


class PaymentMethod(Base):
    """A saved way to pay. `sealed_reference`: what the gateway charges it by. `state`: active, failing, removed."""

    __tablename__ = "payment_methods"
    __table_args__ = (
        Index(None, "account_id", "id"),
        Index(
            "uq_payment_methods_default", "account_id", unique=True,
            postgresql_where=text("is_default AND state <> 'removed'"),
        ),
    )  # fmt: skip

    id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    gateway: Mapped[str]
    kind: Mapped[str]
    label: Mapped[str]
    expires: Mapped[str | None]
    sealed_reference: Mapped[str]
    payer_reference: Mapped[str | None]
    state: Mapped[str]
    is_default: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(Instant)


class Payment(Base):
    """`purpose`: invoice, top_up, save_method. `state`: pending (begun), requires_action (the payer has to
    do something), succeeded, failed, cancelled. `fee`: what the gateway kept. `next_check_at`: when to ask the
    gateway next, unless it tells before."""

    __tablename__ = "payments"
    __table_args__ = (
        Index(None, "account_id", "id"),
        Index(None, "invoice_id"),
        UniqueConstraint("gateway", "reference"),
        UniqueConstraint("key"),
        Index("ix_payments_next_check", "next_check_at", postgresql_where=text("next_check_at IS NOT NULL")),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    key: Mapped[str]
    gateway: Mapped[str]
    method_id: Mapped[str | None] = mapped_column(ForeignKey("payment_methods.id"))
    purpose: Mapped[str]
    invoice_id: Mapped[str | None] = mapped_column(ForeignKey("invoices.id"))
    currency: Mapped[str]
    amount: Mapped[int] = mapped_column(_MINOR)
    refunded: Mapped[int] = mapped_column(_MINOR)
    fee: Mapped[int | None] = mapped_column(_MINOR)
    state: Mapped[str]
    reference: Mapped[str | None]
    off_session: Mapped[bool]
    save_method: Mapped[bool]
    redirect_url: Mapped[str | None]
    return_path: Mapped[str]
    details: Mapped[Json]
    error: Mapped[str | None]
    error_code: Mapped[str | None]
    checks: Mapped[int]
    next_check_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
    settled_at: Mapped[datetime | None] = mapped_column(Instant)

    @property
    def is_under_way(self) -> bool:
        return self.state in {"pending", "requires_action"}

    @property
    def refundable(self) -> int:
        """What its gateway can still send back. The wallet's own money is where it came from."""
        return self.amount - self.refunded if self.state == "succeeded" and self.gateway != "wallet" else 0


class PaymentRefund(Base):
    """`state`: pending, succeeded, failed. The books move when it has succeeded."""

    __tablename__ = "payment_refunds"

    id: Mapped[str] = mapped_column(primary_key=True)
    payment_id: Mapped[str] = mapped_column(ForeignKey("payments.id"), index=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    invoice_id: Mapped[str | None]
    amount: Mapped[int] = mapped_column(_MINOR)
    currency: Mapped[str]
    state: Mapped[str]
    reason: Mapped[str]
    reference: Mapped[str | None]
    error: Mapped[str | None]
    tries: Mapped[int]
    try_at: Mapped[datetime | None] = mapped_column(Instant, index=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    settled_at: Mapped[datetime | None] = mapped_column(Instant)


class WebhookEvent(Base):
    """A webhook as it came, raw, and what became of it. Known by the gateway's own id once it was verified."""

    __tablename__ = "gateway_notices"
    __table_args__ = (UniqueConstraint("gateway", "event_id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    gateway: Mapped[str]
    event_id: Mapped[str]
    kind: Mapped[str]
    charge_id: Mapped[str | None]
    reference: Mapped[str | None]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[datetime] = mapped_column(Instant, index=True)
    handled_at: Mapped[datetime | None] = mapped_column(Instant)
    result: Mapped[str | None]


class Payout(Base):
    """Money a gateway paid out to the bank. `difference`: what our own books do not explain."""

    __tablename__ = "payouts"
    __table_args__ = (UniqueConstraint("gateway", "reference"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    gateway: Mapped[str]
    reference: Mapped[str]
    currency: Mapped[str]
    amount: Mapped[int] = mapped_column(_MINOR)
    fees: Mapped[int] = mapped_column(_MINOR)
    difference: Mapped[int] = mapped_column(_MINOR)
    arrived_at: Mapped[datetime] = mapped_column(Instant)
    lines: Mapped[Json]
    created_at: Mapped[datetime] = mapped_column(Instant)
