"""What a module brings along, as plain data: the names of what stands elsewhere. A composition root walks
the modules in their order and loads of each what it is there for — the web routers and pages, the
worker jobs and schedules, the terminal the one command that is called."""

import importlib
import importlib.util
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Commands:
    """A group of the terminal's commands, `serai NAME …`. `app`: where its Typer stands."""

    name: str
    help: str
    app: str


@dataclass(frozen=True, slots=True)
class Schedule:
    """The job `task`, queued every so many `seconds` unless the one before still waits."""

    task: str
    seconds: int


@dataclass(frozen=True, slots=True)
class Module:
    """`routers`: of the API. `pages`: routers of pages; importing one registers its navigation.
    `templates`: directories of templates, relative to the module's own. Permissions (`policy`), events
    (`events`) and reactions are there when the module's door has been imported."""

    name: str
    routers: Sequence[str] = ()
    pages: Sequence[str] = ()
    templates: Sequence[str] = ()
    commands: Sequence[Commands] = ()
    schedules: Sequence[Schedule] = ()


def read(package: str, directory: Path, names: Sequence[str]) -> Iterator[Module]:
    """The `MODULE` of each `module.py`, without loading what stands beside it."""
    for name in names:
        spec = importlib.util.spec_from_file_location(
            f"{package}.{name}.module", directory / name / "module.py"
        )
        if spec is None or spec.loader is None:
            raise ImportError(f"{package}.{name} has no module.py")
        found = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(found)
        yield found.MODULE


def load(name: str) -> Any:
    """`package.module:attribute`."""
    module, _colon, attribute = name.partition(":")
    return getattr(importlib.import_module(module), attribute)
