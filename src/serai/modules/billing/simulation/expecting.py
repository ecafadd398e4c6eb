"""Hold what came against what was expected, to the cent."""

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from sqlalchemy import select

from serai.kit.db import Session
from serai.kit.money import Money
from serai.modules.billing import ledger
from serai.modules.billing.invoices import queries as invoice_queries
from serai.modules.billing.invoices.models import Invoice
from serai.modules.billing.ledger import LedgerAccountKey
from serai.modules.billing.simulation.acting import Cast
from serai.modules.billing.simulation.scenario import ExpectedInvoice, ExpectedTotals, Scenario
from serai.modules.billing.subscriptions.models import Subscription


@dataclass(frozen=True, slots=True)
class Difference:
    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message}"


@dataclass(frozen=True, slots=True)
class Found:
    """An invoice as it came, comparable with one that was expected."""

    at: datetime
    account: str
    kind: str
    net: int
    tax: int
    total: int
    lines: tuple[int, ...]
    state: str


async def compare(session: Session, scenario: Scenario, cast: Cast) -> tuple[list[Difference], int]:
    """What differs, and how many things were compared."""
    names = {cast.account_id(each.name): each.name for each in scenario.customers}
    found = await _invoices(session, names)
    differences: list[Difference] = []
    count = 0
    if scenario.expected.invoices is not None:
        count += len(scenario.expected.invoices)
        differences += _compare_invoices(scenario, found)
    for name, (status, line) in scenario.expected.states.items():
        row = await session.get_one(Subscription, cast.subscriptions[name])
        count += 1
        if row.status != status:
            differences.append(
                Difference(scenario.where(line), f"{name} should be {status}, and is {row.status}.")
            )
    for each in scenario.expected.totals:
        count += len(each.values)
        differences += await _compare_totals(session, scenario, each, cast, found)
    return differences, count


async def _invoices(session: Session, names: dict[str, str]) -> list[Found]:
    query = select(Invoice).where(Invoice.number.is_not(None)).order_by(Invoice.issued_at, Invoice.id)
    rows = (await session.execute(query)).scalars().all()
    lines = await invoice_queries.lines(session, [row.id for row in rows])
    return [
        Found(row.issued_at or row.created_at, names[row.account_id], row.kind, row.subtotal, row.tax, row.total,
              tuple(sorted(line.amount for line in lines.get(row.id, ()))), row.state)
        for row in rows
    ]  # fmt: skip


def _compare_invoices(scenario: Scenario, found: list[Found]) -> list[Difference]:
    """Those of one moment, account and kind are held against each other in the order of their totals."""
    expected = sorted(scenario.expected.invoices or (), key=_place)
    there = {key: list(rows) for key, rows in groupby(sorted(found, key=_place), key=_key)}
    differences = []
    for key, rows in groupby(expected, key=_key):
        come = there.pop(key, [])
        for each in rows:
            where = scenario.where(each.line)
            if not come:
                differences.append(Difference(where, f"missing: {_named(scenario, each)}"))
                continue
            one = come.pop(0)
            if wrong := _wrong(scenario, each, one):
                differences.append(Difference(where, f"{_named(scenario, each)}: {wrong}"))
        there[key] = come
    return differences + [
        Difference(str(scenario.file), f"not expected: {_named(scenario, each)}, lines {each.lines}")
        for rows in there.values()
        for each in rows
    ]


def _key(each: Found | ExpectedInvoice) -> tuple[datetime, str, str]:
    return each.at, each.account, each.kind


def _place(each: Found | ExpectedInvoice) -> tuple[datetime, str, str, int]:
    return *_key(each), each.total


def _wrong(scenario: Scenario, expected: ExpectedInvoice, found: Found) -> str:
    wrong = [
        f"{name} should be {_amount(scenario, wanted)}, and is {_amount(scenario, there)}"
        for name, wanted, there in (
            ("total", expected.total, found.total), ("net", expected.net, found.net),
            ("tax", expected.tax, found.tax),
        )
        if wanted is not None and wanted != there
    ]  # fmt: skip
    if expected.lines is not None and tuple(sorted(expected.lines)) != found.lines:
        wanted_lines = ", ".join(_amount(scenario, each) for each in sorted(expected.lines))
        lines = ", ".join(_amount(scenario, each) for each in found.lines)
        wrong.append(f"lines should be {wanted_lines}, and are {lines}")
    if expected.state is not None and expected.state != found.state:
        wrong.append(f"it should be {expected.state}, and is {found.state}")
    return "; ".join(wrong)


async def _compare_totals(
    session: Session, scenario: Scenario, expected: ExpectedTotals, cast: Cast, found: list[Found]
) -> list[Difference]:
    own = [each for each in found if each.account == expected.account]
    signed = [(-1 if each.kind == "credit_note" else 1, each) for each in own]
    account_id, currency = cast.account_id(expected.account), scenario.currency
    places = {"owed": LedgerAccountKey("receivable", account_id), "wallet": LedgerAccountKey("wallet", account_id)}
    balances = await ledger.queries.balances(session, list(places.values()), currency)
    there = {
        "net": sum(sign * each.net for sign, each in signed),
        "tax": sum(sign * each.tax for sign, each in signed),
        **{name: balances.get(place, 0) for name, place in places.items()},
    }
    return [
        Difference(
            scenario.where(expected.line),
            f"{expected.account}: {name} should be {_amount(scenario, amount)} in the end, and is "
            f"{_amount(scenario, there[name])}",
        )
        for name, amount in expected.values.items()
        if amount != there[name]
    ]


def _named(scenario: Scenario, each: Found | ExpectedInvoice) -> str:
    local = each.at.astimezone(ZoneInfo(scenario.time_zone))
    word = each.kind.replace("_", " ")
    return f"{word} of {each.account} on {local:%Y-%m-%d %H:%M} over {_amount(scenario, each.total)}"


def _amount(scenario: Scenario, amount: int) -> str:
    return f"{Money(amount, scenario.currency).decimal}"
