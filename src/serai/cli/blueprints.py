"""`serai blueprint …`"""

from pathlib import Path
from typing import Annotated

import typer

from serai.modules import catalog
from serai.terminal.output import Json, console, print_json
from serai.terminal.session import run, transaction

app = typer.Typer(no_args_is_help=True)

File = Annotated[Path, typer.Argument(help="A blueprint.yaml, or its directory.", metavar="FILE")]


@app.command()
def check(file: File, as_json: Json = False) -> None:
    """Say what is wrong with a blueprint, by line; exits with 0 if nothing is."""
    problems = catalog.check(file)
    if as_json:
        print_json({"valid": not problems, "problems": problems})
    elif not problems:
        console.print(f"[green]{file} is fine.[/green]")
    else:
        for problem in problems:
            console.print(str(problem), markup=False, soft_wrap=True)
        console.print(f"{len(problems)} to mend.")
    raise typer.Exit(65 if problems else 0)


@app.command()
def load(file: File, as_json: Json = False) -> None:
    """Bring the catalogue up to this blueprint."""

    async def work() -> None:
        blueprint = catalog.load(file)
        async with transaction() as (_, session, actor):
            release = await catalog.sync(session, actor, blueprint)
        found = {"product": blueprint.product.slug, "release": release.version, "state": release.state}
        if as_json:
            print_json(found)
        else:
            console.print(f"{found['product']} {found['release']} is in the catalogue ({found['state']}).")

    run(work())


@app.command()
def schema() -> None:
    """Print the JSON Schema of blueprints."""
    print_json(catalog.schema())
