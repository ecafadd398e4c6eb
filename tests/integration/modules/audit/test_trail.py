"""Every event becomes a record; records are sealed, masked, found, exported, and verified."""

import csv
import io
import json
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

from serai.kit import events
from serai.kit.actor import SYSTEM, Actor
from serai.kit.errors import Denied, NotFound
from serai.kit.origin import Origin, set_origin
from serai.modules import audit, identity
from serai.modules.audit.masking import MASK, masked
from tests.factories import World


async def records(world: World, actor: Actor = SYSTEM, **search: Any) -> list[audit.RecordView]:
    async with world.database.transaction() as session:
        found = await audit.page(session, actor, audit.Search(**search), limit=200)
    return [audit.record_view(each) for each in found]


async def happen(world: World, actor: Actor, action: str = "test.happened", **changes: Any) -> None:
    async with world.database.transaction() as session:
        await events.publish(session, actor, action, "thing_1", actor.account_id, **changes)


async def test_a_change_tells_who_what_before_after_and_from_where(world: World) -> None:
    owner = await world.account()
    set_origin(Origin("req_1", "192.0.2.7", "Firefox", "page"))
    async with world.database.transaction() as session:
        await identity.accounts.rename(session, owner, "Nile Trading")
    set_origin(Origin())
    (record,) = await records(world, action="identity.account_renamed")
    assert (record.before, record.after) == ({"name": owner.name}, {"name": "Nile Trading"})
    assert (record.actor_kind, record.actor_id, record.actor_name) == ("user", owner.id, owner.name)
    assert (record.ip, record.user_agent, record.via, record.request_id) == (
        "192.0.2.7", "Firefox", "page", "req_1"
    )  # fmt: skip
    assert record.account_id == owner.account_id


async def test_what_is_rolled_back_was_never_recorded(world: World) -> None:
    owner = await world.account()
    before = len(await records(world))
    with pytest.raises(ZeroDivisionError):
        async with world.database.transaction() as session:
            await events.publish(session, owner, "test.happened", "thing_1", owner.account_id)
            1 / 0  # noqa: B018
    assert len(await records(world)) == before


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"password": "x"}, {"password": MASK}),
        ({"client_secret": "x", "name": "n"}, {"client_secret": MASK, "name": "n"}),
        ({"nested": {"token_hash": "x"}}, {"nested": {"token_hash": MASK}}),
        ({"list": [{"recovery_codes": ["a"]}]}, {"list": [{"recovery_codes": MASK}]}),
        ({"password_shown_at": "2026"}, {"password_shown_at": "2026"}),
        ({"has_password": True, "password": None}, {"has_password": True, "password": None}),
    ],
)
def test_secrets_are_masked(given: dict[str, Any], kept: dict[str, Any]) -> None:
    assert masked(given) == kept


async def test_accounts_find_their_own_and_staff_everything(world: World) -> None:
    one, two = await world.account(), await world.account()
    staff = await world.account(staff=True)
    await happen(world, one)
    await happen(world, two)
    assert {each.account_id for each in await records(world, one)} == {one.account_id}
    assert len(await records(world, staff, action="test.happened")) == 2
    assert len(await records(world, staff, account_id=two.account_id, action="test.happened")) == 1
    (theirs,) = await records(world, two, action="test.happened")
    async with world.database.transaction() as session:
        with pytest.raises(NotFound):
            await audit.get(session, one, theirs.id)


async def test_who_may_not_read_it_is_told(world: World) -> None:
    owner = await world.account()
    for role in ("viewer", "developer", "support", "billing"):
        member = await world.member(owner, role)
        with pytest.raises(Denied):
            await records(world, member)
    assert await records(world, await world.member(owner, "admin"))


@pytest.mark.parametrize(
    ("search", "count"),
    [
        ({"text": "happened"}, 2), ({"text": "HAPPENED"}, 2), ({"text": "100%"}, 0), ({"text": "_"}, 2),
        ({"action": "test.happened"}, 2), ({"subject": "thing_1"}, 2), ({"subject": "thing"}, 0),
    ],
)  # fmt: skip
async def test_it_is_searched(world: World, search: dict[str, str], count: int) -> None:
    owner = await world.account()
    await happen(world, owner)
    await happen(world, owner)
    found = await records(world, owner, **{"action": "test.happened", **search})
    assert len(found) == count


async def test_exports_hold_everything_in_order_and_are_recorded(world: World) -> None:
    owner = await world.account()
    for number in range(3):
        await happen(world, owner, after={"number": number, "formula": "=1+1"})
    search = audit.Search(action="test.happened")
    async with world.database.transaction() as session:
        await audit.note_export(session, owner, search)
    async with world.database.transaction() as session:
        lines = b"".join([each async for each in audit.as_json_lines(audit.export(session, owner, search))])
        table = b"".join([each async for each in audit.as_csv(audit.export(session, owner, search))])
    numbers = [json.loads(line)["after"]["number"] for line in lines.splitlines()]
    rows = list(csv.DictReader(io.StringIO(table.decode("utf-8-sig"))))
    assert numbers == [json.loads(row["after"])["number"] for row in rows] == [0, 1, 2]
    assert len(await records(world, owner, action="audit.exported")) == 1


async def test_a_cell_is_never_a_formula(world: World) -> None:
    owner = await world.account()
    set_origin(Origin(user_agent='=cmd|"/c calc"!A1'))
    await happen(world, owner)
    set_origin(Origin())
    async with world.database.transaction() as session:
        search = audit.Search(action="test.happened")
        table = b"".join([each async for each in audit.as_csv(audit.export(session, owner, search))])
    (row,) = csv.DictReader(io.StringIO(table.decode("utf-8-sig")))
    assert row["user_agent"] == "'=cmd|\"/c calc\"!A1"


async def verified(world: World, actor: Actor = SYSTEM) -> audit.Verified:
    async with world.database.transaction() as session:
        return await audit.verify(session, actor)


async def test_an_untouched_trail_is_whole(world: World) -> None:
    one, two = await world.account(), await world.account()
    for _ in range(3):
        await happen(world, one, after={"text": "naïve ∆ \n\t“quoted” \\ \u202e"})
        await happen(world, two, data_with="newline\nand\x1fmore")
    found = await verified(world)
    assert (found.broken, found.records) == ((), await world.scalar("SELECT count(*) FROM audit_records"))
    assert {one.account_id, two.account_id} <= found.heads.keys()
    assert (await verified(world, one)).heads.keys() == {one.account_id}


@pytest.mark.parametrize(
    ("tampering", "why"),
    [
        ("UPDATE audit_records SET action = 'x' WHERE {second}", "changed after"),
        ("UPDATE audit_records SET after = '{{\"n\": 9}}' WHERE {second}", "changed after"),
        ("UPDATE audit_records SET at = at + interval '1 microsecond' WHERE {second}", "changed after"),
        ("UPDATE audit_records SET actor = actor || '{{\"name\": \"y\"}}' WHERE {second}", "changed after"),
        ("UPDATE audit_records SET user_agent = 'x' WHERE {second}", "changed after"),
        ("DELETE FROM audit_records WHERE {second}", "is missing"),
        ("DELETE FROM audit_records WHERE {last}", "end is missing"),
        ("DELETE FROM audit_records WHERE chain = '{chain}'", "end is missing"),
        ("UPDATE audit_records SET hash = 'x' WHERE {second}", "changed after"),
        ("UPDATE audit_records SET previous_hash = 'x' WHERE {second}", "does not follow"),
    ],
)
async def test_tampering_shows_even_when_it_is_the_owner_s(
    world: World, owner_connection: psycopg.AsyncConnection[Any], tampering: str, why: str
) -> None:
    owner = await world.account()
    for number in range(4):
        await happen(world, owner, after={"n": number})
    chain = owner.account_id
    places = {
        "chain": chain, "second": f"chain = '{chain}' AND position = 2",
        "last": f"chain = '{chain}' AND position = (SELECT max(position) FROM audit_records WHERE chain = '{chain}')",
    }  # fmt: skip
    await owner_connection.execute("ALTER TABLE audit_records DISABLE TRIGGER append_only")
    await owner_connection.execute(tampering.format(**places))
    (broken,) = (await verified(world)).broken
    assert (broken.chain, why in broken.why) == (chain, True), broken


async def test_even_the_owner_cannot_change_a_record_by_mistake(
    world: World, owner_connection: psycopg.AsyncConnection[Any]
) -> None:
    await happen(world, await world.account())
    for statement in ("UPDATE audit_records SET action = 'x'", "DELETE FROM audit_records",
                      "TRUNCATE audit_records"):  # fmt: skip
        with pytest.raises(psycopg.errors.RaiseException, match="never changed"):
            await owner_connection.execute(statement)


async def test_changes_of_one_account_at_once_form_one_chain(world: World) -> None:
    import asyncio

    owner, other = await world.account(), await world.account()
    await asyncio.gather(*(happen(world, who) for who in (owner, other) for _ in range(10)))
    assert (await verified(world)).broken == ()
    async with world.database.transaction() as session:
        query = text("SELECT count(DISTINCT position) FROM audit_records WHERE chain = :chain AND action = 'test.happened'")
        assert (await session.execute(query, {"chain": owner.account_id})).scalar_one() == 10


async def test_what_is_added_while_it_is_verified_is_no_alarm(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from serai.modules.audit import verification

    owner = await world.account()
    await happen(world, owner)
    stream = verification._stream

    async def slowly(*arguments: Any) -> Any:
        await happen(world, owner)  # committed after the heads were read
        newcomer = await world.account()
        await happen(world, newcomer)
        async for row in stream(*arguments):
            yield row

    monkeypatch.setattr(verification, "_stream", slowly)
    assert (await verified(world)).broken == ()


async def test_times_find_what_happened_within_them(world: World) -> None:
    from datetime import timedelta

    owner = await world.account()
    await happen(world, owner)
    (record,) = await records(world, owner, action="test.happened")
    for since, until, count in ((-1, 1, 1), (-2, -1, 0), (1, 2, 0)):
        moments = {"since": record.at + timedelta(seconds=since), "until": record.at + timedelta(seconds=until)}
        assert len(await records(world, owner, action="test.happened", **moments)) == count
