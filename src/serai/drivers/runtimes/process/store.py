"""The agent's memory: one private file per launch, whole or not there."""

import contextlib
import os
import re
import time
from pathlib import Path
from typing import BinaryIO

import msgspec
import structlog

from serai.drivers.runtimes.process.wire import Record, Spawned, decode_record, encode
from serai.kit.errors import Invalid

log = structlog.get_logger()

TOMBSTONE_SECONDS = 3600
_LAUNCH_ID = re.compile(r"[a-z]{2,8}_[0-9a-z]{1,40}")


def check_launch_id(launch_id: str) -> str:
    """Raises Invalid: the id becomes a file name."""
    if not _LAUNCH_ID.fullmatch(launch_id):
        message = f"{launch_id!r} is not a launch id: expected letters, _ and letters or digits."
        raise Invalid(message)
    return launch_id


class Store:
    """Writes are durable when they return: temporary file, fsync, rename, fsync of the directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)

    def write(self, record: Record) -> None:
        path = self._path(record.launch_id)
        temporary = path.with_suffix(".tmp")
        with _private(temporary) as file:
            file.write(encode(record))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        self._sync_directory()

    def forget(self, launch_id: str) -> None:
        self._path(launch_id).unlink(missing_ok=True)

    def load(self) -> list[Record]:
        """All records; old tombstones are swept, an unreadable file is set aside and reported."""
        records = []
        for path in sorted(self._directory.glob("*.json")):
            try:
                record = decode_record(path.read_bytes())
            except (msgspec.DecodeError, OSError) as error:
                log.exception("record_unreadable", path=str(path), error=str(error))
                path.replace(path.with_suffix(".broken"))
                continue
            if record.removed_at is not None and time.time() - record.removed_at > TOMBSTONE_SECONDS:
                path.unlink(missing_ok=True)
                continue
            records.append(record)
        return records

    def note_spawned(self, name: str, spawned: Spawned) -> None:
        """Not fsynced: after a crash of the machine no process is left to find."""
        with _private(self._directory / f"{name}.pid") as file:
            file.write(encode(spawned))

    def forget_spawned(self, name: str) -> None:
        (self._directory / f"{name}.pid").unlink(missing_ok=True)

    def load_spawned(self) -> list[Spawned]:
        """Processes an earlier agent started and did not see end."""
        found = []
        for path in self._directory.glob("*.pid"):
            with contextlib.suppress(msgspec.DecodeError):
                found.append(msgspec.json.decode(path.read_bytes(), type=Spawned))
        return found

    def forget_all_spawned(self) -> None:
        for path in self._directory.glob("*.pid"):
            path.unlink(missing_ok=True)

    def _path(self, launch_id: str) -> Path:
        return self._directory / f"{check_launch_id(launch_id)}.json"

    def _sync_directory(self) -> None:
        descriptor = os.open(self._directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _private(path: Path) -> BinaryIO:
    """Open for writing, readable by nobody else: environments hold secrets."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")
