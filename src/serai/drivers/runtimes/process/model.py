"""The launch contract's shapes and errors once more, as the agent knows them.

The agent imports nothing of `serai.modules`: importing the door of one costs it a second and
60 MB, and it is to live on while the platform is updated. A unit test holds both to one shape.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from serai.kit.errors import Conflict, SeraiError

State = Literal["absent", "stopped", "starting", "running", "crashing"]


class Limits(msgspec.Struct, frozen=True):
    memory: int
    cpu: float
    processes: int
    files: int
    disk: int


class Health(msgspec.Struct, frozen=True):
    path: str
    status: int
    host: str


class Process(msgspec.Struct, frozen=True):
    launch_id: str
    command: Sequence[str]
    environment: Mapping[str, str]
    home: Path
    readable: Sequence[Path]
    port: int
    uid: int | None
    limits: Limits
    health: Health


class ProcessStatus(msgspec.Struct, frozen=True):
    state: State
    pid: int | None = None
    restarts: int = 0
    exit_code: int | None = None
    retry_in: float = 0
    memory: int | None = None
    healthy_after: float | None = None
    isolation: Sequence[str] = ()
    log_tail: Sequence[str] = ()


class StaleFence(Conflict):
    code = "launches.stale_fence"


class Unhealthy(SeraiError):
    code = "launches.unhealthy"


class CommandFailed(SeraiError):
    code = "launches.command_failed"
