"""Control groups: the kernel's limits on a launch's whole family of processes (v1 and v2)."""

import contextlib
import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from serai.contracts.runtime import Limits
from serai.drivers.runtimes.process import proc

CONTROLLERS = ("memory", "cpu", "pids")
_CPU_PERIOD = 100_000  # microseconds
_SMALLEST_QUOTA = 1_000  # microseconds: the kernel refuses less
_SANDBOX_PROCESSES = 3  # bubblewrap's monitor and init, and the launcher's moment
_EMPTYING_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Group:
    """One launch's directories: one per controller (v1), or one for all (v2)."""

    version: int
    directories: Sequence[Path]

    @property
    def join_files(self) -> list[str]:
        """A process that writes 0 to each of these is inside, with all it starts later."""
        return [str(directory / "cgroup.procs") for directory in self.directories]

    def create(self, limits: Limits) -> None:
        for directory in self.directories:
            directory.mkdir(parents=True, exist_ok=True)
            if self.version == 1:
                _limit_v1(directory, limits)
            else:
                _limit_v2(directory, limits)

    def members(self) -> set[int]:
        found: set[int] = set()
        for directory in self.directories:
            with contextlib.suppress(OSError):
                found |= {int(pid) for pid in (directory / "cgroup.procs").read_text().split()}
        return found

    def kill(self) -> None:
        """End everything inside; again and again, as a fork bomb forks while it is ended."""
        until = time.monotonic() + _EMPTYING_SECONDS
        while (members := self.members()) and time.monotonic() < until:
            for pid in members:
                proc.kill(pid, signal.SIGKILL)
            time.sleep(0.002)

    def remove(self) -> None:
        """Needs to be empty; one that is not stays for the next sweep."""
        for directory in self.directories:
            with contextlib.suppress(OSError):
                directory.rmdir()

    def memory(self) -> int | None:
        """Bytes in use without the page cache that could be given back."""
        for directory in self.directories:
            for usage, cache in (
                ("memory.usage_in_bytes", "total_inactive_file"),
                ("memory.current", "inactive_file"),
            ):
                with contextlib.suppress(OSError):
                    used = int((directory / usage).read_text())
                    return max(0, used - _stat(directory / "memory.stat", cache))
        return None


@dataclass(frozen=True, slots=True)
class Tree:
    """Where this agent may make groups."""

    version: int
    parents: Sequence[Path]
    controllers: Sequence[str]

    def group(self, name: str) -> Group:
        return Group(self.version, [parent / name for parent in self.parents])

    def sweep(self) -> None:
        """End and remove whatever an earlier agent left."""
        names = {entry.name for parent in self.parents for entry in parent.iterdir() if entry.is_dir()}
        for name in names:
            group = self.group(name)
            group.kill()
            group.remove()

    def remove(self) -> None:
        """Give the place back; needs to be empty."""
        for parent in self.parents:
            with contextlib.suppress(OSError):
                parent.rmdir()

    @property
    def label(self) -> str:
        missing = set(CONTROLLERS) - set(self.controllers)
        suffix = ":" + "+".join(self.controllers) if missing else ""
        return f"cgroup-v{self.version}{suffix}"


def find_tree(name: str) -> Tree | None:
    """A writable place named `name` under the agent's own groups; None when there is none."""
    try:
        mounts = Path("/proc/self/mounts").read_text()
        own = Path("/proc/self/cgroup").read_text()
    except OSError:
        return None
    return _find_v1(name, mounts, own) or _find_v2(name, mounts, own)


def _find_v1(name: str, mounts: str, own: str) -> Tree | None:
    own_paths = {
        controller: path
        for _, controllers, path in (line.split(":", 2) for line in own.splitlines())
        for controller in controllers.split(",")
    }
    found: dict[str, Path] = {}
    for line in mounts.splitlines():
        _, mount, kind, options, *_ = line.split()
        for controller in set(options.split(",")) & set(CONTROLLERS) if kind == "cgroup" else ():
            base = Path(mount) / own_paths.get(controller, "").lstrip("/")
            parent = (base if base.is_dir() else Path(mount)) / name
            with contextlib.suppress(OSError):
                parent.mkdir(exist_ok=True)
                if os.access(parent / "cgroup.procs", os.W_OK):
                    found[controller] = parent
    parents = list(dict.fromkeys(found.values()))
    controllers = [controller for controller in CONTROLLERS if controller in found]
    return Tree(1, parents, controllers) if found else None


def _find_v2(name: str, mounts: str, own: str) -> Tree | None:
    mount = next((Path(line.split()[1]) for line in mounts.splitlines() if " cgroup2 " in line), None)
    path = next((line[3:] for line in own.splitlines() if line.startswith("0::")), None)
    if mount is None or path is None:
        return None
    inside = mount / path.lstrip("/")
    # A group that holds processes cannot hand out controllers, so its parent and the top are tried.
    for base in dict.fromkeys((inside, inside.parent if inside != mount else mount, mount)):
        tree = _delegate_v2(base, name)
        if tree is not None:
            return tree
    return None


def _delegate_v2(base: Path, name: str) -> Tree | None:
    parent = base / name
    try:
        offered = (base / "cgroup.controllers").read_text().split()
        controllers = [controller for controller in CONTROLLERS if controller in offered]
        if "memory" not in controllers:
            return None
        switch = " ".join(f"+{controller}" for controller in controllers)
        (base / "cgroup.subtree_control").write_text(switch)
        parent.mkdir(exist_ok=True)
        (parent / "cgroup.subtree_control").write_text(switch)
        if not os.access(base / "cgroup.procs", os.W_OK):
            return None
    except OSError:
        with contextlib.suppress(OSError):
            parent.rmdir()
        return None
    return Tree(2, [parent], controllers)


def _limit_v1(directory: Path, limits: Limits) -> None:
    for file, value in (
        # Twice: memory may never exceed memory+swap, whichever way the limit moves.
        ("memory.limit_in_bytes", limits.memory),
        ("memory.memsw.limit_in_bytes", limits.memory),
        ("memory.limit_in_bytes", limits.memory),
        ("cpu.cfs_period_us", _CPU_PERIOD),
        ("cpu.cfs_quota_us", _quota(limits)),
        ("pids.max", limits.processes + _SANDBOX_PROCESSES),
    ):
        _write(directory / file, str(value))


def _limit_v2(directory: Path, limits: Limits) -> None:
    _write(directory / "memory.max", str(limits.memory))
    _write(directory / "memory.swap.max", "0")
    _write(directory / "cpu.max", f"{_quota(limits)} {_CPU_PERIOD}")
    _write(directory / "pids.max", str(limits.processes + _SANDBOX_PROCESSES))


def _quota(limits: Limits) -> int:
    return max(_SMALLEST_QUOTA, int(limits.cpu * _CPU_PERIOD))


def _write(file: Path, value: str) -> None:
    """Without the file the directory is another controller's, or the kernel has no such limit."""
    with contextlib.suppress(OSError):
        if file.exists():
            file.write_text(value)


def _stat(file: Path, key: str) -> int:
    for line in file.read_text().splitlines():
        name, value = line.split()
        if name == key:
            return int(value)
    return 0
