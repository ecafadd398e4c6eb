"""How the storefront names periods."""

import pytest

from serai.kit.i18n import use_locale
from serai.modules.catalog import PeriodView, Unit
from serai.portals.shared.offers import label_of, unit_of


@pytest.mark.parametrize(
    ("unit", "count", "label", "beside_a_price"),
    [
        ("day", 1, "Daily", "per day"), ("day", 10, "Every 10 days", "every 10 days"),
        ("day", 14, "Every 2 weeks", "every 2 weeks"), ("week", 1, "Weekly", "per week"),
        ("week", 2, "Every 2 weeks", "every 2 weeks"), ("month", 1, "Monthly", "per month"),
        ("month", 3, "Quarterly", "per quarter"), ("month", 6, "Every 6 months", "every 6 months"),
        ("month", 12, "Yearly", "per year"), ("year", 1, "Yearly", "per year"),
        ("month", 24, "Every 2 years", "every 2 years"),
    ],
)  # fmt: skip
def test_a_period_of_any_length_has_a_name(unit: Unit, count: int, label: str, beside_a_price: str) -> None:
    period = PeriodView(key="each", unit=unit, count=count, prices={})
    with use_locale("en"):
        assert (label_of(period), unit_of(period)) == (label, beside_a_price)
