"""`serai coupon …`"""

from decimal import Decimal, InvalidOperation
from typing import Annotated, get_args

import typer

from serai.cli.products import date_of
from serai.kit.errors import Invalid
from serai.kit.money import Money
from serai.modules import catalog
from serai.terminal.output import Json, console, moment, print_json, print_table
from serai.terminal.session import run, transaction

app = typer.Typer(no_args_is_help=True)

Code = Annotated[str, typer.Argument(metavar="CODE")]


@app.command("list")
def list_(as_json: Json = False) -> None:
    """All coupons, and how often each was redeemed."""

    async def work() -> list[catalog.CouponView]:
        async with transaction() as (_, session, actor):
            return await catalog.list_coupons(session, actor)

    found = run(work())
    if as_json:
        print_json(found)
        return
    rows = [
        (each.code, each.name, _gives(each.terms), _lasts(each.terms),
         f"{each.redeemed} of {each.max_redemptions or 'any'}", moment(each.valid_until),
         "" if each.active else "ended")
        for each in found
    ]  # fmt: skip
    print_table(
        ("CODE", "NAME", "OFF", "LASTS", "REDEEMED", "UNTIL", ""), rows,
        "No coupons yet: serai coupon create WELCOME --percent 10",
    )  # fmt: skip


@app.command()
def create(  # noqa: PLR0913, PLR0917 - one option each
    code: Code,
    percent: Annotated[str | None, typer.Option(help="So many percent off, such as 10 or 12.5.")] = None,
    amount: Annotated[str | None, typer.Option(help="So much off, with its currency: 5.00USD.")] = None,
    name: Annotated[str, typer.Option(help="What it is for.")] = "",
    duration: Annotated[str, typer.Option(help="once, repeating or forever.")] = "once",
    periods: Annotated[int | None, typer.Option(min=1, help="How many a repeating one lasts.")] = None,
    redemptions: Annotated[int | None, typer.Option(min=1, help="At most so many in all.")] = None,
    per_account: Annotated[int | None, typer.Option(min=1, help="At most so many an account.")] = None,
    minimum: Annotated[str | None, typer.Option(help="For purchases from 50.00USD on.")] = None,
    since: Annotated[str | None, typer.Option("--from", metavar="DATE", help="Holds from then on.")] = None,
    until: Annotated[str | None, typer.Option(metavar="DATE", help="Holds until then.")] = None,
    period: Annotated[list[str] | None, typer.Option(help="For such periods only; repeat.")] = None,
    package: Annotated[list[str] | None, typer.Option(help="For such packages (ids) only; repeat.")] = None,
    first: Annotated[bool, typer.Option("--first", help="For a first purchase only.")] = False,
    stackable: Annotated[bool, typer.Option(help="May be combined with others.")] = False,
    as_json: Json = False,
) -> None:
    """Make a coupon."""
    off, least = _money(amount), _money(minimum)
    terms = catalog.CouponTerms(
        bps=_bps(percent), amount=off.amount if off else None, currency=off.currency if off else None,
        duration=_duration(duration), periods=periods, minimum=least.amount if least else None,
        minimum_currency=least.currency if least else None, package_ids=tuple(package or ()),
        period_keys=tuple(period or ()), first_purchase_only=first, stackable=stackable,
    )  # fmt: skip
    new = catalog.CouponSettings(
        terms=terms, name=name, valid_from=date_of(since), valid_until=date_of(until),
        max_redemptions=redemptions, max_per_account=per_account,
    )  # fmt: skip

    async def work() -> catalog.CouponView:
        async with transaction() as (_, session, actor):
            return await catalog.add_coupon(session, actor, code, new)

    made = run(work())
    if as_json:
        print_json(made)
    else:
        console.print(f"{made.code} takes {_gives(made.terms)} off, {_lasts(made.terms)}.")


@app.command()
def end(code: Code) -> None:
    """Nobody can redeem it from now on; what was redeemed goes on."""

    async def work() -> catalog.CouponView:
        async with transaction() as (_, session, actor):
            return await catalog.end_coupon(session, actor, code)

    console.print(f"{run(work()).code} has ended.")


def _gives(terms: catalog.CouponTerms) -> str:
    if terms.amount is not None and terms.currency is not None:
        return f"{Money(terms.amount, terms.currency).decimal} {terms.currency}"
    return f"{Decimal(terms.bps or 0) / 100:f} %"


def _lasts(terms: catalog.CouponTerms) -> str:
    return f"{terms.periods} periods" if terms.duration == "repeating" else terms.duration


def _bps(percent: str | None) -> int | None:
    if percent is None:
        return None
    try:
        hundredths = Decimal(percent) * 100
    except InvalidOperation:
        raise Invalid(f"{percent!r} is no percentage; write it like 12.5.") from None
    if hundredths != int(hundredths):
        raise Invalid(f"{percent} has more than two decimals.")
    return int(hundredths)


def _money(text: str | None) -> Money | None:
    if text is None:
        return None
    amount, currency = text[:-3].strip(), text[-3:].upper()
    if not amount or not currency.isalpha():
        raise Invalid(f"{text!r} is no amount; write it with its currency, like 5.00USD.")
    return Money.parse(amount, currency)


def _duration(text: str) -> catalog.Duration:
    for known in get_args(catalog.Duration):
        if text == known:
            found: catalog.Duration = known
            return found
    raise Invalid(f"{text!r} is no duration; it is once, repeating or forever.")
