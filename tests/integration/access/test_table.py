"""Who may use which route, held against table.tsv; and that nothing crosses from account to account.

`SERAI_RENEW_ACCESS=1 pytest tests/integration/access` writes the table anew: read the difference
before it is committed, for it is what everybody may.
"""

import csv
import io
import os
from pathlib import Path
from typing import Any

import psycopg
import pytest
from starlette.types import ASGIApp

from serai.kit import heartbeats
from serai.kit.actor import Actor
from serai.main import create_app
from tests.client import Answered
from tests.factories import World
from tests.integration.access.routes import Way, every_way
from tests.integration.access.stage import Stage, make_stage

TABLE = Path(__file__).with_name("table.tsv")
MEMBERS = ("owner", "admin", "billing", "developer", "support", "viewer")
STAFF = ("superadmin", "operations", "finance", "customer-support", "read-only")
# Support in a visit without consent: in the console the customer's owner, read-only.
VISIT = "visit"
WALKERS = ("nobody", *MEMBERS, "stranger", *STAFF, VISIT)
YES, NO, HIDDEN, SIGN_IN, CONFIRM = "yes", "no", "404", "sign in", "confirm"


@pytest.fixture
def app(world: World) -> ASGIApp:
    return create_app(world.platform)


@pytest.fixture
async def stage(world: World, app: ASGIApp) -> Stage:
    await world.server()
    await world.product()
    await heartbeats.beat(world.database, "walker")  # /readyz asks for one
    await world.account(staff=True)  # so that no walker is the last superadmin
    return await make_stage(world, app, await world.account())


def _all_ways() -> list[Way]:
    """From the application itself, without a database."""
    from fastapi import FastAPI

    from serai.main import _API
    from serai.portals import pages, status

    bare = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    for router in (status.router, *_API):
        bare.include_router(router)
    pages.install(bare)
    return every_way(bare)


WAYS = _all_ways()


def outcome(answer: Answered, way: Way) -> str:
    """What an answer says about the right to ask; whether the input made sense is another matter."""
    where = answer.headers.get("location", "")
    if answer.status == 401 or (answer.status == 303 and where.startswith("/signin?")) or where == "/signin":
        return SIGN_IN
    if answer.status == 303 and where.startswith("/console/confirm"):
        return CONFIRM
    assert answer.status == 501 or answer.status < 500, (way.name, answer.status, answer.body[-500:])
    return {403: NO, 404: HIDDEN, 501: HIDDEN}.get(answer.status, YES)


async def walker_called(name: str, stage: Stage) -> Actor | None:
    if name == "nobody":
        return None
    if name == "owner":
        return stage.owner
    if name == "stranger":
        return await stage.world.account()
    if name in MEMBERS:
        return await stage.world.member(stage.owner, name)
    role = "support" if name in {"customer-support", VISIT} else name
    return await stage.world.account(staff=True, staff_role=role)


async def enter(browser: Any, stage: Stage) -> None:
    path = f"/admin/accounts/{stage.owner.account_id}/enter"
    answer = await browser.send(path, reason="A walk along every route")
    assert answer.headers["location"] == "/console/systems"


def expected() -> dict[str, dict[str, str]]:
    rows = csv.DictReader(TABLE.open(), delimiter="\t") if TABLE.exists() else []
    return {row["route"]: row for row in rows}


def renew(walker: str, found: dict[str, str]) -> None:
    table = expected()
    out = io.StringIO()
    writer = csv.DictWriter(out, ["route", *WALKERS], delimiter="\t", lineterminator="\n")
    writer.writeheader()
    for way in sorted(WAYS, key=lambda each: (each.path, each.method)):
        row = table.get(way.name, {"route": way.name})
        writer.writerow({**{name: row.get(name, "") for name in WALKERS}, "route": way.name, walker: found[way.name]})
    TABLE.write_text(out.getvalue())


@pytest.mark.parametrize("name", WALKERS)
async def test_each_route_does_for_each_role_what_the_table_says(
    stage: Stage, name: str, record_property: Any
) -> None:
    walker = await walker_called(name, stage)
    clients = {pages: await stage.client_of(walker, pages=pages) for pages in (True, False)}
    if name == VISIT:
        await enter(clients[True], stage)
    found: dict[str, str] = {}
    for way in WAYS:
        if way.path == "/readyz":  # the walk is longer than a heartbeat lasts
            await heartbeats.beat(stage.world.database, "walker")
        answer = await stage.walk(walker, clients[way.is_page], way)
        found[way.name] = outcome(answer, way)
    if os.environ.get("SERAI_RENEW_ACCESS"):
        renew(name, found)
    table = expected()
    wrong = {way: (said, table.get(way, {}).get(name)) for way, said in found.items()
             if table.get(way, {}).get(name) != said}  # fmt: skip
    record_property("figures", f"access: {name}: {len(found)} routes, {len(wrong)} deviations")
    assert wrong == {}


def test_the_table_names_every_route_and_no_other() -> None:
    assert set(expected()) == {way.name for way in WAYS}


DIGEST = """
    SELECT coalesce(md5(string_agg(t::text, E'\\n' ORDER BY t::text)), '-')
    FROM {table} t WHERE t.{column} = %s
"""


class Snapshot:
    """What an account holds, table by table, as a superuser sees it."""

    def __init__(self, connection: psycopg.AsyncConnection[Any], account_id: str) -> None:
        self._connection, self._account_id = connection, account_id

    async def take(self) -> dict[str, str]:
        found = {}
        for table, column in await self._tables():
            query = DIGEST.format(table=table, column=column)
            row = await (await self._connection.execute(query, [self._account_id])).fetchone()
            found[table] = row[0]
        return found

    async def _tables(self) -> list[tuple[str, str]]:
        query = """
            SELECT table_name, column_name FROM information_schema.columns
            WHERE table_schema = 'public' AND column_name = 'account_id'
        """
        rows = await (await self._connection.execute(query)).fetchall()
        return [("accounts", "id"), *rows]


@pytest.fixture
async def everything(stage: Stage, owner_connection: psycopg.AsyncConnection[Any]) -> Snapshot:
    return Snapshot(owner_connection, stage.owner.account_id or "")


async def test_another_account_reads_and_writes_nothing(
    stage: Stage, everything: Snapshot, record_property: Any
) -> None:
    """Account B's owner, in the browser and with a key, at every address of account A's things."""
    stranger = await stage.world.account()
    clients = {pages: await stage.client_of(stranger, pages=pages) for pages in (True, False)}
    reads, writes = [], []
    for way in WAYS:
        values = await stage.subjects(way, stranger)
        before = await everything.take()
        answer = await walk_with(stage, clients[way.is_page], way, values, stranger)
        if await everything.take() != before:
            writes.append(way.name)
        telling = [stage.owner.account_id or "", stage.owner.name, *_secrets_of(values, way)]
        if answer.status < 400 and any(each.encode() in answer.body for each in telling):
            reads.append(way.name)
    record_property("figures", f"access: across accounts: {len(WAYS)} routes, {len(reads)} reads, {len(writes)} writes")
    assert (reads, writes) == ([], [])


async def walk_with(
    stage: Stage, client: Any, way: Way, values: dict[str, str], stranger: Actor
) -> Answered:
    """With subjects made before the account was looked at."""
    made, stage.subjects = stage.subjects, _given(values)  # type: ignore[method-assign]
    try:
        return await stage.walk(stranger, client, way)
    finally:
        stage.subjects = made  # type: ignore[method-assign]


def _given(values: dict[str, str]) -> Any:
    async def subjects(_way: Way, _walker: Actor) -> dict[str, str]:
        return values

    return subjects


def _secrets_of(values: dict[str, str], way: Way) -> list[str]:
    """Ids of account A's things: an answer to B that holds one has told something."""
    ids = ("launch_id", "operation_id", "user_id", "entry_id", "invitation_id", "role_id", "key_id", "grant_id", "record_id")
    return [values[name] for name in ids if name in values and len(values[name]) > 20]


def test_the_walk_would_notice() -> None:
    """The outcome tells the cases apart that matter."""
    way = Way("GET", "/x")
    said = [outcome(Answered(status, headers, b""), way) for status, headers in (
        (200, {}), (422, {}), (409, {}), (403, {}), (404, {}), (401, {}),
        (303, {"location": "/signin?next=x"}), (303, {"location": "/console/confirm?next=x"}),
        (303, {"location": "/console/systems"}),
    )]  # fmt: skip
    assert said == [YES, YES, YES, NO, HIDDEN, SIGN_IN, SIGN_IN, CONFIRM, YES]
    with pytest.raises(AssertionError):
        outcome(Answered(500, {}, b""), way)
