"""`serai clock …`: go ahead in time on a development platform, and watch renewals and reminders come."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from serai.kit.clock import ShiftedClock
from serai.kit.errors import Denied
from serai.kit.settings import Settings
from serai.terminal.output import Json, console, moment, print_json

app = typer.Typer(no_args_is_help=True)


@app.command("show")
def show(as_json: Json = False) -> None:
    """What time it is for the platform."""
    _tell(_file(), as_json=as_json)


@app.command("forward")
def forward(
    days: Annotated[float, typer.Argument(metavar="DAYS", min=0, max=3660)], as_json: Json = False
) -> None:
    """Go that many days ahead. Everything of the platform sees the new time at once; what is done then
    keeps its date, also after `serai clock reset`."""
    file = _file()
    ahead = ShiftedClock(file).ahead() + timedelta(days=days)
    file.write_text(str(ahead.total_seconds()))
    _tell(file, as_json=as_json)


@app.command("reset")
def reset(as_json: Json = False) -> None:
    """Back to the real time."""
    file = _file()
    file.unlink(missing_ok=True)
    _tell(file, as_json=as_json)


def _file() -> Path:
    settings = Settings()
    if settings.environment != "development":
        raise Denied("The clock of a production platform is the real one. Set SERAI_ENVIRONMENT=development to play.")
    return settings.clock_file


def _tell(file: Path, *, as_json: bool) -> None:
    clock = ShiftedClock(file)
    if as_json:
        print_json({"now": clock.now(), "ahead_seconds": clock.ahead().total_seconds()})
    else:
        console.print(f"{moment(clock.now())} ({clock.ahead().total_seconds() / 86_400:g} days ahead)")
