"""What the operating system knows of a process: who its children are, and whether it is the same
one as before (a pid alone is not: pids come again)."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

_PROC = Path("/proc")
_START_TIME_FIELD = 19  # counted after the command name, which may hold spaces
_PARENT_FIELD = 1


def started(pid: int) -> str | None:
    """A text that is the same only for the same process; None when there is none of this pid."""
    if sys.platform != "linux":
        return _started_by_ps(pid)
    fields = _stat_fields(pid)
    if fields is None or fields[0] == "Z":
        return None
    boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
    return f"{boot}:{fields[_START_TIME_FIELD]}"


def children(pid: int) -> list[int]:
    """Direct children, oldest first; Linux only, elsewhere none."""
    try:
        text = (_PROC / str(pid) / "task" / str(pid) / "children").read_text()
    except OSError:
        return _children_by_scan(pid)
    return [int(word) for word in text.split()]


def resident(pid: int) -> int | None:
    """Resident memory in bytes, None where it cannot be told."""
    try:
        pages = int((_PROC / str(pid) / "statm").read_text().split()[1])
    except (OSError, IndexError):
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")


def family(pid: int) -> list[int]:
    """The process and all its descendants."""
    found = [pid]
    for member in found:
        found.extend(children(member))
    return found


def kill(pid: int, number: int = signal.SIGKILL) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def kill_group(pid: int) -> None:
    """Every process of the session's group that `pid` leads, or led."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _stat_fields(pid: int) -> list[str] | None:
    try:
        text = (_PROC / str(pid) / "stat").read_text()
    except OSError:
        return None
    return text.rpartition(")")[2].split()


def _children_by_scan(parent: int) -> list[int]:
    if not _PROC.is_dir():
        return []
    found = []
    for entry in _PROC.iterdir():
        if entry.name.isdigit():
            fields = _stat_fields(int(entry.name))
            if fields is not None and int(fields[_PARENT_FIELD]) == parent:
                found.append(int(entry.name))
    return sorted(found)


def _started_by_ps(pid: int) -> str | None:
    result = subprocess.run(
        ["/bin/ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return result.stdout.strip() or None
