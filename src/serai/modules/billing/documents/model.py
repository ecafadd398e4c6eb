"""What a document shows: plain data, so that rendering needs neither a database nor a clock."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

Kind = Literal["invoice", "credit_note"]


@dataclass(frozen=True, slots=True)
class Party:
    """Seller or buyer as they were when the invoice was issued. `country`: ISO 3166 alpha-2."""

    name: str
    address: tuple[str, ...] = ()
    city: str = ""
    postcode: str = ""
    country: str = ""
    tax_number: str | None = None
    registration: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """`amount`: net minor units after discount. `unit_amount`: net, in minor units, may have decimals.

    `tax_category`, `tax_rate`: which of the document's `taxes` it belongs to; needed when there are several.
    """

    description: str
    quantity: Decimal
    unit_amount: Decimal
    discount: int
    amount: int
    period: tuple[date, date] | None = None
    tax_category: str | None = None
    tax_rate: Decimal | None = None


@dataclass(frozen=True, slots=True)
class TaxTotal:
    """One VAT category (UNCL 5305: S, Z, E, AE, G, O) with its base and tax in minor units.

    `reason`: a key of `tax.REASONS`, shown in the document's language, or a sentence of somebody's own.
    """

    category: str
    rate: Decimal  # percent
    base: int
    tax: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class InvoiceDocument:
    """`total` = `subtotal` + `tax`; `due` = `total` − `paid` − credited. All in minor units.
    `of_number`: the invoice a credit note is about. `payment`: how to pay, label and value.

    The amounts of a credit note are positive: what is given back. `issued_at` stands in the seller's own
    time zone, which the date on the document is taken from.
    """

    kind: Kind
    number: str
    currency: str
    language: str
    issued_at: datetime
    due_on: date | None
    seller: Party
    buyer: Party
    lines: tuple[Line, ...]
    taxes: tuple[TaxTotal, ...]
    subtotal: int
    tax: int
    total: int
    paid: int
    due: int
    of_number: str | None = None
    notes: tuple[str, ...] = ()
    payment: tuple[tuple[str, str], ...] = ()
    pay_url: str | None = None


@dataclass(frozen=True, slots=True)
class StatementLine:
    at: date
    text: str
    reference: str
    amount: int
    balance: int


@dataclass(frozen=True, slots=True)
class StatementDocument:
    """An account's movements between two days; debits (invoices) positive, payments negative."""

    currency: str
    language: str
    since: date
    until: date
    seller: Party
    buyer: Party
    opening: int
    closing: int
    lines: tuple[StatementLine, ...] = field(default=())
