"""`serai billing simulate`: months ahead in seconds, by the real code, on a database of its own."""

import csv
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from serai.cli import price_wishes
from serai.cli.scratch import copy_platform, scratch
from serai.kit import clock
from serai.kit.actor import SYSTEM
from serai.kit.errors import Invalid
from serai.kit.money import Money
from serai.kit.settings import Settings
from serai.modules import billing
from serai.modules.billing import simulation
from serai.terminal.output import Json, complaints, console, print_json, print_table
from serai.terminal.session import run

_COLUMNS = (
    "month", "currency", "invoices", "net", "tax", "cash", "mrr", "trialing", "active", "past_due",
    "suspended", "churned",
)  # fmt: skip
_MONEY = {"net", "tax", "cash", "mrr"}
_MOST_MONTHS = 120

File = Annotated[Path | None, typer.Argument(help="A scenario; without one a copy of this platform.")]
Months = Annotated[int, typer.Option(min=1, max=_MOST_MONTHS, help="How far, for a copy.")]
Prices = Annotated[
    list[str] | None,
    typer.Option(metavar="PRODUCT/PACKAGE/PERIOD/CURRENCY=+10%@DATE", help="What if; may be repeated."),
]
AlsoRunning = Annotated[
    bool, typer.Option("--also-running", help="Running subscriptions pay it, too, from their next renewal.")
]
OnlyMethods = Annotated[
    bool, typer.Option("--only-saved-methods", help="Who has saved no way to pay does not pay.")
]
Exact = Annotated[bool, typer.Option("--exact", help="Each renewal at its minute, not at its day's end.")]
Zone = Annotated[str, typer.Option(help="Whose months, for a copy.")]
ScratchUrl = Annotated[
    str | None, typer.Option(help="An empty database to work in, by its owner's address.")
]
Csv = Annotated[bool, typer.Option("--csv", help="Print CSV.")]


def simulate(
    file: File = None,
    months: Months = 12,
    price: Prices = None,
    also_running: AlsoRunning = False,
    only_saved_methods: OnlyMethods = False,
    exact: Exact = False,
    time_zone: Zone = "UTC",
    scratch_url: ScratchUrl = None,
    as_csv: Csv = False,
    as_json: Json = False,
) -> None:
    """Run renewals, payments and reminders for months ahead, and say what comes of it. Nothing of the
    platform is changed, nobody is charged, no mail is sent."""
    if file is not None and price:
        raise Invalid("A scenario names its own price changes; leave --price out, or the file.")
    if not billing.periods.is_time_zone(time_zone):
        raise Invalid(f"There is no time zone {time_zone!r}; choose one such as Africa/Cairo.")
    if file is not None:
        report = run(_play(file, scratch_url))
    else:
        until = _months_ahead(months, time_zone)
        wishes = [price_wishes.parse(each, time_zone) for each in price or ()]
        report = run(
            _foresee(until, wishes, scratch_url, also_running=also_running, time_zone=time_zone,
                     everybody_pays=not only_saved_methods, daily=not exact)
        )  # fmt: skip
    _show(report, as_json=as_json, as_csv=as_csv)
    if report.differences or report.broken or report.failed:
        raise typer.Exit(1)


async def _play(file: Path, scratch_url: str | None) -> simulation.Report:
    scenario = simulation.read(file)
    async with scratch(Settings(), scratch_url) as (database, vault):
        return await simulation.play(database, vault, scenario)


async def _foresee(
    until: datetime, wishes: Sequence[price_wishes.PaymentIntent], scratch_url: str | None, *, also_running: bool,
    **how: Any,
) -> simulation.Report:  # fmt: skip
    settings = Settings()
    async with scratch(settings, scratch_url) as (database, vault):
        await copy_platform(settings, database)
        async with database.transaction() as session:
            found = [
                await price_wishes.resolve(session, SYSTEM, intent, also_running=also_running)
                for intent in wishes
            ]
        report = await simulation.foresee(database, vault, until, [each.change for each in found], **how)
    return price_wishes.noted(report, found)


def _months_ahead(months: int, time_zone: str) -> datetime:
    """The end of the month so many ahead, the running one counted as the first."""
    here = clock.now().astimezone(ZoneInfo(time_zone))
    day = billing.periods.add_months(here.date().replace(day=1), months)
    return datetime(day.year, day.month, 1, tzinfo=ZoneInfo(time_zone)).astimezone(clock.now().tzinfo)


def _show(report: simulation.Report, *, as_json: bool, as_csv: bool) -> None:
    if as_json:
        print_json(asdict(report))
        return
    rows = [tuple(_cell(month, name) for name in _COLUMNS) for month in report.months]
    if as_csv:
        writer = csv.writer(sys.stdout)
        writer.writerow(_COLUMNS)
        writer.writerows(rows)
        return
    print_table(tuple(name.replace("_", " ").upper() for name in _COLUMNS), rows, "Nothing was invoiced.")
    for note in report.notes:
        console.print(note, markup=False, soft_wrap=True)
    for wrong in (*map(str, report.differences), *report.broken):
        complaints.print(wrong, markup=False, soft_wrap=True)
    for subscription_id, why in report.failed.items():
        complaints.print(f"{subscription_id} could not be renewed: {why}", markup=False, soft_wrap=True)
    compared = (
        f", {report.compared} expectations, {len(report.differences)} not met" if report.compared else ""
    )
    console.print(f"{report.seconds:.1f} s{compared}.")


def _cell(month: simulation.Month, name: str) -> str:
    value = getattr(month, name)
    return str(Money(value, month.currency).decimal) if name in _MONEY else str(value)
