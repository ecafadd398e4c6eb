"""A launch's output: a file that never grows beyond a bound, and its last lines."""

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path

TAIL_LINES = 50
TAIL_BYTES = 16 * 1024
LINE_LENGTH = 1000


class BoundedLog:
    """Appends to `path`; at half of `limit` bytes the file becomes `path`.1 and a new one starts."""

    def __init__(self, path: Path, limit: int = 4 * 1024 * 1024) -> None:
        self.path = path
        self._half = limit // 2
        self._descriptor: int | None = None
        self._size = 0

    def write(self, data: bytes) -> None:
        """A full disk loses output; it must not stop the process that prints."""
        with contextlib.suppress(OSError):
            self._append(data)

    def _append(self, data: bytes) -> None:
        if self._descriptor is None:
            self._open()
        if self._size + len(data) > self._half and self._size > 0:
            self._rotate()
        assert self._descriptor is not None
        self._size += os.write(self._descriptor, data)

    def note(self, text: str) -> None:
        """A line of Serai's own between the process's."""
        self.write(f"[serai] {text}\n".encode())

    def tail(self) -> Sequence[str]:
        data = b"".join(_last_bytes(path) for path in (self._previous, self.path))[-TAIL_BYTES:]
        lines = data.decode(errors="replace").splitlines()
        return tuple(line[:LINE_LENGTH] for line in lines[-TAIL_LINES:])

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def delete(self) -> None:
        self.close()
        self.path.unlink(missing_ok=True)
        self._previous.unlink(missing_ok=True)

    @property
    def _previous(self) -> Path:
        return self.path.with_name(self.path.name + ".1")

    def _open(self) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        self._descriptor = os.open(self.path, flags, 0o600)
        self._size = os.fstat(self._descriptor).st_size

    def _rotate(self) -> None:
        self.close()
        self.path.replace(self._previous)
        self._open()


def _last_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - TAIL_BYTES))
            return file.read()
    except FileNotFoundError:
        return b""
