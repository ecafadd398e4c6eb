"""The terminal's face: `serai …`. A composition root."""

import sys

import typer

from serai.cli import platform
from serai.cli.groups import LazyGroups
from serai.kit.errors import Invalid, SeraiError

app = typer.Typer(
    name="serai",
    cls=LazyGroups,
    help="Serai, the open SaaS operating system. Commands that answer something take --json, for scripts.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
platform.add_to(app)


def main() -> None:
    """Run, and turn every error of ours into one line and an exit code."""
    try:
        app()
    except SeraiError as error:
        _end(error)
    except KeyboardInterrupt:
        sys.exit(130)
    except ValueError as error:
        _end(_wrong_settings(error))


def _end(error: SeraiError) -> None:
    from serai.terminal.output import report

    sys.exit(report(error))


def _wrong_settings(error: ValueError) -> Invalid:
    """Of the settings: nothing else is read with Pydantic here. Raises any other error again."""
    from pydantic import ValidationError

    if not isinstance(error, ValidationError):
        raise error
    wrong = {f"SERAI_{each['loc'][0]}".upper(): each["msg"] for each in error.errors()}
    names = ", ".join(wrong)
    return Invalid(f"The environment holds a setting that makes no sense: {names}.", fields=wrong)
