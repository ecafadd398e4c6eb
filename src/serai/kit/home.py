"""The state directory: made so that launches reach what is theirs, and deleted again."""

import os
import shutil
import stat
from hashlib import sha256
from pathlib import Path

from serai.kit.errors import Unavailable
from serai.kit.settings import Settings

# Others may pass through, for each launch runs as a user of its own; only we may list.
_DIRECTORIES = {"secrets": 0o700, "log": 0o700, "releases": 0o755, "launches": 0o711}


def make_home(settings: Settings) -> None:
    """Create what is missing of it.

    As root under a private parent (such as /root) the state goes to /var/lib/serai and `home` links
    to it. Raises Unavailable when the directory cannot serve.
    """
    home = settings.home
    if not home.exists():
        _make_root(home)
    for name, mode in _DIRECTORIES.items():
        _make(settings.state / name, mode)
    _make(settings.sockets, 0o711)
    _must_be_ours(settings.sockets)


def must_be_reachable(settings: Settings) -> None:
    """As root each system runs as a user of its own, who must get to its directory.

    Raises Unavailable for a home that was made under a private directory by other means.
    """
    if os.getuid() == 0 and not _reachable_by_others(settings.state):
        raise Unavailable(
            f"{settings.home} lies where other users of this machine cannot reach it, as the systems' own "
            "users must. Move it away, or set SERAI_HOME to another place, and run this again."
        )


def remove_home(settings: Settings) -> None:
    """Delete the state directory and what it links to; releases in it are read-only."""
    home = settings.home
    for directory in (settings.state, settings.sockets):
        if directory.exists():
            for path, _, _ in os.walk(directory):
                if Path(path).stat().st_uid == os.getuid():
                    Path(path).chmod(0o700)
            shutil.rmtree(directory)
    if home.is_symlink():
        home.unlink()


def _make_root(home: Path) -> None:
    home.parent.mkdir(parents=True, exist_ok=True)
    if os.getuid() != 0 or _reachable_by_others(home.parent.resolve()):
        _make(home, 0o711)
        return
    digest = sha256(str(home.absolute()).encode()).hexdigest()[:12]
    real = Path("/var/lib/serai") / digest
    _make(real.parent, 0o711)
    _make(real, 0o711)
    home.symlink_to(real)


def _make(path: Path, mode: int) -> None:
    """Whatever the umask says."""
    path.mkdir(exist_ok=True, parents=True)
    if path.stat().st_uid == os.getuid():
        path.chmod(mode)


def _must_be_ours(sockets: Path) -> None:
    """Under /tmp anybody could have made it first, and would get what is sent to our sockets."""
    found = sockets.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o022:
        raise Unavailable(
            f"{sockets} was made by somebody else. Delete it, or set SERAI_HOME to a shorter path."
        )


def _reachable_by_others(path: Path) -> bool:
    return all(part.stat().st_mode & 0o001 for part in (path, *path.parents))
