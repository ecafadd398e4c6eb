"""Which tax holds, as a table: who sells, who buys, what follows."""

from datetime import date

import pytest

from serai.kit.errors import Invalid
from serai.kit.i18n import use_locale
from serai.modules.billing.tax import (
    RATES,
    REASONS,
    Rate,
    TaxBuyer,
    TaxSeller,
    rate_of,
    reason_text,
    treatment,
)

DAY = date(2026, 3, 1)
DE, FR_NUMBER = "DE136695976", "FR40303265045"
BERLIN = TaxSeller("DE", registered=True, tax_number=DE)
BERLIN_OSS = TaxSeller("DE", registered=True, oss=True, tax_number=DE)
CAIRO = TaxSeller("EG", registered=True, tax_number="100324932")
LONDON_OSS = TaxSeller("GB", registered=True, oss=True)
BUSINESS = {"tax_number": FR_NUMBER, "is_business": True}

CASES = [
    ("at home", BERLIN, TaxBuyer("DE"), ("S", 1900, "DE", "domestic")),
    ("at home, a business", BERLIN, TaxBuyer("DE", DE, is_business=True), ("S", 1900, "DE", "domestic")),
    ("a buyer of unknown country", BERLIN, TaxBuyer(""), ("S", 1900, "DE", "domestic")),
    ("at home in Egypt", CAIRO, TaxBuyer("EG"), ("S", 1400, "EG", "domestic")),
    ("at home where there is none", TaxSeller("KW", registered=True), TaxBuyer("KW"), ("O", 0, "KW", "no_tax")),
    ("a business in the Union", BERLIN, TaxBuyer("FR", **BUSINESS), ("AE", 0, "FR", "reverse_charge")),
    ("the same under OSS", BERLIN_OSS, TaxBuyer("FR", **BUSINESS), ("AE", 0, "FR", "reverse_charge")),
    ("a business without a number", BERLIN, TaxBuyer("FR", None, is_business=True), ("S", 1900, "DE", "origin")),
    ("a number with a typing error", BERLIN, TaxBuyer("FR", "FR41303265045", is_business=True),
     ("S", 1900, "DE", "origin")),
    ("a number of another country", BERLIN, TaxBuyer("IT", FR_NUMBER, is_business=True), ("S", 1900, "DE", "origin")),
    ("a number without a business", BERLIN, TaxBuyer("FR", FR_NUMBER), ("S", 1900, "DE", "origin")),
    ("a person in the Union", BERLIN, TaxBuyer("FI"), ("S", 1900, "DE", "origin")),
    ("a person in the Union, OSS", BERLIN_OSS, TaxBuyer("FI"), ("S", 2550, "FI", "destination")),
    ("Greece's number, EL", BERLIN, TaxBuyer("GR", "EL094259216", is_business=True), ("AE", 0, "GR", "reverse_charge")),
    ("outside the Union", BERLIN, TaxBuyer("US"), ("O", 0, "US", "outside_scope")),
    ("from Egypt abroad", CAIRO, TaxBuyer("DE", DE, is_business=True), ("G", 0, "DE", "export")),
    ("from Egypt to a person in the Union", CAIRO, TaxBuyer("DE"), ("G", 0, "DE", "export")),
    ("from London to a person, OSS", LONDON_OSS, TaxBuyer("FR"), ("S", 2000, "FR", "destination")),
    ("from London to a business", LONDON_OSS, TaxBuyer("FR", **BUSINESS), ("O", 0, "FR", "outside_scope")),
    ("an exempt buyer", BERLIN, TaxBuyer("DE", exempt=True), ("E", 0, "DE", "exempt")),
    ("a seller not registered", TaxSeller("DE", registered=False), TaxBuyer("DE", exempt=True),
     ("O", 0, "DE", "not_registered")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("seller", "buyer", "expected"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
def test_treatment(seller: TaxSeller, buyer: TaxBuyer, expected: tuple[str, int, str, str]) -> None:
    made = treatment(seller, buyer, DAY)
    assert (made.category, made.rate_bps, made.country, made.reason) == expected


def test_a_rate_changes_on_its_day() -> None:
    assert [rate_of("EE", day) for day in (date(2025, 6, 30), date(2025, 7, 1))] == [2200, 2400]


def test_an_older_day_gets_the_first_rate_of_the_table() -> None:
    assert rate_of("EE", date(2019, 1, 1)) == 2200


def test_an_operators_rate_holds_from_its_day_on() -> None:
    own = [
        Rate("DE", 1600, date(2026, 2, 1)),
        Rate("DE", 1700, date(2027, 1, 1)),
        Rate("US", 700, date(2020, 1, 1)),
    ]
    assert rate_of("DE", date(2026, 1, 31), own) == 1900
    assert treatment(BERLIN, TaxBuyer("DE"), DAY, own).rate_bps == 1600
    assert rate_of("US", DAY, own) == 700


def test_an_unknown_rate_says_what_to_do() -> None:
    with pytest.raises(Invalid, match="Add the country's standard rate"):
        treatment(TaxSeller("US", registered=True), TaxBuyer("US"), DAY)


def test_every_treatment_has_a_reason_people_can_read() -> None:
    assert {case[3][3] for case in CASES} == set(REASONS)
    with use_locale("en"):
        assert reason_text("reverse_charge").startswith("Reverse charge:")
        assert reason_text("§ 19 UStG") == "§ 19 UStG"


def test_rates_are_believable() -> None:
    assert all(0 <= each.basis_points <= 2700 for each in RATES)
    assert len({(each.country, each.since) for each in RATES}) == len(RATES)
