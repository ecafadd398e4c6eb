"""`Databases` on PostgreSQL: a database and a role for every launch, copied from templates."""

import contextlib
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from urllib.parse import quote

import psycopg
import structlog
from psycopg import AsyncClientCursor, AsyncConnection, errors, sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from serai.drivers.databases.postgres import databases, fences, names, roles
from serai.drivers.databases.postgres.roles import Connection
from serai.kit.errors import Conflict, Invalid, NotFound, Unavailable

log = structlog.get_logger()

_CONNECT_SECONDS = 10


class PostgresDatabases:
    """Fulfils `Databases`. `admin_url` belongs to a role that may create roles and databases (a
    superuser, for giving away what the template's role owns); tenants connect to `tenant_host`.
    """

    def __init__(
        self, admin_url: str, tenant_host: str, tenant_port: int, *, connection_limit: int = 40
    ) -> None:
        self._admin_url = admin_url
        self._host = tenant_host
        self._port = tenant_port
        self._connection_limit = connection_limit
        self._fences_prepared = False

    def url(self, name: str, password: str) -> str:
        user, word = quote(names.check(name), safe=""), quote(password, safe="")
        return f"postgresql://{user}:{word}@{self._host}:{self._port}/{name}"

    async def create_template(self, name: str, password: str, fence: int) -> str:
        """Raises Conflict when a sealed one of that name exists: launches are copied from it."""
        names.check(name)
        async with self._changing(name, fence) as admin:
            if await databases.is_ready(admin, name):
                message = f"The template {name} is finished and in use; drop it first."
                raise Conflict(message, code="databases.template_sealed")
            await self._close_the_house(admin)
            await databases.drop(admin, name)
            await roles.ensure(admin, name, password, self._connection_limit)
            await databases.create(admin, name, "template0")
            await databases.open_to_owner(admin, name)
        return self.url(name, password)

    async def seal_template(self, name: str, fence: int) -> None:
        names.check(name)
        async with self._changing(name, fence) as admin:
            if await databases.is_ready(admin, name):
                return
            await self._require(admin, name)
            await databases.disconnect(admin, name)
            async with self._admin(name, fences.session_mark(name)) as inside:
                await inside.execute("VACUUM (FREEZE, ANALYZE)")
            await admin.execute(sql.SQL("ALTER ROLE {} NOLOGIN PASSWORD NULL").format(sql.Identifier(name)))
            # REASSIGN OWNED in a clone also gives away shared objects: the template itself must
            # not be one of its role's.
            await admin.execute(
                sql.SQL("ALTER DATABASE {} OWNER TO CURRENT_USER").format(sql.Identifier(name))
            )
            await admin.execute(
                sql.SQL("ALTER DATABASE {} IS_TEMPLATE true ALLOW_CONNECTIONS false").format(
                    sql.Identifier(name)
                )
            )
            await databases.disconnect(admin, name)
            await databases.mark_ready(admin, name)

    async def clone(self, template: str, name: str, password: str, fence: int) -> None:
        """An unfinished copy of an earlier attempt is made anew, a finished one is kept."""
        names.check(template)
        names.check(name)
        async with self._changing(name, fence) as admin:
            if not await databases.is_ready(admin, template):
                message = f"The template {template} does not exist or is not sealed yet."
                raise NotFound(message, code="databases.no_template")
            await roles.ensure(admin, name, password, self._connection_limit)
            if await databases.is_ready(admin, name):
                return
            await databases.drop(admin, name)
            await databases.create(admin, name, template)
            await databases.open_to_owner(admin, name)
            async with self._admin(name, fences.session_mark(name)) as inside:
                await inside.execute(
                    sql.SQL("REASSIGN OWNED BY {} TO {}").format(
                        sql.Identifier(template), sql.Identifier(name)
                    )
                )
            await databases.mark_ready(admin, name)

    async def execute(self, name: str, script: str, parameters: Mapping[str, str], fence: int) -> None:
        """Raises Invalid with the server's words when the script fails.

        It runs in a session of a short-lived role that is only a member of the owner: a script
        that resets its role, or a trigger of the tenant's, finds no rights of the platform's.
        """
        names.check(name)
        helper, word = names.helper(name, secrets.token_hex(4)), secrets.token_urlsafe(24)
        async with self._changing(name, fence) as admin:
            await self._require(admin, name)
            await roles.make_helper(admin, name, helper, word)
            try:
                await self._run_as(name, helper, word, script, parameters)
            except psycopg.OperationalError as error:
                message = f"{name} accepts no connections: start it first. ({error})"
                raise Unavailable(message) from error
            except psycopg.Error as error:
                message = f"The script failed in {name}: {error}"
                raise Invalid(message, code="databases.script_failed") from error
            finally:
                await admin.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(helper)))

    async def set_connectable(self, name: str, allowed: bool) -> None:
        names.check(name)
        async with self._admin() as admin:
            await self._require(admin, name)
            await databases.allow(admin, name, allowed=allowed)
            if not allowed:
                await databases.disconnect(admin, name)

    async def drop(self, name: str, fence: int) -> None:
        names.check(name)
        async with self._changing(name, fence) as admin:
            await databases.drop(admin, name)
            await roles.drop(admin, name)

    async def names(self) -> Sequence[str]:
        async with self._admin() as admin:
            found = await admin.execute("SELECT datname FROM pg_database UNION SELECT rolname FROM pg_roles")
            rows = [str(row[0]) for row in await found.fetchall()]
        return sorted({names.helped(one) or one for one in rows if _is_ours(one)})

    async def _run_as(
        self, name: str, user: str, password: str, script: str, parameters: Mapping[str, str]
    ) -> None:
        conninfo = make_conninfo(
            host=self._host, port=self._port, user=user, password=password, dbname=name,
            application_name=fences.session_mark(name),
        )  # fmt: skip
        async with await AsyncConnection.connect(
            conninfo, connect_timeout=_CONNECT_SECONDS, cursor_factory=AsyncClientCursor
        ) as connection:
            await connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(name)))
            # Bound here, not by the server: only so may one call hold several statements.
            await connection.execute(script.encode(), parameters)

    @contextlib.asynccontextmanager
    async def _changing(self, name: str, fence: int) -> AsyncIterator[Connection]:
        """An administrator's session that alone works on `name`. Raises StaleFence."""
        async with self._admin(application_name=fences.session_mark(name)) as admin:
            if not self._fences_prepared:
                await fences.prepare(admin)
                self._fences_prepared = True
            await fences.take(admin, name, fence)
            yield admin

    @contextlib.asynccontextmanager
    async def _admin(
        self, database: str = "postgres", application_name: str = "serai"
    ) -> AsyncIterator[Connection]:
        """Raises Unavailable when the server does not answer."""
        conninfo = make_conninfo(self._admin_url, dbname=database, application_name=application_name)
        try:
            connection = await AsyncConnection.connect(
                conninfo, autocommit=True, connect_timeout=_CONNECT_SECONDS
            )
        except psycopg.OperationalError as error:
            message = f"The tenants' database server does not answer: {error}"
            raise Unavailable(message) from error
        async with connection:
            try:
                yield connection
            except psycopg.Error as error:
                message = f"The tenants' database server did not finish: {error}"
                raise Unavailable(message) from error

    async def _close_the_house(self, admin: Connection) -> None:
        """Keep tenants out of the databases that come with the server and of the platform's."""
        own = conninfo_to_dict(self._admin_url).get("dbname") or "postgres"
        for name in {"postgres", "template1", str(own)}:
            try:
                await databases.close_to_public(admin, name)
            except errors.InsufficientPrivilege:
                log.warning("database_open_to_all", database=name)

    async def _require(self, admin: Connection, name: str) -> None:
        if not await databases.exists(admin, name):
            message = f"There is no database {name}."
            raise NotFound(message, code="databases.unknown")


def _is_ours(name: str) -> bool:
    return names.is_tenant(name) or names.helped(name) is not None
