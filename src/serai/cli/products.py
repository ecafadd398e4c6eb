"""`serai product …`"""

import typer

from serai.modules import catalog
from serai.terminal.output import Json, print_json, print_table
from serai.terminal.session import run, transaction

app = typer.Typer(help="What is sold.", no_args_is_help=True)


@app.command("list")
def list_(as_json: Json = False) -> None:
    """The products with their packages and prices."""

    async def work() -> None:
        async with transaction() as (_, session, _actor):
            products = await catalog.list_products(session)
            releases = {r.id: r for r in await catalog.list_releases(session)}
        if as_json:
            print_json(products)
            return
        rows = [
            (product.slug, product.name["en"], package.key, _prices(package),
             release.version if (release := releases.get(product.release_id or "")) else "",
             release.state if release else "")
            for product in products
            for package in product.packages
        ]  # fmt: skip
        print_table(("PRODUCT", "NAME", "PACKAGE", "PRICES", "RELEASE", "BUILT"), rows, "No products yet.")

    run(work())


def _prices(package: catalog.PackageView) -> str:
    return "; ".join(
        f"{period.key}: " + ", ".join(f"{m.decimal} {m.currency}" for m in period.prices.values())
        for period in package.periods
    )
