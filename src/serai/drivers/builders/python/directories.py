"""A release's directory on disk: copied into, sealed, deleted. All blocking: call in threads."""

import os
import shutil
import stat
from pathlib import Path

from serai.contracts.builder import ReleasePlan
from serai.kit.files import files_in

COMPLETE = ".complete"


def copy_files(plan: ReleasePlan, target: Path) -> None:
    for name, into in plan.files:
        source = plan.source / name
        for file in files_in(source):
            place = target / into / file.relative_to(source)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, place)


def seal(target: Path, version: str) -> None:
    """Make it readable for every user and writable for none, and mark it complete at the very end."""
    for directory, _, names in os.walk(target, topdown=False):
        for name in names:
            path = os.path.join(directory, name)  # noqa: PTH118 - thousands of files
            mode = os.lstat(path).st_mode
            if stat.S_ISREG(mode):
                os.chmod(path, 0o555 if mode & 0o100 else 0o444)  # noqa: PTH101
        if directory != str(target):
            os.chmod(directory, 0o555)  # noqa: PTH101, S103 - every tenant's user reads releases
    marker = target / f"{COMPLETE}.new"
    marker.write_text(version + "\n")
    marker.chmod(0o444)
    marker.rename(target / COMPLETE)
    target.chmod(0o555)


def is_complete(target: Path, version: str) -> bool:
    try:
        return (target / COMPLETE).read_text().strip() == version
    except OSError:
        return False


def delete(target: Path) -> None:
    """Delete the directory with all in it, also where it is read-only."""
    if not target.exists():
        return
    for directory, _, _ in os.walk(target):
        os.chmod(directory, 0o700)  # noqa: PTH101
    shutil.rmtree(target)
