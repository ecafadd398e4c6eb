"""What launches ask of the machinery under them. Drivers fulfil it; one contract suite tests them.

Every method may be called again after a crash and then ends in the same state (idempotent).
`fence` is the operation's claim number: a driver refuses a number lower than one it has seen
for the same launch with `StaleFence`, so that a worker that was only paused changes nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

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
class Process:
    """One launch's process. `home` is its own writable directory; `readable` are directories it
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
class ProcessStatus:
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

    async def prepare(self, process: Process, fence: int) -> None:
        """Make `home`, owned by the launch's uid. Files put there before stay."""

    async def start(self, process: Process, fence: int) -> None:
        """Run it from now on. Returns once it has been started, not once it is healthy."""

    async def wait_healthy(self, launch_id: str, timeout: float) -> ProcessStatus:
        """Return when healthy; raise `Unhealthy` with the log's tail after `timeout` seconds or
        as soon as the process is found crashing."""

    async def stop(self, launch_id: str, fence: int, grace: float = 10) -> None:
        """End it (TERM, then KILL after `grace` seconds) and keep it from being restarted."""

    async def remove(self, launch_id: str, fence: int) -> None:
        """Stop it and delete its directory, log and cgroups."""

    async def status(self, launch_id: str) -> ProcessStatus: ...

    async def run(self, process: Process, command: Sequence[str], timeout: float) -> str:
        """Run `command` once with the same user, limits and isolation; return its output.
        Raises `CommandFailed` with the output's tail."""

    async def launch_ids(self) -> Sequence[str]:
        """All it knows of, for finding orphans."""


class Edge(Protocol):
    """Puts a public host name in front of a local port."""

    async def put_route(self, launch_id: str, host: str, port: int) -> None: ...

    async def remove_route(self, launch_id: str) -> None: ...

    async def replace_routes(self, routes: Iterable[tuple[str, str, int]]) -> None:
        """Make exactly these (launch_id, host, port) the routes, in one change."""

    async def routes(self) -> Mapping[str, tuple[str, int]]:
        """launch_id → (host, port), as the edge itself reports it."""


class Databases(Protocol):
    """A server's tenant databases. Names are made by Serai, never typed by people.

    A change also cuts off whoever else is still at work on the same name with an earlier claim.
    """

    async def create_template(self, name: str, password: str, fence: int) -> str:
        """An empty database owned by a role of the same name; returns the owner's URL. An
        unfinished one of that name is dropped first."""

    async def seal_template(self, name: str, fence: int) -> None:
        """Mark it as template, allow no connection, take away its role's login."""

    async def clone(self, template: str, name: str, password: str, fence: int) -> None:
        """A copy of `template`, owned with all its objects by the new role `name`; only that role
        may connect."""

    async def execute(self, name: str, script: str, parameters: Mapping[str, str], fence: int) -> None:
        """Run SQL with `%(key)s` parameters inside `name` as its owner, in one transaction."""

    async def set_connectable(self, name: str, allowed: bool) -> None:
        """Stop: nobody may connect and who is connected is cut off. Start: the owner may."""

    async def drop(self, name: str, fence: int) -> None:
        """Drop the database (cutting its connections) and its role, whichever of them exist."""

    async def names(self) -> Sequence[str]:
        """All tenant databases, templates and tenant roles there are, for finding orphans."""

    def url(self, name: str, password: str) -> str:
        """What the launch's process gets as its database address."""


class StaleFence(Conflict):
    """A later claim has acted on this launch; whoever holds the earlier one must stop."""

    code = "launches.stale_fence"


class Unhealthy(SeraiError):
    """The process did not become healthy; the message carries what its log says."""

    code = "launches.unhealthy"


class CommandFailed(SeraiError):
    """A one-off command failed; the message carries the end of its output."""

    code = "launches.command_failed"
