"""`serai product …`"""

from datetime import UTC, datetime
from typing import Annotated

import typer

from serai.kit import clock
from serai.kit.db import Session
from serai.kit.errors import Invalid
from serai.kit.money import Money
from serai.modules import catalog
from serai.terminal.output import Json, console, moment, print_json, print_table
from serai.terminal.session import run, transaction

app = typer.Typer(no_args_is_help=True)
prices = typer.Typer(help="Prices and their versions.", no_args_is_help=True)
app.add_typer(prices, name="price")

Product = Annotated[str, typer.Argument(metavar="PRODUCT", help="Its short name, such as erp.")]
Package = Annotated[str, typer.Argument(metavar="PACKAGE", help="A package, add-on or bundle.")]
From = Annotated[
    str | None,
    typer.Option("--from", metavar="DATE", help="2027-03-01, or with a time; UTC. Now by default."),
]


@app.command("list")
def list_(as_json: Json = False) -> None:
    """The products with what is sold of them and its prices."""

    async def work() -> None:
        async with transaction() as (_, session, _actor):
            products = await catalog.list_products(session)
            releases = {r.id: r for r in await catalog.list_releases(session)}
        if as_json:
            print_json(products)
            return
        rows = [
            (product.slug, product.name["en"], package.key, package.kind, _prices(package),
             release.version if (release := releases.get(product.release_id or "")) else "",
             release.state if release else "")
            for product in products
            for package in (*product.packages, *product.addons, *product.bundles)
        ]  # fmt: skip
        print_table(
            ("PRODUCT", "NAME", "PACKAGE", "KIND", "PRICES", "RELEASE", "BUILT"), rows, "No products yet."
        )

    run(work())


@prices.command("list")
def list_prices(
    product: Product,
    package: Annotated[str | None, typer.Argument(metavar="[PACKAGE]", help="All by default.")] = None,
    as_json: Json = False,
) -> None:
    """Every version of every price: what was, is and will be."""

    async def work() -> list[catalog.PriceView]:
        async with transaction() as (_, session, actor):
            found = await catalog.get_product(session, product, hidden=True)
            sold = [*found.packages, *found.addons, *found.bundles]
            if package is not None:
                sold = [await _package(session, product, package)]
            return [price for each in sold for price in await catalog.price_history(session, actor, each.id)]

    found = run(work())
    if as_json:
        print_json(found)
        return
    rows = [
        (each.package_key, each.period, f"{each.amount.decimal} {each.amount.currency}", each.version,
         _state(each), moment(each.valid_from) if each.version > 1 else "", moment(each.retired_at),
         each.source, each.id)
        for each in found
    ]  # fmt: skip
    columns = ("PACKAGE", "PERIOD", "PRICE", "VERSION", "STATE", "FROM", "UNTIL", "SET BY", "ID")
    print_table(columns, rows, "No prices yet.")


@prices.command("set")
def set_price(
    product: Product,
    package: Package,
    period: Annotated[str, typer.Argument(metavar="PERIOD", help="Such as monthly.")],
    currency: Annotated[str, typer.Argument(metavar="CURRENCY", help="Such as USD.")],
    amount: Annotated[str, typer.Argument(metavar="AMOUNT", help="For one whole period, such as 31.90.")],
    since: From = None,
    as_json: Json = False,
) -> None:
    """What new subscriptions pay. Running ones keep the price they have."""

    async def work() -> catalog.PriceView:
        money, at = Money.parse(amount, currency.upper()), date_of(since)
        async with transaction() as (_, session, actor):
            found = await _package(session, product, package)
            return await catalog.change_price(session, actor, found.id, period, money.currency, money, at)

    made = run(work())
    if as_json:
        print_json(made)
        return
    begins = "now" if made.active else moment(made.valid_from)
    console.print(
        f"{product} {package} costs {made.amount.decimal} {made.amount.currency} {period} from {begins} on "
        f"(version {made.version}, {made.id})."
    )


@prices.command("cancel")
def cancel_price(price_id: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """Take back a change that was planned and has not begun."""

    async def work() -> None:
        async with transaction() as (_, session, actor):
            await catalog.cancel_price(session, actor, price_id)

    run(work())
    console.print(f"{price_id} is taken back; the price before it stays.")


def date_of(text: str | None) -> datetime | None:
    """A date or moment of the command line; UTC where it says no zone."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid(f"{text!r} is no date; write it like 2027-03-01.") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


async def _package(session: Session, product: str, key: str) -> catalog.PackageView:
    found = await catalog.get_product(session, product, hidden=True)
    sold = [*found.packages, *found.addons, *found.bundles]
    for package in sold:
        if package.key == key:
            return package
    offered = ", ".join(each.key for each in sold)
    raise catalog.PackageNotFound(f"{product} has no package {key!r}; there are {offered}.")


def _state(price: catalog.PriceView) -> str:
    if price.active:
        return "holds"
    if price.retired_at == price.valid_from:
        return "taken back"
    return "planned" if price.valid_from > clock.now() else "past"


def _prices(package: catalog.PackageView) -> str:
    return "; ".join(
        f"{period.key}: " + ", ".join(f"{m.decimal} {m.currency}" for m in period.prices.values())
        for period in package.periods
    )
