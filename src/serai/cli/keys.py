"""`serai keys …`"""

from typing import Annotated

import typer

from serai.modules import identity
from serai.terminal.output import Json, console, moment, print_json
from serai.terminal.session import run, transaction

app = typer.Typer(no_args_is_help=True)


@app.callback()
def keys() -> None:
    """The keys that sign tokens."""


@app.command()
def rotate(
    compromised: Annotated[
        bool, typer.Option("--compromised", help="Believe nothing the former keys signed, at once.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Publish a new signing key. It signs an hour later, and the former one stays valid for a day
    more; this also happens by itself every ninety days."""

    async def work() -> None:
        async with transaction() as (platform, session, actor):
            row = await identity.signing_keys.rotate(session, platform.vault, actor, compromised=compromised)
        if as_json:
            print_json({"id": row.id, "signs_from": moment(row.signs_from)})
        else:
            console.print(f"{row.id} signs from {moment(row.signs_from)} on.")

    run(work())
