"""Which special price counts, and what it makes of a price."""

from datetime import UTC, datetime
from itertools import permutations
from typing import Any

from serai.kit.money import Money
from serai.modules.catalog.schemas import PriceView
from serai.modules.catalog.special_prices import SpecialPriceView, apply, best

AT = datetime(2026, 3, 1, tzinfo=UTC)
PRICE = PriceView(
    id="price_1", package_id="pkg_1", product_id="prd_1", package_key="starter", kind="package",
    period="monthly", unit="month", count=1, amount=Money(2900, "USD"), version=1, active=True,
    source="blueprint", valid_from=AT, retired_at=None,
)  # fmt: skip


def special(name: str, **values: Any) -> SpecialPriceView:
    defaults: dict[str, Any] = {
        "account_id": "acc_1", "partner_id": None, "scope": "all", "product_id": None, "package_id": None,
        "period": None, "bps": None, "amount": None, "valid_from": AT, "valid_until": None, "note": "",
    }  # fmt: skip
    return SpecialPriceView(id=name, **defaults | values)


OWN_ALL = special("own_all", bps=100)
OWN_PRODUCT = special("own_product", scope="product", product_id="prd_1", bps=200)
OWN_PACKAGE = special("own_package", scope="package", package_id="pkg_1", bps=150)
OWN_PRICE = special(
    "own_price", scope="price", package_id="pkg_1", period="monthly", amount=Money(2500, "USD")
)
OWN_PRICE_LOWER = special("own_lower", scope="price", package_id="pkg_1", period="monthly", bps=5000)
PARTNER = special(
    "partner", account_id=None, partner_id="par_1", scope="package", package_id="pkg_1", bps=9000
)
ORDER = [OWN_PRICE_LOWER, OWN_PRICE, OWN_PACKAGE, OWN_PRODUCT, OWN_ALL, PARTNER]


def test_the_most_special_one_counts_whatever_order_they_come_in() -> None:
    for shuffled in permutations(ORDER):
        assert best(shuffled, "acc_1", "par_1", PRICE) == OWN_PRICE_LOWER
    for number in range(len(ORDER)):
        assert best(ORDER[number:][::-1], "acc_1", "par_1", PRICE) == ORDER[number]


def test_what_is_for_others_does_not_count() -> None:
    others = [
        special("account", account_id="acc_2", bps=100),
        special("partner", account_id=None, partner_id="par_2", bps=100),
        special("product", scope="product", product_id="prd_2", bps=100),
        special("package", scope="package", package_id="pkg_2", bps=100),
        special("period", scope="price", package_id="pkg_1", period="yearly", bps=100),
        special("currency", scope="price", package_id="pkg_1", period="monthly", amount=Money(1, "EUR")),
    ]
    assert best(others, "acc_1", "par_1", PRICE) is None
    assert best([PARTNER], "acc_1", None, PRICE) is None


def test_what_is_paid() -> None:
    assert apply(None, Money(2900, "USD")) == Money(2900, "USD")
    assert apply(OWN_PRICE, Money(2900, "USD")) == Money(2500, "USD")
    assert apply(special("third", bps=3333), Money(1000, "USD")) == Money(667, "USD")
    assert apply(special("free", bps=10_000), Money(2900, "USD")) == Money(0, "USD")
