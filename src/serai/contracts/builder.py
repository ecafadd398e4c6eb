"""Builds immutable releases out of what a vendor wrote."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from serai.contracts.files import TextFile
from serai.kit.errors import SeraiError

Command = Sequence[str]


@dataclass(frozen=True, slots=True)
class ReleasePlan:
    """What goes into a release, read from `source`. `requirements`: a hashed lock file; `npm`: a
    directory with package-lock.json; `files`: (source, target), each a file or a directory; `build`:
    commands with `${release}` and `${python}`, run in it at the end."""

    version: str
    source: Path
    requirements: str | None = None
    npm: str | None = None
    files: Sequence[tuple[str, str]] = ()
    build: Sequence[Command] = ()


@dataclass(frozen=True, slots=True)
class TemplatePlan:
    """How an empty template database is filled. Commands, files and environment may hold
    placeholders of the build, of `database.*`, and `${home}` and `${secret}`."""

    commands: Sequence[Command] = ()
    files: Sequence[TextFile] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


class BuildLog(Protocol):
    """Where a build says what it does. `fraction` runs from 0 to 1 within the present step."""

    async def line(self, text: str) -> None: ...

    async def progress(self, fraction: float) -> None: ...


class ReleaseBuilder(Protocol):
    """Builds one immutable release into `target`. Every method may be repeated after a crash:
    what a dead builder left behind is removed first. A failure raises `BuildFailed`, whose
    message ends with the last lines the tool printed."""

    async def install(self, plan: ReleasePlan, target: Path, log: BuildLog) -> None:
        """Make the virtual environment, install Python requirements and npm packages, run the
        plan's own build commands."""

    async def initialise(self, plan: TemplatePlan, release: Path, database_url: str, log: BuildLog) -> None:
        """Fill the empty template database behind `database_url` (its owner's URL)."""

    async def remove(self, target: Path) -> None:
        """Delete the release's directory, if there is one."""


class BuildFailed(SeraiError):
    """A release could not be built; the message says what to do and ends with the log's tail."""

    code = "catalog.build_failed"
