"""Runs workloads: a launch's processes, and what is asked of them. Changes carry a fence (`fencing`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from serai.contracts.files import TextFile
from serai.kit.errors import Conflict, SeraiError


@dataclass(frozen=True, slots=True)
class Limits:
    """`memory`, `disk` in bytes; `cpu` in cores; the rest are counts."""

    memory: int
    cpu: float
    processes: int
    files: int
    disk: int


@dataclass(frozen=True, slots=True)
class Health:
    """A GET of `path` with the public Host header; healthy when the status is `status`."""

    path: str
    status: int
    host: str


@dataclass(frozen=True, slots=True)
class Workload:
    """What runs for one launch. `home` is its own writable directory; `readable` are directories it
    may read (the release); all else of Serai's state is hidden from it."""

    launch_id: str
    command: Sequence[str]
    environment: Mapping[str, str]
    home: Path
    readable: Sequence[Path]
    port: int
    uid: int | None
    limits: Limits
    health: Health


@dataclass(frozen=True, slots=True)
class WorkloadStatus:
    """`state`: absent = never started or removed, stopped = told not to run, starting = told to run
    and not healthy yet, running = healthy, crashing = keeps dying (waits `retry_in` seconds).
    `healthy_after`: seconds from the last start to its first answered probe."""

    state: Literal["absent", "stopped", "starting", "running", "crashing"]
    pid: int | None = None
    restarts: int = 0
    exit_code: int | None = None
    retry_in: float = 0
    memory: int | None = None
    healthy_after: float | None = None
    isolation: Sequence[str] = field(default_factory=tuple)
    log_tail: Sequence[str] = field(default_factory=tuple)


class Runtime(Protocol):
    """Runs processes and keeps them running, also over its own restart."""

    async def prepare(self, workload: Workload, files: Sequence[TextFile], fence: int) -> None:
        """Make `home`, owned by the launch's uid, and write `files` into it. Other files put there
        before stay. Raises PortInUse when something else of the server holds the port, Denied for a
        file that would be written elsewhere."""

    async def start(self, workload: Workload, fence: int) -> None:
        """Run it from now on. Returns once it has been started, not once it is healthy."""

    async def wait_healthy(self, launch_id: str, timeout: float) -> WorkloadStatus:
        """Return when healthy; raise `Unhealthy` with the log's tail after `timeout` seconds or
        as soon as the process is found crashing."""

    async def stop(self, launch_id: str, fence: int, grace: float = 10) -> None:
        """End it (TERM, then KILL after `grace` seconds) and keep it from being restarted."""

    async def remove(self, launch_id: str, fence: int) -> None:
        """Stop it and delete its directory, log and cgroups."""

    async def status(self, launch_id: str) -> WorkloadStatus: ...

    async def run(self, workload: Workload, command: Sequence[str], timeout: float) -> str:
        """Run `command` once with the same user, limits and isolation; return its output.
        Raises `CommandFailed` with the output's tail."""

    async def launch_ids(self) -> Sequence[str]:
        """All it knows of, for finding orphans."""


class PortInUse(Conflict):
    """Something that is not ours listens there; another port will do."""

    code = "launches.port_in_use"


class Unhealthy(SeraiError):
    """The process did not become healthy; the message carries what its log says."""

    code = "launches.unhealthy"


class CommandFailed(SeraiError):
    """A one-off command failed; the message carries the end of its output."""

    code = "launches.command_failed"
