"""Invoices and credit notes. Once issued, only what is paid and credited of them changes."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Numeric, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from serai.kit.db import Base, Instant, Json

_MINOR = BigInteger()


class Invoice(Base):
    """`kind`: invoice or credit_note. `state`: draft, open, paid, void (a draft given up), uncollectible.
    Amounts in minor units. `returned`: what of the paid went back to the payer or the wallet after a credit
    note; `due` = `total` − `credited` − `paid` + `returned`. A credit note's amounts are positive.
    `collect_at`: when to try next to get it paid, or to take the next step of dunning; `emailed_at`: when its
    customer was told. `seller`, `buyer`: as they were when it was issued. `tax_lines`: base and tax by category."""

    __tablename__ = "invoices"
    __table_args__ = (
        UniqueConstraint("legal_entity_id", "kind", "sequence"),
        UniqueConstraint("number"),
        UniqueConstraint("key"),
        Index(None, "account_id", "id"),
        Index("ix_invoices_open", "due_at", postgresql_where=text("state = 'open'")),
        Index("ix_invoices_collect", "collect_at", postgresql_where=text("collect_at IS NOT NULL")),
        Index("ix_invoices_to_be_mailed", "id", postgresql_where=text("emailed_at IS NULL AND number IS NOT NULL")),
        Index(None, "issued_at"),
        Index(None, "of_invoice_id"),
        CheckConstraint("total = subtotal + tax", name="adds_up"),
        CheckConstraint("total - credited - paid + returned >= 0", name="not_overpaid"),
        CheckConstraint("credited >= 0 AND paid >= 0 AND returned >= 0", name="no_negatives"),
        CheckConstraint("(state IN ('draft', 'void')) = (number IS NULL)", name="numbered_when_issued"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    legal_entity_id: Mapped[str] = mapped_column(ForeignKey("legal_entities.id"))
    kind: Mapped[str]
    state: Mapped[str]
    key: Mapped[str]
    sequence: Mapped[int | None] = mapped_column(BigInteger)
    number: Mapped[str | None]
    currency: Mapped[str]
    language: Mapped[str]
    reason: Mapped[str]
    of_invoice_id: Mapped[str | None] = mapped_column(ForeignKey("invoices.id"))
    subtotal: Mapped[int] = mapped_column(_MINOR)
    tax: Mapped[int] = mapped_column(_MINOR)
    total: Mapped[int] = mapped_column(_MINOR)
    paid: Mapped[int] = mapped_column(_MINOR)
    credited: Mapped[int] = mapped_column(_MINOR)
    returned: Mapped[int] = mapped_column(_MINOR)
    tax_lines: Mapped[list[Any]] = mapped_column(JSONB)
    seller: Mapped[Json]
    buyer: Mapped[Json]
    created_at: Mapped[datetime] = mapped_column(Instant)
    issued_at: Mapped[datetime | None] = mapped_column(Instant)
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    settled_at: Mapped[datetime | None] = mapped_column(Instant)
    dunning_since: Mapped[datetime | None] = mapped_column(Instant)
    dunning_done: Mapped[int]
    collect_at: Mapped[datetime | None] = mapped_column(Instant)
    emailed_at: Mapped[datetime | None] = mapped_column(Instant)

    @property
    def due(self) -> int:
        return self.total - self.credited - self.paid + self.returned

    @property
    def owed(self) -> int:
        """What somebody still has to pay of it."""
        return self.due if self.kind == "invoice" and self.state in {"open", "uncollectible"} else 0

    @property
    def is_payable(self) -> bool:
        """Also an order, which becomes an invoice when it is paid."""
        return self.kind == "invoice" and self.state in {"draft", "open", "uncollectible"} and self.due > 0

    @property
    def creditable(self) -> int:
        return self.total - self.credited if self.kind == "invoice" and self.number is not None else 0

    @property
    def can_be_written_off(self) -> bool:
        return self.kind == "invoice" and self.state == "open"


class InvoiceLine(Base):
    """`amount`: net minor units after `discount`. `text`: {key, values} as `invoices/texts.py` words it.
    `recognised`: how much of it was earned by now."""

    __tablename__ = "invoice_lines"
    __table_args__ = (
        Index(None, "subscription_id"),
        Index(None, "account_id"),
        Index("ix_invoice_lines_unearned", "period_end", postgresql_where=text("recognised <> amount")),
    )

    invoice_id: Mapped[str] = mapped_column(ForeignKey("invoices.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[str]
    kind: Mapped[str]
    text: Mapped[Json]
    quantity: Mapped[Decimal] = mapped_column(Numeric)
    unit_amount: Mapped[Decimal] = mapped_column(Numeric)
    discount: Mapped[int] = mapped_column(_MINOR)
    amount: Mapped[int] = mapped_column(_MINOR)
    tax: Mapped[int] = mapped_column(_MINOR)
    recognised: Mapped[int] = mapped_column(_MINOR)
    subscription_id: Mapped[str | None]
    item_id: Mapped[str | None]
    product_id: Mapped[str]
    package_id: Mapped[str | None]
    period_start: Mapped[datetime | None] = mapped_column(Instant)
    period_end: Mapped[datetime | None] = mapped_column(Instant)


class BilledPeriod(Base):
    """That one period of one subscription was billed: the primary key lets nobody do it again."""

    __tablename__ = "billed_periods"

    subscription_id: Mapped[str] = mapped_column(ForeignKey("subscriptions.id"), primary_key=True)
    period_start: Mapped[datetime] = mapped_column(Instant, primary_key=True)
    period_end: Mapped[datetime] = mapped_column(Instant)
    account_id: Mapped[str]
    invoice_id: Mapped[str | None] = mapped_column(ForeignKey("invoices.id"))
