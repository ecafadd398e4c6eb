"""What the catalogue asks of a release builder."""

from pathlib import Path
from typing import Protocol

from serai.kit.errors import SeraiError
from serai.modules.catalog.blueprint.model import Blueprint


class BuildLog(Protocol):
    """Where a build says what it does. `fraction` runs from 0 to 1 within the present step."""

    async def line(self, text: str) -> None: ...

    async def progress(self, fraction: float) -> None: ...


class ReleaseBuilder(Protocol):
    """Builds one immutable release into `target`. Every method may be repeated after a crash:
    what a dead builder left behind is removed first. A failure raises `BuildFailed`, whose
    message ends with the last lines the tool printed."""

    async def install(self, blueprint: Blueprint, target: Path, log: BuildLog) -> None:
        """Make the virtual environment, install Python requirements and npm packages, run the
        blueprint's own build commands."""

    async def initialise(self, blueprint: Blueprint, release: Path, database_url: str, log: BuildLog) -> None:
        """Fill the empty template database behind `database_url` (its owner's URL)."""

    async def remove(self, target: Path) -> None:
        """Delete the release's directory, if there is one."""


class BuildFailed(SeraiError):
    """A release could not be built; the message says what to do and ends with the log's tail."""

    code = "catalog.build_failed"
