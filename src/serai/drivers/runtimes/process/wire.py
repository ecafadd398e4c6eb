"""What crosses the agent's socket and what it keeps on disk, as JSON."""

from pathlib import Path
from typing import Literal

import msgspec

from serai.contracts.files import TextFile
from serai.contracts.runtime import Workload

Wanted = Literal["prepared", "running", "stopped"]


class Spawned(msgspec.Struct, frozen=True):
    """A process that was started. Together `pid` and `started` name it for ever: pids come again.
    `cgroups` are the directories its whole family lives in."""

    pid: int
    started: str
    cgroups: list[str] = []


class Record(msgspec.Struct):
    """One launch as the agent remembers it over its own restart. On disk a workload is called
    `process`, as it was by the agents that wrote the older files."""

    launch_id: str
    fence: int
    wanted: Wanted = "prepared"
    workload: Workload | None = msgspec.field(default=None, name="process")
    removed_at: float | None = None


class Change(msgspec.Struct):
    """The body of prepare, start, stop and remove."""

    fence: int
    workload: Workload | None = None
    files: list[TextFile] = []
    grace: float = 10


class Command(msgspec.Struct):
    """The body of run; `timeout` in seconds."""

    workload: Workload
    command: list[str]
    timeout: float


class Failure(msgspec.Struct):
    """The body of every answer that is not a success."""

    code: str
    message: str


class Output(msgspec.Struct):
    output: str


class LaunchIds(msgspec.Struct):
    launch_ids: list[str]


class About(msgspec.Struct):
    """The agent itself."""

    pid: int
    isolation: list[str]


def encode(value: object) -> bytes:
    return msgspec.json.encode(value, enc_hook=_encode_path)


def decode_record(data: bytes) -> Record:
    return msgspec.json.decode(data, type=Record, dec_hook=_decode_path)


def decode_change(data: bytes) -> Change:
    return msgspec.json.decode(data, type=Change, dec_hook=_decode_path)


def decode_command(data: bytes) -> Command:
    return msgspec.json.decode(data, type=Command, dec_hook=_decode_path)


def _encode_path(value: object) -> str:
    if isinstance(value, Path):
        return str(value)
    message = f"cannot be written as JSON: {type(value).__name__}"
    raise NotImplementedError(message)


def _decode_path(kind: type, value: object) -> object:
    if issubclass(kind, Path) and isinstance(value, str):
        return kind(value)
    message = f"cannot be read from JSON: {kind.__name__}"
    raise NotImplementedError(message)
