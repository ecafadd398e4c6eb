"""`serai mail …`"""

import sys
from datetime import timedelta
from typing import Annotated

import typer

from serai.kit.errors import Invalid
from serai.modules import identity, notifications
from serai.terminal.output import Json, console, moment, print_json, print_table
from serai.terminal.session import run, transaction

app = typer.Typer(no_args_is_help=True)


@app.command("list")
def list_(
    state: Annotated[str, typer.Option(help=f"One of {', '.join(notifications.STATES)}.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=500)] = 20,
    as_json: Json = False,
) -> None:
    """The newest mails, and what became of them."""

    async def work() -> None:
        async with transaction() as (_, session, actor):
            found = await notifications.log.page(session, actor, state=state or None, limit=limit)
        rows = [
            {"id": m.id, "to": m.recipient, "kind": m.kind, "state": m.state, "attempts": m.attempts,
             "queued": moment(m.created_at), "error": m.last_error}
            for m in found
        ]  # fmt: skip
        if as_json:
            print_json(rows)
        else:
            print_table(
                ("ID", "TO", "KIND", "STATE", "ATTEMPTS", "QUEUED", "ERROR"),
                [tuple(row.values()) for row in rows], "No mails.",
            )  # fmt: skip

    run(work())


@app.command("test")
def send_test(
    address: Annotated[str, typer.Argument(metavar="ADDRESS")],
    language: Annotated[str, typer.Option(help="en or ar.")] = "en",
    as_json: Json = False,
) -> None:
    """Queue a test mail; the worker sends it, and `serai mail list` tells what became of it."""

    async def work() -> None:
        async with transaction() as (_, session, _actor):
            recipient = identity.clean_email(address)
            mail = await notifications.mail(session, "test", recipient, language=language)
        assert mail is not None
        if as_json:
            print_json({"id": mail.id, "to": mail.recipient, "state": mail.state})
        else:
            console.print(f"{mail.id} to {mail.recipient} is {mail.state}. See `serai mail list`.")

    run(work())


@app.command()
def retry(
    mail_id: Annotated[str, typer.Argument(metavar="[ID]")] = "",
    state: Annotated[
        str, typer.Option(help=f"Instead of an ID: all that are {', '.join(notifications.log.ENDED_BADLY)}.")
    ] = "",
    since: Annotated[
        float, typer.Option(metavar="HOURS", min=0, help="With --state: queued within so many hours.")
    ] = 24,
    as_json: Json = False,
) -> None:
    """Send a mail again that failed, or now one that waits; with --state, all of the last HOURS."""
    if bool(mail_id) == bool(state):
        raise Invalid("Name one mail by its ID, or several by --state (and --since HOURS).")
    run(_retry_all(state, since, as_json=as_json) if state else _retry(mail_id, as_json=as_json))


async def _retry(mail_id: str, *, as_json: bool) -> None:
    async with transaction() as (_, session, actor):
        mail = await notifications.log.retry(session, actor, mail_id)
    if as_json:
        print_json({"id": mail.id, "state": mail.state})
    else:
        console.print(f"{mail.id} is queued again.")


async def _retry_all(state: str, since: float, *, as_json: bool) -> None:
    async with transaction() as (_, session, actor):
        count = await notifications.log.retry_all(session, actor, state, timedelta(hours=since))
    if as_json:
        print_json({"queued": count})
    else:
        console.print(f"{count} mails are queued again.")


@app.command()
def bounce(as_json: Json = False) -> None:
    """Take in a mail that came back (RFC 3464), from standard input: for the mail server's pipe."""

    async def work() -> None:
        reports = notifications.bounces.read(sys.stdin.buffer.read())
        async with transaction() as (_, session, _actor):
            new = await notifications.take_reports(session, reports)
        if as_json:
            print_json([{"to": r.address, "outcome": r.outcome, "hard": r.hard, "mail": r.mail_id} for r in reports])
        else:
            console.print(f"{new} new of {len(reports)} reports.")

    run(work())


@app.command()
def lift(address: Annotated[str, typer.Argument(metavar="ADDRESS")], as_json: Json = False) -> None:
    """Send to an address again that was held back."""

    async def work() -> None:
        async with transaction() as (_, session, actor):
            await notifications.suppressions.lift(session, actor, address.strip().lower())
        if as_json:
            print_json({"address": address, "lifted": True})
        else:
            console.print(f"{address} gets mails again.")

    run(work())
