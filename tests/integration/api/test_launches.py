"""/api/v1/launches and the operations they lead to."""

import asyncio

import pytest

from tests.client import Client
from tests.factories import blueprint
from tests.integration.api.conftest import Api

ORDER = {"product": "hello", "name": "acme", "email": "sara@example.com"}


async def order(api: Client, **changes):
    return await api.post("/api/v1/launches", ORDER | changes)


async def test_an_order_is_accepted_and_leads_to_its_operation(api: Api) -> None:
    answer = await order(api)
    assert answer.status == 202, answer
    made = answer.json
    assert (made["launch"]["name"], made["launch"]["state"]) == ("acme", "launching")
    assert answer.headers["location"] == f"/api/v1/operations/{made['operation']['id']}"
    seen = await api.get(answer.headers["location"])
    assert seen.json["state"] == "queued"
    await api.world.run(made["operation"]["id"])
    done = (await api.get(answer.headers["location"])).json
    assert (done["state"], done["progress"], done["finished"]) == ("succeeded", 100, True)
    assert [step["state"] for step in done["steps"]] == ["done"] * 7
    newest = max(line["id"] for line in done["logs"])
    assert (await api.get(f"{answer.headers['location']}?after={newest}")).json["logs"] == []


@pytest.mark.parametrize(
    ("changes", "status", "code", "field"),
    [
        ({"name": "a b"}, 422, "launches.invalid_name", "name"),
        ({"name": "www"}, 422, "launches.invalid_name", "name"),
        ({"product": "nothing"}, 404, "catalog.product_not_found", None),
        ({"package": "gold"}, 404, "catalog.package_not_found", None),
        ({"period": "daily"}, 422, "invalid", "period"),
        ({"email": "nobody"}, 422, "invalid", "email"),
        ({"language": "xx"}, 422, "invalid", "language"),
        ({"name": 7}, 422, "invalid", "name"),
        ({"name": "x" * 201}, 422, "invalid", "name"),
        ({"surprise": 1}, 422, "invalid", "surprise"),
        ({"product": "a\x00b"}, 422, "invalid", None),
    ],
)
async def test_a_wrong_order_is_a_problem_with_a_stable_code(
    api: Api, changes, status: int, code: str, field: str | None
) -> None:
    answer = await order(api, **changes)
    assert (answer.status, answer.code) == (status, code)
    assert answer.json["detail"]
    assert field is None or field in answer.json["errors"]


@pytest.mark.parametrize("body", [b"{", b"", b"[]", b'"x"', b"\xff"])
async def test_a_body_that_is_no_order_is_a_problem(api: Api, body: bytes) -> None:
    answer = await api.request("POST", "/api/v1/launches", body)
    assert answer.status in {400, 422}
    assert answer.code in {"bad_request", "invalid"}
    assert all(name and not name.isdigit() for name in answer.json["errors"])


async def test_a_taken_name_is_a_conflict_and_no_room_is_unavailable(api: Api) -> None:
    await order(api)
    answer = await order(api)
    assert (answer.status, answer.code) == (409, "launches.name_taken")
    await api.world.server(capacity=1)
    answer = await order(api, name="second")
    assert (answer.status, answer.code) == (503, "fleet.no_capacity")
    assert answer.headers["retry-after"]


async def test_a_repeated_key_repeats_the_answer_and_launches_once(api: Api) -> None:
    key = {"Idempotency-Key": "k-1"}
    first = await api.post("/api/v1/launches", ORDER, headers=key)
    again = await api.post("/api/v1/launches", ORDER, headers=key)
    assert (again.status, again.body) == (202, first.body)
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["idempotency-replayed"] == "true"
    other = await api.post("/api/v1/launches", ORDER | {"name": "other"}, headers=key)
    assert (other.status, other.code) == (409, "idempotency_key_reused")
    assert await api.world.scalar("SELECT count(*) FROM launches") == 1


async def test_one_key_sent_twice_at_once_launches_once(api: Api) -> None:
    key = {"Idempotency-Key": "k-1"}
    answers = await asyncio.gather(*(api.post("/api/v1/launches", ORDER, headers=key) for _ in range(3)))
    assert [answer.status for answer in answers] == [202] * 3
    assert len({answer.body for answer in answers}) == 1
    assert sum("idempotency-replayed" in answer.headers for answer in answers) == 2
    assert await api.world.scalar("SELECT count(*) FROM launches") == 1


async def test_a_refused_order_does_not_use_its_key_up(api: Api) -> None:
    key = {"Idempotency-Key": "k-1"}
    assert (await api.post("/api/v1/launches", ORDER | {"name": "www"}, headers=key)).status == 422
    assert (await api.post("/api/v1/launches", ORDER, headers=key)).status == 202


@pytest.mark.parametrize("key", ["x" * 256, ""])
async def test_a_malformed_key_is_refused(api: Api, key: str) -> None:
    answer = await api.post("/api/v1/launches", ORDER, headers={"Idempotency-Key": key})
    assert (answer.status, answer.code) == (422, "invalid")


async def test_a_launch_is_found_by_id_and_by_name_with_its_process(api: Api) -> None:
    launch_id = await api.world.launch(api.actor)
    for reference in (launch_id, "acme", "ACME"):
        seen = (await api.get(f"/api/v1/launches/{reference}")).json
        assert seen["id"] == launch_id
        assert seen["process"]["state"] == "running"
        assert seen["release"].startswith("1.0-")
        assert seen["operation"].startswith("op_")
    assert (await api.get("/api/v1/launches/nobody")).code == "launches.not_found"
    assert (await api.get("/api/v1/launches/a%00b")).status in {404, 422}


@pytest.mark.parametrize("change", ["stop", "start", "restart", "reset-password"])
async def test_a_change_is_accepted_with_its_operation(api: Api, change: str) -> None:
    await api.world.launch(api.actor)
    if change == "start":
        stopped = await api.post("/api/v1/launches/acme/stop")
        await api.world.run(stopped.json["id"])
    answer = await api.post(f"/api/v1/launches/acme/{change}", headers={"Idempotency-Key": "k"})
    assert answer.status == 202
    assert answer.headers["location"] == f"/api/v1/operations/{answer.json['id']}"
    again = await api.post(f"/api/v1/launches/acme/{change}", headers={"Idempotency-Key": "k"})
    assert (again.status, again.body) == (202, answer.body)
    assert (await api.world.run(answer.json["id"])).state == "succeeded"


async def test_a_change_that_does_not_fit_is_a_conflict(api: Api) -> None:
    await api.world.launch(api.actor)
    assert (await api.post("/api/v1/launches/acme/start")).code == "launches.wrong_state"
    await api.post("/api/v1/launches/acme/stop")
    assert (await api.post("/api/v1/launches/acme/stop")).status == 409


async def test_deleting_terminates(api: Api) -> None:
    await api.world.launch(api.actor)
    answer = await api.delete("/api/v1/launches/acme")
    assert (answer.status, answer.json["kind"]) == (202, "terminate")
    assert answer.headers["location"].endswith(answer.json["id"])
    await api.world.run(answer.json["id"])
    assert (await api.get("/api/v1/launches")).json["data"] == []
    assert len((await api.get("/api/v1/launches?include_gone=true")).json["data"]) == 1


async def test_credentials_are_revealed_once_and_never_cached(api: Api) -> None:
    await api.world.launch(api.actor)
    first = await api.post("/api/v1/launches/acme/credentials/reveal")
    assert set(first.json) == {"url", "login", "password"}
    assert first.headers["cache-control"] == "no-store"
    again = await api.post("/api/v1/launches/acme/credentials/reveal")
    assert (again.status, again.code) == (409, "launches.credentials_shown")
    stored = await api.world.scalar("SELECT coalesce(string_agg(k::text, ''), '') FROM idempotency_keys k")
    assert first.json["password"] not in stored


async def test_names_are_checked_before_an_order(api: Api) -> None:
    free = (await api.get("/api/v1/launch-names/Acme")).json
    assert free == {"name": "acme", "available": True, "url": "http://acme.apps.localhost:8080"}
    await order(api)
    assert (await api.get("/api/v1/launch-names/acme")).json["available"] is False
    assert (await api.get("/api/v1/launch-names/www")).code == "launches.invalid_name"


async def test_an_operation_is_cancelled_and_retried(api: Api) -> None:
    made = (await order(api)).json
    operation = f"/api/v1/operations/{made['operation']['id']}"
    assert (await api.post(f"{operation}/retry")).code == "operations.not_retryable"
    cancelled = await api.post(f"{operation}/cancel")
    assert (cancelled.status, cancelled.json["cancel_requested"]) == (202, True)
    assert cancelled.headers["location"] == operation
    await api.world.run(made["operation"]["id"])
    assert (await api.get(operation)).json["state"] == "cancelled"
    assert (await api.post(f"{operation}/cancel")).code == "operations.not_cancellable"
    retried = await api.post(f"{operation}/retry")
    assert (retried.status, retried.headers["location"]) == (202, operation)
    assert (await api.world.run(made["operation"]["id"])).state == "succeeded"


async def test_staff_have_releases_built_and_customers_do_not(api: Api) -> None:
    release = await api.world.product(blueprint("other"), ready=False)
    refused = await api.post(f"/api/v1/releases/{release.id}/build")
    assert (refused.status, refused.code) == (403, "denied")
    staff = await api.another(staff=True)
    answer = await staff.post(f"/api/v1/releases/{release.id}/build")
    assert (answer.status, answer.json["kind"]) == (202, "build_release")
    assert (await staff.post("/api/v1/releases/rel_nothing/build")).status == 404
    await api.world.run(answer.json["id"])
    assert (await staff.post(f"/api/v1/releases/{release.id}/build")).status == 409


async def test_another_account_s_systems_do_not_exist(api: Api) -> None:
    made = (await order(api)).json
    launch, operation = made["launch"]["id"], made["operation"]["id"]
    await api.world.run(operation)
    stranger = await api.another()
    for answer in [
        await stranger.get(f"/api/v1/launches/{launch}"),
        await stranger.get("/api/v1/launches/acme"),
        await stranger.delete(f"/api/v1/launches/{launch}"),
        await stranger.post(f"/api/v1/launches/{launch}/credentials/reveal"),
        await stranger.get(f"/api/v1/operations/{operation}"),
        await stranger.post(f"/api/v1/operations/{operation}/cancel"),
        await stranger.post(f"/api/v1/operations/{operation}/retry"),
        *[await stranger.post(f"/api/v1/launches/{launch}/{change}")
          for change in ("stop", "start", "restart", "reset-password")],
    ]:  # fmt: skip
        assert answer.status == 404, answer
    for path in ("launches?include_gone=true", "operations", f"operations?subject={launch}"):
        assert (await stranger.get(f"/api/v1/{path}")).json["data"] == []
    staff = await api.another(staff=True)
    assert (await staff.get("/api/v1/launches")).json["data"][0]["id"] == launch
