"""Add-ons, bundles, meters, charges, trials and periods of a blueprint."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from serai.kit.money import Money
from serai.modules import catalog
from serai.modules.catalog.rating import Tier

HELLO = Path(__file__).parents[4] / "examples" / "hello"
TEXT = {"en": "A", "ar": "ا"}
FREE = {"USD": "1.00", "EUR": "1.00", "EGP": "1.00"}
PERIOD = {"key": "monthly", "months": 1, "prices": FREE}
ADDON = {"key": "more", "name": TEXT, "summary": TEXT, "periods": [PERIOD]}
METER = {"key": "emails", "name": TEXT, "aggregation": "sum"}
UNIT = {currency: {"unit": "0.0005"} for currency in FREE}
CHARGE = {"meter": "emails", "model": "per_unit", "prices": UNIT}
BUNDLE = {
    "key": "both", "name": TEXT, "summary": TEXT, "periods": [PERIOD],
    "contents": [{"package": "free"}, {"package": "more", "quantity": 2}],
}  # fmt: skip


def written(directory: Path, package: dict[str, Any] | None = None, **sections: Any) -> Path:
    """The hello example with more in its package, and more sections."""
    for name in ("server.py", "signing_in.py"):
        (directory / name).write_bytes((HELLO / name).read_bytes())
    data = yaml.safe_load((HELLO / "blueprint.yaml").read_text())
    data["packages"][0] |= package or {}
    data |= sections
    (directory / "blueprint.yaml").write_text(yaml.dump(data, Dumper=_NoAliases, allow_unicode=True))
    return directory


class _NoAliases(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def test_all_of_it_is_read(tmp_path: Path) -> None:
    tiers = {c: {"tiers": [{"up_to": 10, "unit": "0.02", "flat": "1.5"}, {"unit": "0.01"}]} for c in FREE}
    made = catalog.load(
        written(
            tmp_path,
            {"trial": {"days": 7, "requires_method": True}, "limits": {"users": 5}, "stock": 3,
             "charges": [{"meter": "emails", "model": "graduated", "included": 100, "prices": tiers}]},
            meters=[METER, METER | {"key": "users", "aggregation": "unique", "field": "user_id"}],
            addons=[ADDON | {"resources": {"disk": "1 GiB", "cpu": 0.5}, "limits": {"users": 2}}],
            bundles=[BUNDLE],
        )
    )  # fmt: skip
    package = made.packages[0]
    assert (package.trial_days, package.trial_requires_method, package.stock) == (7, True, 3)
    assert dict(package.limits) == {"users": 5}
    charge = next(each for each in package.charges if each.currency == "USD")
    assert (charge.included, charge.minimum) == (100, 0)
    assert charge.tiers == (
        Tier(Decimal(10), Decimal(2), Decimal(150)), Tier(None, Decimal(1), Decimal(0)),
    )  # fmt: skip
    assert dict(made.addons[0].resources) == {"disk": 2**30, "cpu": 0.5}
    assert [(each.package, each.quantity) for each in made.bundles[0].contents] == [("free", 1), ("more", 2)]
    assert [each.field for each in made.meters] == [None, "user_id"]


def test_unit_prices_are_minor_units_of_each_currency(tmp_path: Path) -> None:
    prices = UNIT | {"JPY": {"unit": "0.25", "minimum": "3"}, "KWD": {"unit": "0.0005"}}
    made = catalog.load(written(tmp_path, {"charges": [CHARGE | {"prices": prices}]}, meters=[METER]))
    found = {each.currency: each for each in made.packages[0].charges}
    assert found["USD"].tiers[0].unit_amount == Decimal("0.05")
    assert found["JPY"].tiers[0].unit_amount == Decimal("0.25")
    assert found["KWD"].tiers[0].unit_amount == Decimal("0.5")
    assert found["JPY"].minimum == 3


@pytest.mark.parametrize(
    ("length", "expected"),
    [({"months": 3}, ("month", 3)), ({"every": {"unit": "week", "count": 2}}, ("week", 2)),
     ({"every": {"unit": "day"}}, ("day", 1))],
)  # fmt: skip
def test_periods_are_of_any_length(tmp_path: Path, length: Any, expected: tuple[str, int]) -> None:
    period = {"key": "each", "prices": FREE} | length
    (found,) = catalog.load(written(tmp_path, {"periods": [period]})).packages[0].periods
    assert (found.unit, found.count) == expected
    assert found.price("USD") == Money(100, "USD")


def charge(**changes: Any) -> dict[str, Any]:
    return {"package": {"charges": [CHARGE | changes]}, "meters": [METER]}


def tiered(*tiers: Any, model: str = "graduated") -> dict[str, Any]:
    return charge(model=model, prices={c: {"tiers": list(tiers)} for c in FREE})


MISTAKES = [
    ({"package": {"periods": [{"key": "each", "prices": FREE}]}}, "packages[0].periods[0]", "exactly one of months, every"),
    ({"package": {"periods": [PERIOD | {"every": {"unit": "day"}}]}}, "packages[0].periods[0]", "exactly one of"),
    ({"package": {"periods": [{"key": "each", "prices": FREE, "every": {"unit": "fortnight"}}]}},
     "packages[0].periods[0].every.unit", "one of day, week, month, year"),
    ({"package": {"trial": {"days": 0}}}, "packages[0].trial.days", "1 to 365"),
    ({"package": {"trial": {"days": 3}, "trial_days": 3}}, "packages[0].trial_days", "drop it"),
    ({"package": {"limits": {"users": "five"}}}, "packages[0].limits.users", "a whole number, 0 or more"),
    ({"package": {"limits": {"Big Users": 5}}}, "packages[0].limits.Big Users", "no valid name"),
    ({"package": {"stock": -1}}, "packages[0].stock", "how many can be sold"),
    ({"addons": [ADDON | {"key": "free"}]}, "addons[0].key", "already"),
    ({"addons": [ADDON | {"trial_days": 3}]}, "addons[0].trial_days", "unknown key"),
    ({"addons": [ADDON | {"resources": {"disk": "lots"}}]}, "addons[0].resources.disk", "such as 256 MiB"),
    ({"bundles": [BUNDLE]}, "bundles[0].contents[1].package", 'no package or add-on "more"'),
    ({"addons": [ADDON], "bundles": [BUNDLE | {"contents": [{"package": "more"}]}]},
     "bundles[0].contents", "exactly one package"),
    ({"addons": [ADDON], "bundles": [BUNDLE | {"contents": [{"package": "free", "quantity": 2}]}]},
     "bundles[0].contents[0].quantity", "once"),
    ({"meters": [METER, METER]}, "meters[1].key", "already"),
    ({"meters": [METER | {"aggregation": "median"}]}, "meters[0].aggregation", "one of sum, max"),
    ({"meters": [METER | {"aggregation": "unique"}]}, "meters[0]", 'needs a "field"'),
    (charge(meter="email"), "packages[0].charges[0].meter", 'Did you mean "emails"?'),
    (charge(prices={"USD": {"unit": "1"}}), "packages[0].charges[0].prices", "EGP is missing"),
    (charge(prices=UNIT | {"USD": {"unit": 1}}), "packages[0].charges[0].prices.USD.unit", "in quotes"),
    (charge(prices=UNIT | {"USD": {}}), "packages[0].charges[0].prices.USD", "exactly one of unit, tiers"),
    (charge(prices=UNIT | {"XXY": {"unit": "1"}}), "packages[0].charges[0].prices.XXY", "no ISO 4217"),
    (charge(prices=UNIT | {"USD": {"unit": "1", "minimum": "0.001"}}),
     "packages[0].charges[0].prices.USD", "more decimals"),
    (charge(model="package"), "packages[0].charges[0].prices.USD", "needs a package size"),
    (tiered({"unit": "1"}, {"unit": "2"}), "packages[0].charges[0].prices.USD", "Only the last tier"),
    (tiered({"unit": "1", "up_to": 5}), "packages[0].charges[0].prices.USD", "has no end"),
    (tiered({"unit": "1"}, {"unit": "2"}, model="per_unit"), "packages[0].charges[0].prices.USD", "one price"),
]  # fmt: skip


@pytest.mark.parametrize(("sections", "path", "message"), MISTAKES, ids=lambda each: str(each)[:40])
def test_mistake_is_named_with_its_place(
    tmp_path: Path, sections: dict[str, Any], path: str, message: str
) -> None:
    problems = catalog.check(written(tmp_path, **sections))
    assert any(p.path == path and message in p.message and p.line > 1 for p in problems), list(
        map(str, problems)
    )
