"""Which tax a sale bears: services delivered electronically, sold once a day of supply is known.

The cases, their sources and what is left out stand in docs/reference/tax.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from serai.modules.billing.tax.numbers import has_rule, is_valid_number
from serai.modules.billing.tax.rates import EU, Rate, rate_of

Category = Literal["S", "Z", "E", "AE", "G", "O"]
# Where the place of supply moves to the customer abroad; elsewhere such a sale is a zero-rated export.
_SUPPLIED_ABROAD = EU | {"GB", "NO", "CH"}


@dataclass(frozen=True, slots=True)
class TaxSeller:
    """`registered`: for VAT in its country. `oss`: in the EU's One Stop Shop (either scheme)."""

    country: str
    registered: bool
    oss: bool = False
    tax_number: str | None = None


@dataclass(frozen=True, slots=True)
class TaxBuyer:
    """`exempt`: staff have seen a certificate. An empty country counts as the seller's."""

    country: str
    tax_number: str | None = None
    exempt: bool = False
    is_business: bool = False


@dataclass(frozen=True, slots=True)
class Treatment:
    """`category`: UNCL 5305. `country`: whose tax it is. `reason`: a key of `reasons.REASONS`."""

    category: Category
    rate_bps: int
    country: str
    reason: str


def treatment(seller: TaxSeller, buyer: TaxBuyer, on: date, overrides: Sequence[Rate] = ()) -> Treatment:
    """Raises Invalid when a rate is needed that nobody knows."""
    here, there = seller.country, buyer.country or seller.country
    if not seller.registered:
        return Treatment("O", 0, here, "not_registered")
    if buyer.exempt:
        return Treatment("E", 0, there, "exempt")
    if here == there:
        return _taxed(here, on, overrides, "domestic")
    if there in EU and not _is_proven_business(buyer):
        if seller.oss:
            return _taxed(there, on, overrides, "destination")
        if here in EU:
            return _taxed(here, on, overrides, "origin")
    if here in EU and there in EU:
        return Treatment("AE", 0, there, "reverse_charge")
    if here in _SUPPLIED_ABROAD:
        return Treatment("O", 0, there, "outside_scope")
    return Treatment("G", 0, there, "export")


def _taxed(country: str, on: date, overrides: Sequence[Rate], reason: str) -> Treatment:
    rate = rate_of(country, on, overrides)
    if rate == 0:
        return Treatment("O", 0, country, "no_tax")
    return Treatment("S", rate, country, reason)


def _is_proven_business(buyer: TaxBuyer) -> bool:
    """A number is the proof that lets a business in the EU owe the tax itself."""
    number = buyer.tax_number or ""
    return buyer.is_business and has_rule(buyer.country) and is_valid_number(buyer.country, number)
