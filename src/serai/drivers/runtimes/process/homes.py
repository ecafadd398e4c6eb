"""A launch's own directory: made for its uid, deleted with all that is in it."""

import os
import shutil
from pathlib import Path

from serai.kit.errors import Invalid

_SHORTEST_PATH = 4  # parts, the root counted: /srv/serai/x


def check(home: Path, state: Path) -> None:
    """Raises Invalid when deleting `home` could take more than one launch with it."""
    clean = Path(os.path.normpath(home))
    state = state.resolve()
    if (
        not home.is_absolute()
        or clean != home
        or len(home.parts) < _SHORTEST_PATH
        or state.is_relative_to(home)
        or home.is_relative_to(state)
    ):
        message = f"{home} cannot be a launch's home: expected an absolute directory of its own."
        raise Invalid(message)


def make(home: Path, uid: int | None) -> None:
    """Private to `uid`, with everything of ours in it handed over; missing parents may be passed
    through but not listed."""
    for parent in reversed(home.parents):
        if not parent.exists():
            parent.mkdir(mode=0o711, exist_ok=True)
            parent.chmod(0o711)
    home.mkdir(mode=0o700, exist_ok=True)
    home.chmod(0o700)
    if uid is None:
        return
    _hand_over(home, uid)
    os.chown(home, uid, uid)


def delete(home: Path) -> None:
    """Does not follow links out of it."""
    shutil.rmtree(home, ignore_errors=True)
    if home.exists():
        shutil.rmtree(home)


def _hand_over(home: Path, uid: int) -> None:
    """Only what is ours: what already belongs to someone else may be a link planted by the tenant,
    so hard links and foreign files are left alone, and no symbolic link is followed."""
    mine = os.geteuid()
    for _, directories, files, descriptor in os.fwalk(home, follow_symlinks=False):
        for name in (*directories, *files):
            entry = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
            is_single = name in directories or entry.st_nlink == 1
            if entry.st_uid == mine and is_single:
                os.chown(name, uid, uid, dir_fd=descriptor, follow_symlinks=False)
