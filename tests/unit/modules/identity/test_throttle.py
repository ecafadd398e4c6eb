"""How long an attacker waits, and what counts as one."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serai.modules.identity import throttle


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [("203.0.113.7", "203.0.113.8", False), ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
     ("2001:db8:1:2::1", "2001:db8:1:3::1", False), ("::ffff:203.0.113.7", "203.0.113.7", True),
     ("fe80::1%eth0", "fe80::2", True), (None, "nonsense", True)],
)  # fmt: skip
def test_an_attacker_is_an_ipv4_address_or_a_64_of_ipv6(one: str | None, other: str, same: bool) -> None:
    assert (throttle.prefix(one) == throttle.prefix(other)) is same


@given(st.integers(min_value=0, max_value=10_000))
def test_pauses_grow_and_end_somewhere(failures: int) -> None:
    for budget in throttle.budgets("password", "sara@example.com", "203.0.113.7", None):
        assert throttle.pause(budget, failures) <= throttle.pause(budget, failures + 1) <= budget.longest


def test_the_first_few_mistakes_cost_nothing() -> None:
    account, address = throttle.budgets("password", "sara@example.com", "203.0.113.7", None)
    assert [throttle.pause(account, each).total_seconds() for each in (1, 5, 6, 7, 8)] == [0, 0, 2, 4, 8]
    assert throttle.pause(account, 90) == timedelta(minutes=15)
    assert throttle.pause(address, 10) == timedelta()


def test_keys_hold_no_address_of_a_person() -> None:
    keys = [each.key for each in throttle.budgets("password", "sara@example.com", "203.0.113.7", None)]
    assert not any("sara" in key for key in keys)


def test_a_known_device_has_a_budget_that_nobody_else_spends() -> None:
    strangers = {each.key for each in throttle.budgets("password", "sara@example.com", "203.0.113.7", None)}
    own = {each.key for each in throttle.budgets("password", "sara@example.com", "203.0.113.7", "d3v1c3")}
    assert not strangers & own
