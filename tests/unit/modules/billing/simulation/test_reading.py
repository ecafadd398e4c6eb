"""Scenario files: what is wrong in them is told by line, all at once."""

from pathlib import Path

import pytest

from serai.kit.settings import ROOT
from serai.modules.billing import simulation

GOOD = """
starts: 2026-01-31 09:00
until: 2026-04-01
time_zone: Africa/Cairo
product:
  packages:
    starter: { prices: { monthly: 10.00 } }
accounts:
  acme: { wallet: 50.00 }
subscriptions:
  main: { account: acme, package: starter, on: 2026-01-31 09:00 }
"""


def read(tmp_path: Path, text: str) -> simulation.Scenario:
    file = tmp_path / "scenario.yaml"
    file.write_text(text)
    return simulation.read(file)


def test_moments_without_an_offset_are_by_the_scenarios_clocks(tmp_path):
    scenario = read(tmp_path, GOOD)
    assert scenario.starts.isoformat() == "2026-01-31T07:00:00+00:00"
    assert scenario.customers[0].wallet == 5000
    assert [action.kind for action in scenario.actions] == ["order"]


def test_the_examples_can_be_read():
    assert simulation.read(ROOT / "examples" / "scenarios" / "first_year.yaml").customers


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("wallet: 50.00", "walet: 50.00", 9, "there is no 'walet' here"),
        ("monthly: 10.00", "monthly: ten", 7, "no amount of USD"),
        ("until: 2026-04-01", "until: 2025-04-01", 3, "it ends after it starts"),
        ("until: 2026-04-01", "until: soon", 3, "no date and time"),
        ("account: acme", "account: acne", 11, "there is no account 'acne'; there are: acme"),
        ("Africa/Cairo", "Africa/Kairo", 4, "there is no time zone 'Africa/Kairo'"),
        ("wallet: 50.00", "pays: sometimes", 9, "always, never, wallet"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_by_line(tmp_path, old, new, line, words):
    with pytest.raises(simulation.InvalidScenario) as caught:
        read(tmp_path, GOOD.replace(old, new))
    assert [problem.line for problem in caught.value.problems] == [line]
    assert words in caught.value.message


def test_all_mistakes_are_told_at_once(tmp_path):
    text = (
        GOOD.replace("wallet: 50.00", "walet: 1").replace("10.00", "ten")
        + "actions:\n  - { on: 2026-02-01, cancle: main }\n"
    )
    with pytest.raises(simulation.InvalidScenario) as caught:
        read(tmp_path, text)
    assert [problem.line for problem in sorted(caught.value.problems)] == [7, 9, 13]
