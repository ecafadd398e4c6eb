"""Read a scenario file; whatever is wrong in it is told at once, each with its line."""

from pathlib import Path
from typing import Any

from serai.kit.errors import Invalid
from serai.modules import catalog
from serai.modules.billing.periods import is_time_zone
from serai.modules.billing.simulation import offering, wishes
from serai.modules.billing.simulation.parts import Part
from serai.modules.billing.simulation.scenario import (
    Action,
    Customer,
    Expected,
    ExpectedInvoice,
    ExpectedTotals,
    Pays,
    Scenario,
)

_KEYS = (
    "name", "starts", "until", "time_zone", "currency", "seller", "product", "coupons", "accounts",
    "special_prices", "subscriptions", "actions", "expect",
)  # fmt: skip
_SELLER = {
    "country": "country", "tax_number": "tax_number", "registered": "tax_registered", "oss": "oss",
    "prices_include_tax": "tax_inclusive",
}  # fmt: skip
_PROFILE = (
    "country", "tax_number", "is_business", "tax_exempt", "consolidate", "use_wallet", "time_zone",
    "terms_days",
)  # fmt: skip
_TOTALS = ("net", "tax", "owed", "wallet")


class InvalidScenario(Invalid):
    """`problems` says what is wrong, by line."""

    code = "billing.invalid_scenario"

    def __init__(self, problems: list[catalog.Problem]) -> None:
        super().__init__("\n".join(map(str, sorted(problems))))
        self.problems = problems


def read(file: Path) -> Scenario:
    """Raises InvalidScenario."""
    source = catalog.Source(file)
    if source.problems or not isinstance(source.data, dict):
        if not source.problems:
            source.report((), "a scenario has names and values, such as `starts: 2026-01-31 09:00`.")
        raise InvalidScenario(source.problems)
    zone = str(source.data.get("time_zone", "UTC"))
    if not is_time_zone(zone):
        source.report(("time_zone",), f"there is no time zone {zone!r}; choose one such as Africa/Cairo.")
        zone = "UTC"
    root = Part(source, (), source.data, zone, str(source.data.get("currency", "USD")))
    scenario = _scenario(root, file)
    if source.problems:
        raise InvalidScenario(source.problems)
    return scenario


def _scenario(root: Part, file: Path) -> Scenario:
    root.only(*_KEYS)
    starts, until = root.moment("starts"), root.moment("until")
    if until <= starts:
        root.report("until", "it ends after it starts.")
    customers = tuple(_customer(name, part) for name, part in root.parts("accounts"))
    names = [each.name for each in customers]
    blueprint = offering.blueprint(root.part("product", needed=True), file)
    ordered = [wishes.order(name, part, names) for name, part in root.parts("subscriptions")]
    known = wishes.Names(names, [each.subject for each in ordered], [p.key for p in blueprint.packages])
    actions = [*wishes.specials(root, known, starts), *ordered, *wishes.actions(root, known)]
    actions += _comes_to_pay(customers, root)
    return Scenario(
        file=file, name=str(root.data.get("name", file.stem)), starts=starts, until=until,
        time_zone=root.time_zone, currency=root.currency, seller=_seller(root.part("seller")),
        blueprint=blueprint, coupons={name: _coupon(part) for name, part in root.parts("coupons")},
        customers=customers, actions=tuple(sorted(actions, key=lambda each: each.at)),
        expected=_expected(root.part("expect"), known),
    )  # fmt: skip


def _seller(part: Part) -> dict[str, Any]:
    part.only(*_SELLER, "dunning")
    values = {column: part.data[name] for name, column in _SELLER.items() if name in part.data}
    if part.has("dunning"):
        values["dunning"] = [
            {"after": row.number("after"), "do": row.text("do", among=wishes.STEPS)}
            for row in part.rows("dunning")
        ]
    return values


def _customer(name: str, part: Part) -> Customer:
    part.only(*_PROFILE, "wallet", "pays")
    profile = {key: part.data[key] for key in _PROFILE if key in part.data}
    if part.has("time_zone") and not is_time_zone(str(part.data["time_zone"])):
        part.report("time_zone", "there is no such time zone; choose one such as Africa/Cairo.")
    profile.setdefault("time_zone", part.time_zone)
    return Customer(name, profile, part.money("wallet", 0), wishes.pays(part, "pays"))


def _comes_to_pay(customers: tuple[Customer, ...], root: Part) -> list[Action]:
    """Who pays from some day on, pays then what is overdue."""
    return [
        Action(each.pays.since, "pays", each.name, {"pays": Pays(since=each.pays.since)},
               root.part("accounts").line_of(each.name))
        for each in customers
        if each.pays.since is not None
    ]  # fmt: skip


def _coupon(part: Part) -> catalog.CouponTerms:
    part.only("percent", "amount", "lasts")
    lasts = part.data.get("lasts", "once")
    periods = lasts if isinstance(lasts, int) and not isinstance(lasts, bool) else None
    if periods is None and lasts not in {"once", "forever"}:
        part.report("lasts", "it lasts once, forever, or for a number of periods.")
    amount = part.money("amount", None)
    if (amount is None) == (not part.has("percent")):
        part.report("percent", "a coupon takes either a percentage or an amount off.")
    return catalog.CouponTerms(
        bps=wishes.bps(part, "percent") if part.has("percent") else None, amount=amount,
        currency=part.currency if amount is not None else None,
        duration="repeating" if periods is not None else "forever" if lasts == "forever" else "once",
        periods=periods, stackable=True,
    )  # fmt: skip


def _expected(part: Part, known: "wishes.Names") -> Expected:
    part.only("invoices", "states", "totals")
    invoices = [found for row in part.rows("invoices") for found in _invoices(row, known)]
    states = part.part("states")
    for name in states.data:
        known.subscription(states, name, name)
    return Expected(
        tuple(sorted(invoices, key=lambda each: each.at)) if "invoices" in part.data else None,
        {name: (str(value), states.line_of(name)) for name, value in states.data.items()},
        tuple(_totals(name, row) for name, row in part.parts("totals")),
    )


def _invoices(row: Part, known: "wishes.Names") -> list[ExpectedInvoice]:
    """One for each moment that `on` names: what is the same every month is written once."""
    row.only("on", "account", "kind", "net", "tax", "total", "lines", "state")
    account = row.text("account", known.accounts[0] if len(known.accounts) == 1 else ...)
    if account is ...:
        row.report("account", "'account' is missing.")
    total, tax = row.money("total"), row.money("tax", None)
    lines = tuple(row.each("lines", row.amount)) if row.has("lines") else None
    net = row.money("net", None if tax is None else total - tax)
    if "on" not in row.data:
        row.report("on", "'on' is missing: when it is issued.")
    return [
        ExpectedInvoice(at, str(account), row.text("kind", "invoice", ("invoice", "credit_note")), net, tax,
                        total, lines, row.text("state", None), row.line)
        for at in row.each("on", row.moment_of)
    ]  # fmt: skip


def _totals(name: str, row: Part) -> ExpectedTotals:
    row.only(*_TOTALS)
    return ExpectedTotals(name, {key: row.money(key) for key in _TOTALS if key in row.data}, row.line)
