"""What must stand before the platform's processes: ports, database, schema, secrets."""

import errno
import fcntl
import hashlib
import os
import shutil
import socket
from pathlib import Path
from typing import IO

import msgspec
import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from serai.drivers.databases.postgres.embedded import EmbeddedPostgres
from serai.drivers.edge import caddy
from serai.kit.db import Database
from serai.kit.errors import Conflict, Unavailable
from serai.kit.secrets import read_or_make
from serai.kit.settings import Settings
from serai.migrations import grants
from serai.migrations import run as migrations

PORTS = 500
APP_ROLE = "serai_app"
_LEAST_FREE = 2 * 1024**3


def hold_home(settings: Settings) -> IO[str]:
    """One `serai up` per state directory; the lock is held while the file stays open."""
    file = (settings.state / "up.lock").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.seek(0)
        raise Conflict(
            f"Serai is running already from {settings.home} (process {file.read().strip()}). "
            "End that one first, or set SERAI_HOME and SERAI_PORT for a second platform."
        ) from error
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def is_free(lock: Path) -> bool:
    with lock.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True


def check_port(port: int) -> None:
    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            probe = socket.socket(family)
        except OSError:  # a machine without IPv6
            continue
        with probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except PermissionError as error:
                raise Unavailable(
                    f"Port {port} needs more rights than you have. Choose one above 1023: "
                    f"SERAI_PORT=8080 make up"
                ) from error
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    raise Unavailable(
                        f"Port {port} is taken by another program. End it, or choose another "
                        f"port: SERAI_PORT={port + 1} make up"
                    ) from error


def check_disk(path: Path) -> None:
    free = shutil.disk_usage(path).free
    if free < _LEAST_FREE:
        raise Unavailable(
            f"Only {free // 1024**2} MB are free under {path}; Serai needs 2048 MB. Free some "
            "space, or set SERAI_HOME to a larger disk."
        )


def embedded(settings: Settings, *, durable: bool = True) -> EmbeddedPostgres:
    return EmbeddedPostgres(
        settings.state / "postgres", settings.sockets, settings.state / "secrets",
        user=settings.postgres_user, durable=durable,
    )  # fmt: skip


async def prepare_database(settings: Settings, server: EmbeddedPostgres) -> tuple[str, str]:
    """The platform's database on the embedded server, and two roles: the owner, who migrates, and
    the one everything else runs as, who owns nothing. Returns the addresses of both."""
    owner_word = read_or_make(settings.secret_file("platform_role"))
    app_word = read_or_make(settings.secret_file("app_role"))
    async with await psycopg.AsyncConnection.connect(server.url(), autocommit=True) as connection:
        for name, word in (("serai", owner_word), (APP_ROLE, app_word)):
            await _ensure_role(connection, name, word)
        if not await _exists(connection, "SELECT FROM pg_database WHERE datname = 'serai'"):
            await connection.execute("CREATE DATABASE serai OWNER serai")
        await connection.execute("REVOKE CONNECT, TEMPORARY ON DATABASE serai FROM PUBLIC")
        await connection.execute(
            sql.SQL("GRANT CONNECT ON DATABASE serai TO {}").format(sql.Identifier(APP_ROLE))
        )
        await connection.execute("REVOKE CONNECT ON DATABASE postgres FROM PUBLIC")
    owner, app = server.url("serai", "serai", owner_word), server.url("serai", APP_ROLE, app_word)
    _write_secret(settings.secret_file("owner_database_url"), owner)
    _write_secret(settings.secret_file("database_url"), app)
    _write_secret(settings.secret_file("tenant_database_url"), server.url())
    return owner, app


async def migrate(owner_url: str, app_url: str) -> None:
    """As the owner; the role of `app_url` is granted what it needs."""
    database = Database(owner_url)
    try:
        await migrations.upgrade(database)
        await grants.give(database, str(conninfo_to_dict(app_url)["user"]))
    finally:
        await database.close()


async def migrate_external(settings: Settings) -> None:
    """A server of the operator's own. Without its owner's address the schema must stand already."""
    assert settings.database_url is not None
    if settings.owner_database_url:
        await migrate(settings.owner_database_url, settings.database_url)
        return
    database = Database(settings.database_url)
    try:
        current = await migrations.current(database)
    finally:
        await database.close()
    if current != migrations.head():
        raise Unavailable(
            "The database's schema is not up to date, and DATABASE_URL names a role that may not change "
            "it. Set SERAI_OWNER_DATABASE_URL to the owner's address and run `make up` again."
        )


def edge_command(settings: Settings) -> list[str]:
    """Write the edge's first configuration, and return what runs it."""
    directory = settings.state / "edge"
    directory.mkdir(exist_ok=True, mode=0o700)
    config = caddy.base_config(
        port=settings.port,
        web_upstream=f"unix/{settings.sockets / 'web.sock'}",
        admin_socket=settings.sockets / "edge.sock",
        storage=directory,
        portal_hosts=sorted({settings.domain, "localhost", "127.0.0.1", "::1"}),
    )
    file = directory / "caddy.json"
    file.write_bytes(msgspec.json.encode(config))
    return caddy.command(file)


def edge_environment(settings: Settings) -> dict[str, str]:
    return caddy.environment(settings.state / "edge")


def place_of(settings: Settings) -> tuple[int, int]:
    """(first port, first uid) of this home's launches: homes on one machine rarely meet.

    Below 32768, where Linux begins to take ports for outgoing connections: one of those could
    hold a launch's port at the moment it starts.
    """
    number = int(hashlib.sha256(str(settings.state).encode()).hexdigest()[:8], 16) % 24
    return 20_000 + number * PORTS, 200_000 + number * PORTS


async def _ensure_role(connection: psycopg.AsyncConnection[object], name: str, word: str) -> None:
    query = sql.SQL("SELECT FROM pg_roles WHERE rolname = {}").format(sql.Literal(name))
    if await (await connection.execute(query)).fetchone() is None:
        await connection.execute(
            sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD {}").format(
                sql.Identifier(name), sql.Literal(word)
            )
        )


async def _exists(connection: psycopg.AsyncConnection[object], query: str) -> bool:
    return await (await connection.execute(query)).fetchone() is not None


def _write_secret(path: Path, value: str) -> None:
    fresh = path.with_suffix(".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(value)
    fresh.replace(path)
