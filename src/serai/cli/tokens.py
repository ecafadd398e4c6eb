"""`serai token …`"""

from typing import Annotated

import typer

from serai.modules import identity
from serai.terminal.output import Json, console, moment, print_json, print_table
from serai.terminal.session import OPERATOR_EMAIL, customer, operator, platform, run, transaction

app = typer.Typer(no_args_is_help=True)


@app.command()
def create(
    name: Annotated[str, typer.Option(help="What it is for.")] = "terminal",
    email: Annotated[str, typer.Option(help="The account's owner.")] = OPERATOR_EMAIL,
    for_platform: Annotated[bool, typer.Option("--platform", help="Act as staff.")] = False,
    days: Annotated[int | None, typer.Option(min=1, help="Expire after so many days.")] = None,
    scope: Annotated[
        list[str] | None, typer.Option(help="What it may do, such as launches:read; repeat. All by default.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a token; it is shown this once."""

    async def work() -> None:
        async with platform() as opened, opened.database.transaction() as session:
            actor = await (operator(session) if for_platform else customer(session, email))
            row, clear = await identity.create_token(
                session, actor, name, scopes=scope or ["*"], platform=for_platform, days=days
            )
        if as_json:
            print_json({"id": row.id, "name": row.name, "token": clear})
        else:
            console.print(clear, soft_wrap=True)

    run(work())


@app.command("list")
def list_(as_json: Json = False) -> None:
    """The tokens, without their secrets."""

    async def work() -> None:
        async with transaction() as (_, session, actor):
            rows = await identity.list_tokens(session, actor)
        found = [
            {"id": r.id, "name": r.name, "platform": r.platform, "created": moment(r.created_at),
             "expires": moment(r.expires_at), "revoked": moment(r.revoked_at)}
            for r in rows
        ]  # fmt: skip
        if as_json:
            print_json(found)
        else:
            print_table(
                ("ID", "NAME", "PLATFORM", "MADE", "EXPIRES", "REVOKED"),
                [tuple(row.values()) for row in found], "No tokens yet: serai token create",
            )  # fmt: skip

    run(work())


@app.command()
def revoke(token_id: Annotated[str, typer.Argument(metavar="ID")], as_json: Json = False) -> None:
    """End a token at once."""

    async def work() -> None:
        async with transaction() as (_, session, actor):
            await identity.revoke_token(session, actor, token_id)

    run(work())
    if as_json:
        print_json({"id": token_id, "revoked": True})
    else:
        console.print(f"{token_id} is revoked.")
