"""VAT: rates, numbers, which rule holds, and how tax falls on amounts. Pure: no database, no network."""

from serai.modules.billing.tax.amounts import Split, split
from serai.modules.billing.tax.numbers import check_number, has_rule, is_valid_number
from serai.modules.billing.tax.rates import EU, RATES, Rate, rate_of
from serai.modules.billing.tax.reasons import REASONS, reason_text
from serai.modules.billing.tax.rules import TaxBuyer, TaxSeller, Treatment, treatment

__all__ = [
    "EU",
    "RATES",
    "REASONS",
    "Rate",
    "Split",
    "TaxBuyer",
    "TaxSeller",
    "Treatment",
    "check_number",
    "has_rule",
    "is_valid_number",
    "rate_of",
    "reason_text",
    "split",
    "treatment",
]
