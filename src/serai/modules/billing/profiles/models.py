"""Who sells, and how each account is billed."""

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from serai.kit.db import Base, Instant, Json


class LegalEntity(Base):
    """A seller. `prefix` begins its invoice numbers; `next_invoice` and `next_credit_note` are drawn under
    the row's lock, so that numbers have no gaps. `tax_inclusive`: prices contain the tax. `oss`: takes
    part in the EU's one-stop shop. `bank`: how to transfer money to it, label → value."""

    __tablename__ = "legal_entities"
    __table_args__ = (
        Index("uq_legal_entities_default", "is_default", unique=True, postgresql_where=text("is_default")),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    address: Mapped[Json]
    country: Mapped[str]
    tax_number: Mapped[str | None]
    registration: Mapped[str | None]
    email: Mapped[str | None]
    tax_registered: Mapped[bool]
    oss: Mapped[bool]
    tax_inclusive: Mapped[bool]
    prefix: Mapped[str] = mapped_column(unique=True)
    next_invoice: Mapped[int] = mapped_column(BigInteger)
    next_credit_note: Mapped[int] = mapped_column(BigInteger)
    bank: Mapped[Json]
    time_zone: Mapped[str]
    dunning: Mapped[list[Json]] = mapped_column(JSONB)
    is_default: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(Instant)


class BillingProfile(Base):
    """How an account is billed. `consolidate`: one invoice for all that is due on a day. `use_wallet`: the
    wallet pays before any other way. `auto_top_up`: {threshold, amount, currency}. `terms_days`: 0 charges
    at once, more sends an invoice to be paid by then."""

    __tablename__ = "billing_profiles"

    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    name: Mapped[str]
    email: Mapped[str | None]
    address: Mapped[Json]
    country: Mapped[str]
    tax_number: Mapped[str | None]
    is_business: Mapped[bool]
    tax_exempt: Mapped[bool]
    language: Mapped[str]
    time_zone: Mapped[str]
    currency: Mapped[str | None]
    legal_entity_id: Mapped[str | None] = mapped_column(ForeignKey("legal_entities.id"))
    partner_id: Mapped[str | None]
    consolidate: Mapped[bool]
    use_wallet: Mapped[bool]
    auto_top_up: Mapped[Json | None]
    terms_days: Mapped[int]
    updated_at: Mapped[datetime] = mapped_column(Instant)


class TaxRate(Base):
    """A rate the platform's staff put over the known ones. `country` ISO 3166, `rate` in basis points."""

    __tablename__ = "tax_rates"

    country: Mapped[str] = mapped_column(primary_key=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    rate: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(Instant)
