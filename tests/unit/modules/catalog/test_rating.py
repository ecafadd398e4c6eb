"""What quantities cost under usage charges: worked examples, and what holds for all of them."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serai.modules.catalog.rating import Model, Tier, rate, why_wrong

D = Decimal
TWO = (Tier(D(1000), D(2)), Tier(None, D(1)))


@dataclass(frozen=True)
class Terms:
    model: Model
    tiers: tuple[Tier, ...]
    included: Decimal = Decimal()
    package_size: Decimal | None = None
    minimum: int = 0


@pytest.mark.parametrize(
    ("terms", "quantity", "amount"),
    [
        (Terms("per_unit", (Tier(None, D("0.05")),)), "3", "0.15"),
        (Terms("per_unit", (Tier(None, D(2)),), included=D(100)), "100", "0"),
        (Terms("per_unit", (Tier(None, D(2)),), included=D(100)), "101.5", "3"),
        (Terms("per_unit", (Tier(None, D(2), D(50)),)), "1", "52"),
        (Terms("graduated", TWO), "1000", "2000"),
        (Terms("graduated", TWO), "2500", "3500"),
        (Terms("graduated", TWO, included=D(1000)), "2500", "2500"),
        (Terms("graduated", (Tier(D(10), D(0)), Tier(None, D(1), D(500)))), "10", "0"),
        (Terms("graduated", (Tier(D(10), D(0)), Tier(None, D(1), D(500)))), "11", "501"),
        (Terms("volume", TWO), "1000", "2000"),
        (Terms("volume", TWO), "1001", "1001"),
        (Terms("volume", TWO), "2500", "2500"),
        (Terms("package", (Tier(None, D(1500)),), package_size=D(1000)), "2500", "4500"),
        (Terms("package", (Tier(None, D(1500)),), package_size=D(1000)), "3000", "4500"),
        (Terms("package", (Tier(None, D(1500)),), package_size=D(1000), included=D(1)), "1", "0"),
        (Terms("per_unit", (Tier(None, D(2)),), minimum=500), "0", "500"),
        (Terms("per_unit", (Tier(None, D(2)),), minimum=500), "249", "500"),
        (Terms("per_unit", (Tier(None, D(2)),), minimum=500), "251", "502"),
        (Terms("per_unit", (Tier(None, D(2)),)), "-7", "0"),
    ],
)
def test_worked_examples(terms: Terms, quantity: str, amount: str) -> None:
    assert rate(terms, D(quantity)).amount_minor == D(amount)


def test_parts_show_how_it_was_computed() -> None:
    parts = rate(Terms("graduated", TWO, minimum=4000), D(2500)).parts
    assert [(p.quantity, p.unit_amount, p.flat, p.amount) for p in parts] == [
        (1000, 2, 0, 2000), (1500, 1, 0, 1500), (0, 0, 500, 500),
    ]  # fmt: skip


quantities = st.decimals(0, 10_000, places=3)
prices = st.decimals(0, 100, places=6)
flats = st.decimals(0, 1_000, places=2)


@st.composite
def tiers(draw: Any) -> tuple[Tier, ...]:
    ends = sorted(draw(st.sets(st.decimals("0.001", 9_000, places=3), max_size=4)))
    return tuple(Tier(end, draw(prices), draw(flats)) for end in (*ends, None))


@st.composite
def charges(draw: Any) -> Terms:
    model = draw(st.sampled_from(["per_unit", "graduated", "volume", "package"]))
    found = draw(tiers())
    return Terms(
        model,
        found if model in {"graduated", "volume"} else found[-1:],
        draw(st.decimals(0, 500, places=2)),
        draw(st.decimals(1, 1_000, places=2)) if model == "package" else None,
        draw(st.integers(0, 5_000)),
    )


@settings(max_examples=150, deadline=None)
@given(charges(), quantities)
def test_the_amount_is_the_sum_of_its_parts_and_at_least_the_minimum(terms: Terms, quantity: D) -> None:
    assert why_wrong(terms.model, terms.tiers, terms.package_size) is None
    rated = rate(terms, quantity)
    assert rated.amount_minor == sum((p.quantity * p.unit_amount + p.flat for p in rated.parts), D(0))
    assert rated.amount_minor >= terms.minimum
    if terms.model in {"graduated", "volume", "per_unit"}:
        assert sum((p.quantity for p in rated.parts), D(0)) == max(quantity - terms.included, 0)


@settings(max_examples=150, deadline=None)
@given(charges(), quantities, quantities)
def test_more_use_never_costs_less_but_by_volume(terms: Terms, one: D, more: D) -> None:
    low, high = sorted((one, one + more))
    if terms.model != "volume":
        assert rate(terms, low).amount_minor <= rate(terms, high).amount_minor


@settings(max_examples=150, deadline=None)
@given(charges(), quantities)
def test_the_included_quantity_costs_nothing_and_moves_the_rest(terms: Terms, quantity: D) -> None:
    terms = replace(terms, minimum=0)
    assert rate(terms, min(quantity, terms.included)).amount_minor == 0
    assert (
        rate(terms, quantity + terms.included).amount_minor
        == rate(replace(terms, included=D(0)), quantity).amount_minor
    )


@settings(max_examples=150, deadline=None)
@given(tiers(), st.decimals("0.001", "0.01", places=3))
def test_graduated_has_no_jump_where_a_tier_ends(found: tuple[Tier, ...], step: D) -> None:
    """Without flat amounts: one more costs what one of the next tier costs."""
    terms = Terms("graduated", tuple(Tier(t.up_to, t.unit_amount) for t in found))
    for tier, following in zip(terms.tiers, terms.tiers[1:], strict=False):
        assert tier.up_to is not None
        room = following.up_to is None or tier.up_to + step <= following.up_to
        rise = rate(terms, tier.up_to + step).amount_minor - rate(terms, tier.up_to).amount_minor
        assert rise == step * following.unit_amount or not room


@settings(max_examples=100, deadline=None)
@given(tiers(), quantities)
def test_volume_takes_one_tier_for_everything(found: tuple[Tier, ...], quantity: D) -> None:
    parts = rate(Terms("volume", found), quantity).parts
    if not quantity:
        assert parts == ()
        return
    (part,) = parts
    (tier,) = [t for t in found if t.up_to is None or quantity <= t.up_to][:1]
    assert (part.unit_amount, part.flat) == (tier.unit_amount, tier.flat_amount)


@pytest.mark.parametrize(
    ("model", "found", "size", "why"),
    [
        ("graduated", (), None, "no end"),
        ("graduated", (Tier(D(5), D(1)),), None, "no end"),
        ("volume", (Tier(None, D(1)), Tier(None, D(1))), None, "Only the last"),
        ("volume", (Tier(D(5), D(1)), Tier(D(5), D(1)), Tier(None, D(1))), None, "above the one before"),
        ("volume", (Tier(D(0), D(1)), Tier(None, D(1))), None, "above the one before"),
        ("per_unit", TWO, None, "one price"),
        ("per_unit", TWO[1:], D(5), "package size"),
        ("package", TWO[1:], None, "package size"),
        ("package", TWO[1:], D(0), "more than nothing"),
        ("per_unit", (Tier(None, D(-1)),), None, "below zero"),
    ],
)
def test_tiers_that_leave_a_quantity_without_a_price_are_refused(
    model: Model, found: tuple[Tier, ...], size: D | None, why: str
) -> None:
    assert why in (why_wrong(model, found, size) or "")
