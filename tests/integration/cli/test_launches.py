"""`serai launch …`, `serai operation …`, `serai product …`, `serai token …`"""

import asyncio

import pytest

from serai.kit.actor import SYSTEM
from serai.kit.errors import Invalid
from serai.modules import identity, launches, operations
from tests.client import Client
from tests.factories import World
from tests.integration.cli.conftest import Serai
from tests.support import eventually

CREATE = ("launch", "create", "--product", "hello", "--package", "free", "--name", "acme")


async def run_when_asked(world: World) -> operations.OperationSnapshot:
    """A worker: runs the first operation that is queued."""

    async def queued() -> str | None:
        async with world.database.transaction() as session:
            found = await operations.page(session, SYSTEM, state="queued")
        return found[0].id if found else None

    return await world.run(await eventually(queued, every=0.02))


async def launched(world: World, serai: Serai) -> str:
    await world.ground()
    made = (await serai(*CREATE, "--json")).json
    await world.run(made["operation"]["id"])
    launch_id: str = made["launch"]["id"]
    return launch_id


async def test_create_show_list_and_credentials_as_json(world: World, serai: Serai) -> None:
    launch_id = await launched(world, serai)
    shown = await serai("launch", "show", "acme", "--json")
    assert shown.code == 0
    assert {"id", "name", "state", "url", "product", "release"} <= set(shown.json)
    assert (shown.json["id"], shown.json["state"]) == (launch_id, "running")
    assert shown.json["url"] == "http://acme.apps.localhost:8080"
    assert shown.json["release"].startswith("1.0-")
    assert [each["id"] for each in (await serai("launch", "list", "--json")).json] == [launch_id]
    first = (await serai("launch", "credentials", "acme", "--json")).json
    assert set(first) == {"url", "login", "password"}
    assert (await serai("launch", "credentials", launch_id, "--json")).json == first, (
        "the operator may reread"
    )


@pytest.mark.parametrize("command", [
    ("launch", "list"), ("launch", "show", "acme"), ("launch", "credentials", "acme"),
    ("operation", "list"), ("product", "list"), ("token", "list"),
])  # fmt: skip
async def test_every_reading_command_prints_for_people_and_for_scripts(
    world: World, serai: Serai, command: tuple[str, ...]
) -> None:
    await launched(world, serai)
    for_people = await serai(*command)
    assert for_people.code == 0
    assert for_people.out.strip()
    assert for_people.err == ""
    for_scripts = await serai(*command, "--json")
    assert for_scripts.code == 0
    assert isinstance(for_scripts.json, list | dict)


async def test_watching_follows_the_operation_to_its_end(world: World, serai: Serai) -> None:
    await world.ground()
    ran, _ = await asyncio.gather(serai(*CREATE, "--watch", "--json"), run_when_asked(world))
    assert ran.code == 0
    states = [each["state"] for each in ran.lines]
    assert (states[-1], ran.lines[-1]["progress"]) == ("succeeded", 100)
    ran, _ = await asyncio.gather(serai("launch", "restart", "acme", "--watch"), run_when_asked(world))
    assert ran.code == 0
    assert "Restart: acme done in" in ran.out


@pytest.mark.parametrize("flags", [(), ("--json",)])
async def test_a_watched_operation_that_fails_ends_with_1_and_the_reason(
    world: World, serai: Serai, flags: tuple[str, ...]
) -> None:
    await world.ground()
    world.faults.before["runtime.start"] = Invalid("the disk is full")
    ran, _ = await asyncio.gather(serai(*CREATE, "--watch", *flags), run_when_asked(world))
    assert ran.code == 1
    assert "the disk is full" in ran.err
    if flags:
        assert ran.lines[-1]["state"] == "failed"
        assert ran.error["code"] == "operations.failed"


async def test_stop_start_terminate_and_reset_one_after_the_other(world: World, serai: Serai) -> None:
    await launched(world, serai)
    for command, state in (("stop", "stopped"), ("start", "running"), ("reset-password", "running"),
                           ("terminate", "terminated")):  # fmt: skip
        ran = await serai("launch", command, "acme", "--json")
        assert ran.code == 0, ran
        await world.run(ran.json["operation"]["id"])
        assert (await world.find("acme")).state == state
    assert (await serai("launch", "list", "--json")).json == []
    assert len((await serai("launch", "list", "--all", "--json")).json) == 1


async def test_operations_are_shown_cancelled_and_retried(world: World, serai: Serai) -> None:
    await world.ground()
    operation_id = (await serai(*CREATE, "--json")).json["operation"]["id"]
    assert (await serai("operation", "cancel", operation_id, "--json")).json["cancel_requested"] is True
    await world.run(operation_id)
    shown = await serai("operation", "show", operation_id, "--json")
    assert (shown.json["state"], len(shown.json["steps"])) == ("cancelled", 7)
    assert (await serai("operation", "show", operation_id)).code == 0
    assert (await serai("operation", "watch", operation_id, "--json")).code == 1
    assert (await serai("operation", "retry", operation_id, "--json")).json["state"] == "queued"
    await world.run(operation_id)
    assert (await serai("operation", "watch", operation_id)).code == 0


ERRORS = [
    (("launch", "show", "nobody"), 66, "launches.not_found"),
    (("operation", "show", "op_nothing"), 66, "operations.not_found"),
    (("launch", "create", "--product", "nothing", "--name", "acme"), 66, "catalog.product_not_found"),
    (("launch", "create", "--product", "hello", "--name", "www"), 65, "launches.invalid_name"),
    (("launch", "create", "--product", "hello", "--name", "x y", "--email", "no"), 65, None),
    (("launch", "create", "--product", "hello", "--name", "acme", "--period", "daily"), 65, "invalid"),
    (("launch", "create", "--product", "hello", "--name", "acme", "--language", "xx"), 65, "invalid"),
    (("launch", "start", "taken"), 75, "launches.wrong_state"),
    (("launch", "create", "--product", "hello", "--name", "taken"), 75, "launches.name_taken"),
    (("token", "revoke", "tok_nothing"), 66, "not_found"),
    (("blueprint", "load", "/nowhere"), 65, "catalog.invalid_blueprint"),
]


@pytest.mark.parametrize(("command", "code", "error"), ERRORS)
async def test_an_error_has_its_exit_code_and_goes_to_standard_error(
    world: World, serai: Serai, command: tuple[str, ...], code: int, error: str | None
) -> None:
    await world.launch(await world.ground(), "taken")
    ran = await serai(*command)
    assert (ran.code, ran.out) == (code, "")
    assert ran.err.strip()
    assert "Traceback" not in ran.err
    ran = await serai(*command, "--json")
    assert (ran.code, ran.out) == (code, "")
    assert set(ran.error) == {"code", "message", "fields"}
    assert error is None or ran.error["code"] == error


async def test_no_room_is_unavailable(world: World, serai: Serai) -> None:
    await world.ground()
    await world.server(capacity=0)
    ran = await serai(*CREATE, "--json")
    assert (ran.code, ran.error["code"]) == (69, "fleet.no_capacity")


async def test_deleting_asks_first_and_takes_no_for_an_answer(
    world: World, serai: Serai, monkeypatch: pytest.MonkeyPatch
) -> None:
    import io
    import sys

    await launched(world, serai)
    monkeypatch.setattr(sys, "stdin", io.StringIO("n\n"))
    assert (await serai("launch", "terminate", "acme")).code == 1
    assert (await world.find("acme")).state == "running"
    assert (await serai("launch", "terminate", "acme", "--yes")).code == 0


async def test_a_launch_for_a_customer_belongs_to_the_customer(world: World, serai: Serai) -> None:
    await world.ground()
    made = (await serai(*CREATE, "--email", "Sara@Example.com", "--json")).json
    async with world.database.transaction() as session:
        _, account = await identity.ensure_user(session, "sara@example.com")
        launch = await launches.find(session, SYSTEM, made["launch"]["id"])
    assert (launch.account_id, launch.email) == (account.id, "sara@example.com")


async def test_a_token_opens_the_api_until_it_is_revoked(world: World, serai: Serai) -> None:
    from serai.main import create_app

    await launched(world, serai)
    made = (await serai("token", "create", "--name", "ci", "--json")).json
    assert set(made) == {"id", "name", "token"}
    client = Client(create_app(world.platform), made["token"])
    assert len((await client.get("/api/v1/launches")).json["data"]) == 1
    listed = await serai("token", "list", "--json")
    assert made["token"] not in listed.out
    revoked = await serai("token", "revoke", made["id"], "--json")
    assert (revoked.code, revoked.json["id"]) == (0, made["id"])
    assert (await client.get("/api/v1/launches")).status == 401


async def test_two_commands_on_a_fresh_platform_agree_on_the_operator(world: World, serai: Serai) -> None:
    from serai.terminal.session import operator

    async def one() -> str:
        async with world.database.transaction() as session:
            return (await operator(session)).id

    assert len(set(await asyncio.gather(*(one() for _ in range(4))))) == 1
