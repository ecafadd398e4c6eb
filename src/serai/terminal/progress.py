"""Watches an operation in the terminal: a bar and lines, or one JSON object a change."""

import msgspec
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from serai.composition import Platform
from serai.kit.actor import Actor
from serai.kit.errors import SeraiError
from serai.modules import operations
from serai.terminal.output import complaints, console, report

_MARKS = {"done": "[green]✓[/green]", "failed": "[red]✗[/red]", "undone": "[yellow]↺[/yellow]"}


async def watch(
    platform: Platform, actor: Actor, operation_id: str, *, as_json: bool = False
) -> operations.OperationSnapshot:
    """Follow the operation to its end and return its last snapshot."""
    stream = operations.watch(platform.database, actor, operation_id)
    last: operations.OperationSnapshot | None = None
    if as_json:
        async for last in stream:
            print(msgspec.json.encode(last).decode(), flush=True)
    else:
        last = await _show(stream)
    if last is None:
        raise RuntimeError("an operation's stream yields at least once")
    return last


async def _show(stream: object) -> operations.OperationSnapshot | None:
    shown: dict[str, str] = {}
    last: operations.OperationSnapshot | None = None
    columns = (
        TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn(),
    )  # fmt: skip
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("…", total=100)
        async for last in stream:  # type: ignore[attr-defined]
            running = next((s.title for s in last.steps if s.state in {"running", "undoing"}), last.title)
            bar.update(task, completed=last.progress, description=f"{last.subject_name}: {running}")
            for line in last.logs:
                mark = {"error": "[red]", "warning": "[yellow]"}.get(line.level, "[dim]")
                message = line.message.replace("[", "\\[")
                bar.console.print(f"  {mark}{message}[/]", soft_wrap=True)
            _show_steps(bar, last, shown)
    return last


def _show_steps(bar: Progress, snapshot: operations.OperationSnapshot, shown: dict[str, str]) -> None:
    for step in snapshot.steps:
        if step.state in _MARKS and shown.get(step.name) != step.state:
            shown[step.name] = step.state
            took = f" [dim]{step.duration_ms} ms[/dim]" if step.duration_ms is not None else ""
            bar.console.print(f"{_MARKS[step.state]} {step.title}{took}")


def conclude(snapshot: operations.OperationSnapshot, *, as_json: bool = False) -> int:
    """Say how it ended; the exit code: 0 only for success."""
    if as_json:
        return _conclude_for_scripts(snapshot)
    if snapshot.state == "succeeded":
        took = (snapshot.duration_ms or 0) / 1000
        console.print(f"[green]{snapshot.title}: {snapshot.subject_name} done in {took:.1f} s.[/green]")
        return 0
    complaints.print(f"[red]{snapshot.title} of {snapshot.subject_name} {snapshot.state}.[/red]")
    if snapshot.error:
        complaints.print(snapshot.error, markup=False)
        undone = f"Undoing it failed, too: {snapshot.undo_error}" if snapshot.undo_error else "It was undone."
        complaints.print(
            f"{undone} Try again: serai operation retry {snapshot.id}", markup=False, soft_wrap=True
        )
    return 1


def _conclude_for_scripts(snapshot: operations.OperationSnapshot) -> int:
    """The stream's last object tells it all; a failure is also an error like any other."""
    if snapshot.state == "succeeded":
        return 0
    message = snapshot.error or f"{snapshot.title} of {snapshot.subject_name} was {snapshot.state}."
    return report(SeraiError(message, code=f"operations.{snapshot.state}"))
