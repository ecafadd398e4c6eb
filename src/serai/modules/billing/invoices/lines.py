"""Lines before they are an invoice: pure data and arithmetic."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from serai.modules.billing import tax
from serai.modules.billing.invoices.models import Invoice

_FINE = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class LineDraft:
    """`gross`: what quantity and unit amount come to, `discount`: what is taken off, both in minor units and
    as prices are quoted (with the tax in them where the seller's prices are)."""

    kind: str
    text: dict[str, Any]
    gross: int
    discount: int = 0
    quantity: Decimal = Decimal(1)
    unit_amount: Decimal | None = None
    subscription_id: str | None = None
    item_id: str | None = None
    product_id: str = ""
    package_id: str | None = None
    period: tuple[datetime, datetime] | None = None

    @property
    def amount(self) -> int:
        return self.gross - self.discount

    @property
    def unit(self) -> Decimal:
        return Decimal(self.gross) if self.unit_amount is None else self.unit_amount


@dataclass(frozen=True, slots=True)
class InvoiceDraft:
    """`key` makes it exist once. `reason`: order, renewal, change, usage, cancellation, manual. Lines of a
    credit note are positive: what is credited; `like` is the invoice it is of, whose tax, seller and buyer
    it takes. `net`: the lines are without tax, even where the seller's prices hold it."""

    key: str
    account_id: str
    currency: str
    reason: str
    lines: tuple[LineDraft, ...]
    kind: str = "invoice"
    like: Invoice | None = None
    net: bool = False


@dataclass(frozen=True, slots=True)
class Amounts:
    """`lines`: (unit net, discount net, net, tax) of each line."""

    lines: tuple[tuple[Decimal, int, int, int], ...]
    net: int
    tax: int


def amounts_of(lines: Sequence[LineDraft], rate_bps: int, *, inclusive: bool) -> Amounts:
    """Net and tax of every line; the tax of the sum is rounded once and shared out to the lines."""
    parts = tax.split([line.amount for line in lines], rate_bps, inclusive=inclusive)
    made = []
    for line, net, vat in zip(lines, parts.nets, parts.taxes, strict=True):
        unit, discount = line.unit, line.discount
        if inclusive and rate_bps:
            factor = Decimal(10_000) / Decimal(10_000 + rate_bps)
            unit = (unit * factor).quantize(_FINE)
            discount = int((discount * factor).quantize(Decimal(1), ROUND_HALF_UP))
        made.append((unit, discount, net, vat))
    return Amounts(tuple(made), parts.net, parts.tax)
