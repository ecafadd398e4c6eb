"""`serai operation …`"""

from typing import Annotated

import typer

from serai.modules import operations
from serai.terminal.output import Json, console, moment, print_fields, print_json, print_table
from serai.terminal.progress import conclude
from serai.terminal.progress import watch as follow_operation
from serai.terminal.session import operator, platform, run, transaction

app = typer.Typer(no_args_is_help=True)

Id = Annotated[str, typer.Argument(help="The operation's id, op_….", metavar="ID")]


@app.command("list")
def list_(
    state: Annotated[str | None, typer.Option(help="Only those in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 50,
    as_json: Json = False,
) -> None:
    """The operations, newest first."""

    async def work() -> None:
        async with transaction() as (_, session, actor):
            found = await operations.page(session, actor, state=state, limit=limit)
        views = [operations.view(operation) for operation in found]
        if as_json:
            print_json(views)
            return
        print_table(
            ("ID", "KIND", "OF", "STATE", "%", "ASKED", "TOOK"),
            [
                (v.id, v.kind, v.subject_name, v.state, v.progress, moment(v.created_at),
                 f"{v.duration_ms / 1000:.1f} s" if v.duration_ms is not None else "")
                for v in views
            ],
            "No operations yet.",
        )  # fmt: skip

    run(work())


@app.command()
def show(operation_id: Id, as_json: Json = False) -> None:
    """One operation with its steps and log."""

    async def work() -> None:
        async with transaction() as (_, session, actor):
            snapshot = await operations.snapshot(session, actor, operation_id)
        if as_json:
            print_json(snapshot)
            return
        print_fields(
            [("id", snapshot.id), ("kind", snapshot.kind), ("of", snapshot.subject_name),
             ("state", snapshot.state), ("progress", f"{snapshot.progress} %"),
             ("error", snapshot.error)]
        )  # fmt: skip
        print_table(
            ("STEP", "STATE", "TRIES", "MS"),
            [(s.title, s.state, s.attempts, s.duration_ms) for s in snapshot.steps],
            "",
        )
        for line in snapshot.logs:
            console.print(f"{moment(line.at)}  {line.message}", markup=False, soft_wrap=True)

    run(work())


@app.command()
def watch(operation_id: Id, as_json: Json = False) -> None:
    """Follow an operation to its end; exits with 0 only if it succeeded."""

    async def work() -> int:
        async with platform() as opened:
            async with opened.database.transaction() as session:
                actor = await operator(session)
            snapshot = await follow_operation(opened, actor, operation_id, as_json=as_json)
        return conclude(snapshot, as_json=as_json)

    raise typer.Exit(run(work()))


@app.command()
def cancel(operation_id: Id, as_json: Json = False) -> None:
    """Give an operation up and undo what it did."""
    _ask(operation_id, "cancel", as_json)


@app.command()
def retry(operation_id: Id, as_json: Json = False) -> None:
    """Run a failed or cancelled operation again."""
    _ask(operation_id, "retry", as_json)


def _ask(operation_id: str, intent: str, as_json: bool) -> None:
    async def work() -> None:
        async with transaction() as (_, session, actor):
            change = operations.cancel if intent == "cancel" else operations.retry
            operation = await change(session, actor, operation_id)
            view = operations.view(operation)
        if as_json:
            print_json(view)
        else:
            console.print(f"Asked for. Follow it: serai operation watch {operation_id}")

    run(work())
