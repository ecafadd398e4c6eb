"""What the terminal prints, for people and (`--json`) for scripts; and its exit codes."""

import os
import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from serai.kit.errors import Conflict, Denied, Invalid, NotFound, SeraiError, Unavailable

# sysexits.h where it has a fitting number
EXIT_FAILED = 1
_EXIT_CODES: tuple[tuple[type[SeraiError], int], ...] = (
    (Invalid, 65),
    (NotFound, 66),
    (Unavailable, 69),
    (Conflict, 75),
    (Denied, 77),
)

Json = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]

console = Console(highlight=False)
complaints = Console(stderr=True, highlight=False)


def report(error: SeraiError) -> int:
    """Say what is wrong on standard error; JSON when the command line asks for it."""
    if "--json" in sys.argv:
        problem = {"code": error.code, "message": error.message, "fields": error.fields}
        print(msgspec.json.encode(problem).decode(), file=sys.stderr)
    else:
        complaints.print(f"[red]{_escape(error.message)}[/red]")
        for name, text in error.fields.items():
            if text and text != error.message:
                complaints.print(f"  {name}: {_escape(text)}")
    return next((code for kind, code in _EXIT_CODES if isinstance(error, kind)), EXIT_FAILED)


def print_json(value: Any) -> None:
    print(msgspec.json.format(msgspec.json.encode(value, enc_hook=_plain), indent=2).decode())


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]], empty: str) -> None:
    if not rows:
        console.print(empty)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(_escape("" if cell is None else str(cell)) for cell in row))
    if not console.is_terminal:
        Console(width=_WIDE, highlight=False).print(table)
        return
    console.print(table)


def print_fields(fields: Sequence[tuple[str, object]]) -> None:
    width = max(len(name) for name, _ in fields)
    for name, value in fields:
        console.print(
            f"[dim]{name:<{width}}[/dim]  {_escape('–' if value in (None, '') else str(value))}",
            soft_wrap=True,
        )


def moment(at: datetime | None) -> str:
    return at.astimezone().strftime("%Y-%m-%d %H:%M:%S") if at else ""


def _escape(text: str) -> str:
    return text.replace("[", "\\[")


def _plain(value: object) -> object:
    if hasattr(value, "__dict__"):
        return {key: each for key, each in vars(value).items() if not key.startswith("_")}
    return str(value)


_WIDE = int(os.environ.get("COLUMNS", "200"))
