"""How strictly this machine lets a launch be confined, found out once, and the command line that
does it: sh joins the cgroup, bubblewrap builds the view, the launcher drops rights, the program."""

import asyncio
import hashlib
import os
import platform
import re
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from serai.contracts.runtime import Workload
from serai.drivers.runtimes.process.cgroups import Group, Tree, find_tree

_LAUNCHER = Path(__file__).with_name("launcher.py")
_LAUNCHER_INSIDE = "/run/serai/launcher.py"
_JOIN = 'n=$1; shift; while [ "$n" -gt 0 ]; do echo 0 > "$1" || exit 125; shift; n=$((n-1)); done; exec "$@"'
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc")
_NAMESPACES = (
    "--unshare-pid",
    "--unshare-ipc",
    "--unshare-uts",
    "--unshare-cgroup-try",
    "--die-with-parent",
    "--new-session",
)
_BWRAP_WITH_SIZE = (0, 7)
_KERNEL_COUNTING_PER_NAMESPACE = (5, 14)
_SMALLEST_TMP = 1 << 20
_PROBE_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Isolation:
    """`bwrap` is None where it is missing or does not work, `tree` where no cgroup is writable."""

    interpreter: str
    bwrap: str | None
    sized_tmp: bool
    tree: Tree | None
    is_root: bool

    def names(self, *, own_uid: bool) -> list[str]:
        """What is in force, for people to read; `own_uid`: the launch was given a uid."""
        if sys.platform != "linux":
            return ["rlimits: not a security boundary"]
        found = []
        if self.is_root and own_uid:
            found.append("uid")
        if self.tree is not None:
            found.append(self.tree.label)
        found += ["rlimits", "no_new_privs"]
        if self.bwrap is not None:
            found.append("bubblewrap")
        return found

    def group(self, name: str) -> Group | None:
        return self.tree.group(name) if self.tree is not None else None

    def command_line(self, workload: Workload, command: Sequence[str], group: Group | None) -> list[str]:
        line = []
        if group is not None:
            files = group.join_files
            line += ["/bin/sh", "-c", _JOIN, "serai", str(len(files)), *files]
        launcher = str(_LAUNCHER)
        if self.bwrap is not None:
            line += [self.bwrap, *self._view(workload)]
            launcher = _LAUNCHER_INSIDE
        line += [self.interpreter, "-I", "-S", launcher, str(workload.home), self._options(workload)]
        return [*line, *command]

    def _options(self, workload: Workload) -> str:
        limits = workload.limits
        options = {"files": limits.files, "disk": limits.disk}
        has_own_uid = self.is_root and workload.uid is not None
        if has_own_uid and workload.uid is not None:
            options["uid"] = workload.uid
        if has_own_uid or (self.bwrap and not self.is_root and _counts_processes_per_namespace()):
            options["processes"] = limits.processes
        if self.tree is None:
            options["memory"] = limits.memory
        if self.bwrap is None:
            options["parent"] = os.getpid()
        return ",".join(f"{name}={value}" for name, value in options.items())

    def _view(self, workload: Workload) -> list[str]:
        """Bubblewrap's arguments: an empty root into which only the named things are put."""
        size = max(_SMALLEST_TMP, min(workload.limits.memory, workload.limits.disk))
        line = [*_NAMESPACES, *_system_mounts(), *_private_mounts(size if self.sized_tmp else None)]
        line += ["--ro-bind", str(_LAUNCHER), _LAUNCHER_INSIDE]
        for directory in sorted(workload.readable):
            line += ["--dir", str(directory.parent), "--ro-bind", str(directory), str(directory)]
        # bubblewrap would make the parents of a private directory private too: not passable.
        line += ["--dir", str(workload.home.parent)]
        return [*line, "--bind", str(workload.home), str(workload.home), "--remount-ro", "/"]


async def probe(state: Path) -> Isolation:
    """Find out what works here; `state` gives the cgroups of this agent their name."""
    interpreter = _interpreter()
    bwrap, sized = await _working_bwrap(interpreter) if sys.platform == "linux" else (None, False)
    name = "serai-" + hashlib.sha256(str(state.resolve()).encode()).hexdigest()[:12]
    return Isolation(interpreter, bwrap, sized, find_tree(name), os.geteuid() == 0)


def _interpreter() -> str:
    """The system's Python: the one every uid may run. Else this one's base, outside any venv."""
    system = Path("/usr/bin/python3")
    if system.exists() and sys.platform == "linux":
        return str(system)
    return str(Path(sys.executable).resolve())


async def _working_bwrap(interpreter: str) -> tuple[str | None, bool]:
    path = shutil.which("bwrap", path="/usr/bin:/usr/local/bin:/bin")
    if path is None:
        return None, False
    view = [*_NAMESPACES, *_system_mounts(), *_private_mounts(None), "--remount-ro", "/"]
    works, _ = await _try(path, *view, interpreter, "-I", "-S", "-c", "")
    _, version = await _try(path, "--version")
    number = re.search(r"(\d+)\.(\d+)", version)
    sized = number is not None and (int(number[1]), int(number[2])) >= _BWRAP_WITH_SIZE
    return (path, sized) if works else (None, False)


async def _try(*command: str) -> tuple[bool, str]:
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), _PROBE_SECONDS)
    except TimeoutError:
        process.kill()
        return False, ""
    return process.returncode == 0, output.decode(errors="replace")


def _system_mounts() -> list[str]:
    line = []
    for name in _SYSTEM:
        path = Path(name)
        if path.is_symlink():
            line += ["--symlink", str(path.readlink()), name]
        elif path.is_dir():
            line += ["--ro-bind", name, name]
    # systemd keeps the resolver's file outside /etc.
    resolver = Path("/etc/resolv.conf").resolve()
    if resolver.exists() and not resolver.is_relative_to("/etc"):
        line += ["--ro-bind", str(resolver), str(resolver)]
    base = Path(sys.base_prefix).resolve()
    if not base.is_relative_to("/usr"):
        line += ["--ro-bind", str(base), str(base)]
    return line


def _private_mounts(size: int | None) -> list[str]:
    """Its own /proc, /dev and scratch space of at most `size` bytes each."""
    bound = ["--perms", "1777", *(["--size", str(size)] if size is not None else [])]
    line = ["--proc", "/proc", "--dev", "/dev"]
    for scratch in ("/tmp", "/dev/shm"):  # noqa: S108 - mount points inside
        line += [*bound, "--tmpfs", scratch]
    # Made for the link alone, /var would be private to root, and with it a home under /var/lib.
    return [*line, "--dir", "/var", "--symlink", "/tmp", "/var/tmp"]  # noqa: S108


def _counts_processes_per_namespace() -> bool:
    number = re.match(r"(\d+)\.(\d+)", platform.release())
    return number is not None and (int(number[1]), int(number[2])) >= _KERNEL_COUNTING_PER_NAMESPACE
