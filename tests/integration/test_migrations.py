"""The schema moves forward and back, and is what the models say."""

import secrets
from collections.abc import AsyncIterator

import psycopg
import pytest

from serai.composition import Platform  # noqa: F401 - registers every model
from serai.drivers.databases.postgres.embedded import EmbeddedPostgres
from serai.kit.actor import SYSTEM
from serai.kit.db import Database
from serai.migrations import grants
from serai.migrations import run as migrations
from serai.modules import identity
from tests.conftest import APP, OWNER

TABLES = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'S')"


@pytest.fixture
async def empty(postgres: EmbeddedPostgres) -> AsyncIterator[Database]:
    name = f"empty_{secrets.token_hex(6)}"
    async with await psycopg.AsyncConnection.connect(postgres.url(), autocommit=True) as admin:
        await admin.execute(f"CREATE DATABASE {name}")
    database = Database(postgres.url(name))
    yield database
    await database.close()
    async with await psycopg.AsyncConnection.connect(postgres.url(), autocommit=True) as admin:
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


async def test_forward_back_and_forward_again(empty: Database) -> None:
    assert await migrations.current(empty) is None
    await migrations.upgrade(empty)
    await migrations.upgrade(empty)
    assert await migrations.current(empty) == migrations.head()
    await migrations.downgrade(empty)
    async with await psycopg.AsyncConnection.connect(empty.url) as connection:
        left = await (await connection.execute(TABLES)).fetchone()
        kinds = await (await connection.execute(
            "SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
        )).fetchone()  # fmt: skip
    assert left == (1,), "nothing but alembic's own table"
    assert kinds == (0,)
    await migrations.upgrade(empty)
    assert await migrations.current(empty) == migrations.head()


async def test_each_step_goes_back_on_its_own(empty: Database) -> None:
    await migrations.upgrade(empty)
    for _ in range(2):
        await migrations.downgrade(empty, "-1")
    await migrations.upgrade(empty, "+1")
    await migrations.upgrade(empty)


async def test_the_schema_is_what_the_models_say(database: Database) -> None:
    assert await migrations.differences(database) == []


async def test_two_platforms_that_start_at_once_migrate_once(empty: Database) -> None:
    import asyncio

    other = Database(empty.url)
    await asyncio.gather(migrations.upgrade(empty), migrations.upgrade(other))
    await other.close()
    assert await migrations.current(empty) == migrations.head()


BEFORE_THE_ROLES = (
    "INSERT INTO users VALUES ('usr_1', 'a@example.com', true, 'en', now())",
    "INSERT INTO accounts VALUES ('acc_1', 'a@example.com', now())",
    "INSERT INTO memberships VALUES ('acc_1', 'usr_1', 'owner')",
    "INSERT INTO sessions VALUES ('hash', 'usr_1', 'acc_1', now(), now(), now())",
    "INSERT INTO api_tokens VALUES ('tok_1', 'old', 'x', 'acc_1', false, now(), NULL, NULL)",
    "INSERT INTO mails VALUES ('mail_1', 'a@example.com', 's', 't', now())",
)


async def test_people_and_keys_of_before_go_on_under_the_new_roles(
    postgres: EmbeddedPostgres, empty: Database, roles: None
) -> None:
    """As the owner, whom row-level security binds as well; and back, and forward again."""
    name = empty.url.rsplit("/", 1)[1]
    async with await psycopg.AsyncConnection.connect(empty.url, autocommit=True) as admin:
        await admin.execute(f"ALTER DATABASE {name} OWNER TO {OWNER}")
    owner = Database(postgres.url(name, OWNER, OWNER))
    await migrations.upgrade(owner, "0002")
    async with await psycopg.AsyncConnection.connect(owner.url, autocommit=True) as connection:
        for statement in BEFORE_THE_ROLES:
            await connection.execute(statement)
    await migrations.upgrade(owner)
    await grants.give(owner, APP)
    app = Database(postgres.url(name, APP, APP)).acting(SYSTEM)
    async with app.transaction() as session:
        user = await session.get_one(identity.User, "usr_1")
        actor = await identity.actor_in(session, user, await session.get_one(identity.Account, "acc_1"))
        (key,) = await identity.list_tokens(session, actor)
    assert (actor.kind, actor.may("staff:manage")) == ("staff", True)
    assert (key.user_id, key.scopes) == ("usr_1", ["*"])
    await migrations.downgrade(owner, "0002")
    await migrations.upgrade(owner)
    await app.close()
    await owner.close()


BEFORE_SERVERS_HAD_DRIVERS = (
    "INSERT INTO servers VALUES ('srv_1', 'local', 'local', 9, 9, 20000, 9, NULL, true, now())",
    """INSERT INTO releases SELECT 'rel_' || state, 'prd_1', state, 'd', '{}', state, NULL, now(), NULL
    FROM unnest(ARRAY['pending', 'building', 'ready', 'failed']) AS state""",
    """INSERT INTO operations (id, kind, subject, subject_name, actor, state, progress, input, fence, claims,
        cancel_requested, created_at)
    SELECT 'op_' || kind, kind, 'rel_building', 'n', '{}', state, 0, '{}', 0, 0, false, now()
    FROM (VALUES ('build_release', 'running'), ('other', 'failed')) AS given (kind, state)""",
)
BUILDS = "SELECT kind, subject, input FROM operations ORDER BY kind"
OF_BEFORE = [("build_release", "rel_building", {}), ("other", "rel_building", {})]


async def test_what_was_built_stands_on_the_server_there_was_and_builds_go_on_there(empty: Database) -> None:
    await migrations.upgrade(empty, "0016")
    async with await psycopg.AsyncConnection.connect(empty.url, autocommit=True) as connection:
        await connection.execute("SET session_replication_role = replica")  # a release needs no product here
        for statement in BEFORE_SERVERS_HAD_DRIVERS:
            await connection.execute(statement)
        await migrations.upgrade(empty, "0017")
        standing = await connection.execute("SELECT server_id, release_id, state FROM server_releases ORDER BY 3")
        assert await standing.fetchall() == [("srv_1", f"rel_{each}", each) for each in ("building", "failed", "ready")]
        given = {"release_id": "rel_building", "server_id": "srv_1"}
        assert await (await connection.execute(BUILDS)).fetchall() == [
            ("build_release", "rel_building@srv_1", given), OF_BEFORE[1],
        ]  # fmt: skip
        assert await (await connection.execute("SELECT drivers FROM servers")).fetchone() == ({},)
        await migrations.downgrade(empty, "0016")
        assert await (await connection.execute(BUILDS)).fetchall() == OF_BEFORE
