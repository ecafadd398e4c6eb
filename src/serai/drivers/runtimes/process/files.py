"""Writes files into a launch's home, which its own process may have filled with traps."""

import os
import secrets
from collections.abc import Sequence
from pathlib import Path

from serai.contracts.files import TextFile
from serai.kit.errors import Denied


def write_all(home: Path, files: Sequence[TextFile], uid: int | None) -> None:
    """Owned by `uid`. Raises Denied for a path or a link that leads out of `home`."""
    for file in files:
        _write(home, file, uid)


def _write(home: Path, file: TextFile, uid: int | None) -> None:
    path = home / file.target
    _make_directories(home, path.parent, uid)
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, file.mode)
    with os.fdopen(descriptor, "w") as out:
        out.write(file.content)
        if uid is not None:
            os.fchown(out.fileno(), uid, uid)
        os.fchmod(out.fileno(), file.mode)
    fresh.replace(path)


def _make_directories(home: Path, directory: Path, uid: int | None) -> None:
    """Below `home`, which is never made here: it may have been removed for good meanwhile."""
    made = home
    if not directory.is_relative_to(home):
        raise Denied(f"{directory} lies outside of the launch's directory.")
    for part in directory.relative_to(home).parts:
        made /= part
        if made.is_symlink() or part == "..":
            raise Denied(f"{made} would lead outside of the launch's directory.")
        if not made.exists():
            made.mkdir(mode=0o700)
            if uid is not None:
                os.chown(made, uid, uid)
