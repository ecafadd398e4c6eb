"""Money: an integer count of a currency's minor unit (ISO 4217), never a float."""

import re
from dataclasses import dataclass
from decimal import Decimal

from babel.numbers import get_currency_precision, list_currencies

from serai.kit.errors import Invalid
from serai.kit.i18n.messages import _

LARGEST = 2**63 - 1  # what a database column holds
_ARABIC = str.maketrans("٠١٢٣٤٥٦٧٨٩٫", "0123456789.")
_WRITTEN = re.compile(r"-?[0-9]{1,19}(\.[0-9]{1,6})?")  # few enough for Decimal to stay exact


@dataclass(frozen=True, slots=True)
class Money:
    """`amount` in minor units: Money(2900, "USD") is 29.00 dollars, Money(2900, "JPY") 2,900 yen."""

    amount: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.amount) is not int:
            raise TypeError(f"an amount is an integer of minor units, not {self.amount!r}")
        if abs(self.amount) > LARGEST:
            raise Invalid(_("An amount has %(most)s minor units at most.", most=f"{LARGEST:,}"))
        if self.currency not in list_currencies():
            raise Invalid(_("%(code)s is no ISO 4217 currency code, such as USD or EGP.", code=repr(self.currency)))

    def __add__(self, other: "Money") -> "Money":
        return Money(self.amount + self._same(other).amount, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.amount - self._same(other).amount, self.currency)

    def __mul__(self, count: int) -> "Money":
        return Money(self.amount * count, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.amount < self._same(other).amount

    @property
    def decimal(self) -> Decimal:
        return Decimal(self.amount).scaleb(-get_currency_precision(self.currency))

    @classmethod
    def parse(cls, text: str, currency: str) -> "Money":
        """`parse("29.00", "USD")`; more decimals than the currency has are refused."""
        text = text.translate(_ARABIC)
        if not _WRITTEN.fullmatch(text):
            raise Invalid(_("%(text)s is no amount; write it like 29.00.", text=repr(text)))
        minor = Decimal(text).scaleb(get_currency_precision(currency))
        if minor != minor.to_integral_value():
            raise Invalid(_("%(text)s has more decimals than %(currency)s knows.", text=text, currency=currency))
        return cls(int(minor), currency)

    def _same(self, other: "Money") -> "Money":
        if other.currency != self.currency:
            raise Invalid(f"{self.currency} and {other.currency} cannot be mixed in one sum.")
        return other
