"""`serai audit …`"""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from serai.kit import clock
from serai.modules import audit
from serai.terminal.output import Json, complaints, console, moment, print_json, print_table
from serai.terminal.session import run, transaction

app = typer.Typer(no_args_is_help=True)

Text = Annotated[str, typer.Option(help="Found in names, ids, actions and addresses.")]
Account = Annotated[str, typer.Option(help="One account's id.")]
Days = Annotated[int | None, typer.Option(min=1, help="Only the last so many days.")]


@app.command("list")
def list_(
    text: Text = "", account: Account = "", days: Days = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 50, as_json: Json = False,
) -> None:  # fmt: skip
    """The newest records first."""

    async def work() -> None:
        async with transaction() as (_, session, actor):
            found = await audit.page(session, actor, _search(text, account, days), limit=limit)
            views = [audit.record_view(each) for each in found]
        if as_json:
            print_json(views)
            return
        print_table(
            ("WHEN", "WHO", "ACTION", "SUBJECT", "FROM"),
            [(moment(v.at), v.impersonator or v.actor_name, v.action, v.subject, v.ip or v.via) for v in views],
            "Nothing matches.",
        )

    run(work())


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="Ends in .csv or .jsonl.")],
    text: Text = "", account: Account = "", days: Days = None,
) -> None:  # fmt: skip
    """Write what matches into a file, oldest first."""
    encode = {".csv": audit.as_csv, ".jsonl": audit.as_json_lines}.get(file.suffix)
    if encode is None:
        raise typer.BadParameter("the file's name ends in .csv or .jsonl")
    search = _search(text, account, days)

    async def work() -> None:
        async with transaction() as (_, session, actor):
            await audit.note_export(session, actor, search)
        async with transaction() as (_, session, actor):
            with file.open("wb") as output:
                async for piece in encode(audit.export(session, actor, search)):
                    output.write(piece)
        console.print(f"{file} is written.")

    run(work())


@app.command()
def verify(as_json: Json = False) -> None:
    """Compute every seal again. Ends with 1 when a record was changed, removed or put in.

    Keep the printed heads elsewhere: who can write to the whole database could seal anew.
    """

    async def work() -> audit.Verified:
        async with transaction() as (_, session, actor):
            return await audit.verify(session, actor)

    found = run(work())
    if as_json:
        print_json(found)
    else:
        for chain, (length, digest) in sorted(found.heads.items()):
            console.print(f"{chain} {length} {digest}", soft_wrap=True, highlight=False)
        console.print(f"{found.records} records in {len(found.heads)} chains, {len(found.broken)} broken.")
    for each in found.broken:
        complaints.print(f"{each.chain}, record {each.position} ({each.record_id}): {each.why}", markup=False)
    raise typer.Exit(1 if found.broken else 0)


def _search(text: str, account: str, days: int | None) -> audit.Search:
    since = clock.now() - timedelta(days=days) if days else None
    return audit.Search(text=text, account_id=account, since=since)
