"""Tenant roles. Passwords reach the server as SCRAM verifiers only, so that no log holds them."""

from typing import Literal

from psycopg import AsyncConnection, errors, sql
from psycopg.rows import TupleRow

from serai.drivers.databases.postgres import names

Connection = AsyncConnection[TupleRow]
Login = Literal["LOGIN", "NOLOGIN"]

_HARMLESS = sql.SQL("NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS")


async def ensure(admin: Connection, name: str, password: str, connection_limit: int) -> None:
    """Make the role, or give the one there is this password and these bounds."""
    verb = "ALTER" if await exists(admin, name) else "CREATE"
    try:
        await admin.execute(_definition(admin, verb, name, password, connection_limit))
    except errors.DuplicateObject:
        await admin.execute(_definition(admin, "ALTER", name, password, connection_limit))


async def exists(admin: Connection, name: str) -> bool:
    found = await admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name])
    return await found.fetchone() is not None


async def drop(admin: Connection, name: str) -> None:
    """The role and its helpers, whichever of them exist."""
    found = await admin.execute(
        "SELECT rolname FROM pg_roles WHERE rolname = %(name)s"
        " OR starts_with(rolname, %(helper)s) ORDER BY rolname = %(name)s",
        {"name": name, "helper": names.helper(name, "")},
    )
    for (role,) in await found.fetchall():
        statement = sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(role))
        try:
            await admin.execute(statement)
        except errors.DependentObjectsStillExist:
            # Rights on shared objects; what it owns in other databases still refuses below.
            await admin.execute(sql.SQL("DROP OWNED BY {}").format(sql.Identifier(role)))
            await admin.execute(statement)


async def make_helper(admin: Connection, owner: str, helper: str, password: str) -> None:
    """A role that may log in for some minutes and is `owner` in all it does."""
    await _drop_expired_helpers(admin, owner)
    await admin.execute(
        sql.SQL(
            "CREATE ROLE {helper} LOGIN {harmless} CONNECTION LIMIT 1"
            " PASSWORD {verifier} VALID UNTIL {until} IN ROLE {owner}"
        ).format(
            helper=sql.Identifier(helper),
            harmless=_HARMLESS,
            verifier=sql.Literal(verifier(admin, helper, password)),
            until=sql.Literal(await _in_an_hour(admin)),
            owner=sql.Identifier(owner),
        )
    )


def verifier(admin: Connection, name: str, password: str) -> str:
    """The password's SCRAM-SHA-256 verifier, made here rather than by the server."""
    made: bytes = admin.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256")
    return made.decode()


def _definition(
    admin: Connection, verb: str, name: str, password: str, connection_limit: int
) -> sql.Composed:
    return sql.SQL("{verb} ROLE {name} LOGIN {harmless} CONNECTION LIMIT {limit} PASSWORD {word}").format(
        verb=sql.SQL("CREATE") if verb == "CREATE" else sql.SQL("ALTER"),
        name=sql.Identifier(name),
        harmless=_HARMLESS,
        limit=sql.Literal(connection_limit),
        word=sql.Literal(verifier(admin, name, password)),
    )


async def _drop_expired_helpers(admin: Connection, owner: str) -> None:
    found = await admin.execute(
        "SELECT rolname FROM pg_roles WHERE starts_with(rolname, %s) AND rolvaliduntil < now()",
        [names.helper(owner, "")],
    )
    for (role,) in await found.fetchall():
        await admin.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(role)))


async def _in_an_hour(admin: Connection) -> str:
    found = await admin.execute("SELECT (now() + interval '1 hour')::text")
    row = await found.fetchone()
    assert row is not None
    return str(row[0])
