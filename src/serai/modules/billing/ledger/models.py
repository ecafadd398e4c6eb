"""The ledger's tables, for reading: `ledger_post` in the database is the only thing that writes them."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    SmallInteger,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from serai.kit.db import Base, Instant, Json


class LedgerKind(Base):
    """The chart of accounts. `minimum_balance`: what a new account's balance may not go below, None for no limit."""

    __tablename__ = "ledger_kinds"

    kind: Mapped[str] = mapped_column(primary_key=True)
    debit_normal: Mapped[bool]
    keeps_balance: Mapped[bool]
    minimum_balance: Mapped[int | None] = mapped_column(BigInteger)


class LedgerAccount(Base):
    """`account_id` is the customer's, empty for the platform's own; `party` tells accounts of one kind
    apart: a gateway, a tax country, a product. `balance` grows with debits where `debit_normal`, else
    with credits; None where it is not kept but summed when asked for."""

    __tablename__ = "ledger_accounts"
    __table_args__ = (
        UniqueConstraint("kind", "account_id", "party", "currency", name="uq_ledger_accounts_place"),
        CheckConstraint("minimum_balance IS NULL OR balance >= minimum_balance", name="enough"),
        Index(None, "account_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    kind: Mapped[str] = mapped_column(ForeignKey("ledger_kinds.kind"))
    account_id: Mapped[str]
    party: Mapped[str] = mapped_column(server_default="")
    currency: Mapped[str]
    debit_normal: Mapped[bool]
    balance: Mapped[int | None] = mapped_column(BigInteger)
    minimum_balance: Mapped[int | None] = mapped_column(BigInteger)


class LedgerTransfer(Base):
    """`key` makes it happen once, `subject` says what it is about (an invoice, a payment)."""

    __tablename__ = "ledger_transfers"
    __table_args__ = (Index(None, "account_id", "id"), Index(None, "subject"), Index(None, "at"))

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    digest: Mapped[str]
    kind: Mapped[str]
    account_id: Mapped[str]
    subject: Mapped[str]
    currency: Mapped[str]
    memo: Mapped[Json]
    at: Mapped[datetime] = mapped_column(Instant)


class LedgerEntry(Base):
    """`amount`: debits positive, credits negative; those of one transfer add up to zero."""

    __tablename__ = "ledger_entries"
    __table_args__ = (
        CheckConstraint("amount <> 0", name="moves"),
        Index(
            "ix_ledger_entries_of_account", "ledger_account_id", "transfer_id", postgresql_include=["amount"]
        ),
    )

    transfer_id: Mapped[int] = mapped_column(ForeignKey("ledger_transfers.id"), primary_key=True)
    line: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    ledger_account_id: Mapped[int] = mapped_column(BigInteger)
    account_id: Mapped[str]
    amount: Mapped[int] = mapped_column(BigInteger)
