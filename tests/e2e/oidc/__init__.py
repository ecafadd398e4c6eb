"""npm's oidc-provider, installed and run for the tests of signing in with another service."""

import fcntl
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from serai.portals.ui.assets import builder

_HERE = Path(__file__).parent
_PROJECT = _HERE.parents[2] / ".venv" / "oidc-provider"
_FILES = ("package.json", "package-lock.json", ".npmrc", "provider.mjs")
CLIENT_ID, CLIENT_SECRET = "serai", "a-secret-of-these-tests"


@dataclass(frozen=True)
class OidcProvider:
    issuer: str


@contextmanager
def running(port: int, redirect_uri: str) -> Iterator[OidcProvider]:
    _install()
    process = subprocess.Popen(
        [builder._node(), "provider.mjs", str(port), redirect_uri, CLIENT_ID, CLIENT_SECRET],
        cwd=_PROJECT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield OidcProvider(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait(10)


def _install() -> None:
    _PROJECT.mkdir(parents=True, exist_ok=True)
    with (_PROJECT / ".lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        for name in _FILES:
            shutil.copyfile(_HERE / name, _PROJECT / name)
        used, wanted = _PROJECT / ".lock-used", (_HERE / "package-lock.json").read_bytes()
        if not used.exists() or used.read_bytes() != wanted:
            builder._run([*builder._npm(), "ci", "--no-progress", "--loglevel=error"], _PROJECT)
            used.write_bytes(wanted)
