"""Writes files into a launch's home, which its own process may have filled with traps."""

import os
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path

from serai.kit.errors import Denied
from serai.modules.catalog import File, render


def write_files(home: Path, files: Sequence[File], values: Mapping[str, str], uid: int | None) -> None:
    """Render and write each file, owned by `uid`. A link that leads out of `home` is refused."""
    for file in files:
        write(home, file.target, render(file.content, values), file.mode, uid)


def write(home: Path, target: str, content: str, mode: int, uid: int | None) -> None:
    path = home / target
    _make_directories(home, path.parent, uid)
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    with os.fdopen(descriptor, "w") as file:
        file.write(content)
        if uid is not None:
            os.fchown(file.fileno(), uid, uid)
        os.fchmod(file.fileno(), mode)
    fresh.replace(path)


def _make_directories(home: Path, directory: Path, uid: int | None) -> None:
    """Below `home`, which is never made here: it may have been removed for good meanwhile."""
    made = home
    for part in directory.relative_to(home).parts:
        made /= part
        if made.is_symlink() or part == "..":
            raise Denied(f"{made} would lead outside of the launch's directory.")
        if not made.exists():
            made.mkdir(mode=0o700)
            if uid is not None:
                os.chown(made, uid, uid)
