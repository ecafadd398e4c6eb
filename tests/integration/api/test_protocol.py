"""What holds for every route: authentication, problems, pages, request ids, probes, metrics."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.types import ASGIApp

from serai.kit import clock, heartbeats
from serai.kit.db import Database
from serai.kit.web.sessions import COOKIE
from serai.main import create_app
from serai.modules import identity
from serai.modules.catalog import service
from tests.client import Client
from tests.factories import make_world
from tests.integration.api.conftest import Api
from tests.queries import counted

READS = (
    "/api/v1/products", "/api/v1/products/hello", "/api/v1/launches", "/api/v1/launches/acme",
    "/api/v1/operations", "/api/v1/operations/op_x", "/api/v1/launch-names/acme",
)  # fmt: skip


@pytest.mark.parametrize("path", READS)
@pytest.mark.parametrize("token", ["", "Bearer", "Bearer nonsense", "Basic abc", "Bearer a\x00b"])
async def test_without_a_good_token_nothing_is_told(app: ASGIApp, path: str, token: str) -> None:
    answer = await Client(app).get(path, headers={"authorization": token})
    assert (answer.status, answer.code) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_session_cookie_does_not_open_the_api(api: Api) -> None:
    async with api.world.database.transaction() as session:
        code = await identity.request_code(session, "sara@example.com")
    async with api.world.database.transaction() as session:
        signed = await identity.sign_in(session, code.email, code.code)
    assert signed is not None
    answer = await api.nobody.get("/api/v1/launches", headers={"cookie": f"{COOKIE}={signed.token}"})
    assert answer.status == 401


async def test_unknown_addresses_and_methods_are_problems(api: Api) -> None:
    assert (await api.get("/api/v1/nothing")).code == "not_found"
    answer = await api.request("PUT", "/api/v1/launches")
    assert (answer.status, answer.code) == (405, "method_not_allowed")
    assert "GET" in answer.headers["allow"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"), ("limit=201", "limit"), ("limit=many", "limit"),
        ("cursor=x%27y", "cursor"), ("cursor=%00", "cursor"), ("state=" + "x" * 21, "state"),
    ],
)  # fmt: skip
async def test_wrong_query_parameters_are_named(api: Api, query: str, field: str) -> None:
    answer = await api.get(f"/api/v1/launches?{query}")
    assert (answer.status, answer.code) == (422, "invalid")
    assert field in answer.json["errors"]


@pytest.mark.parametrize("search", ["%00", "%25", "_", "%5C", "%27", "%F0%9F%90%AA"])
async def test_a_search_is_text_and_nothing_else(api: Api, search: str) -> None:
    await api.world.order(api.actor)
    answer = await api.get(f"/api/v1/launches?search={search}")
    assert answer.status in {200, 422}
    assert answer.status == 422 or answer.json["data"] == []
    assert len((await api.get("/api/v1/launches?search=CM")).json["data"]) == 1


@pytest.mark.parametrize("count", [11, 12])
@pytest.mark.parametrize("path", ["launches", "operations"])
async def test_walking_the_pages_meets_everything_once(api: Api, path: str, count: int) -> None:
    await api.world.server(capacity=50)
    for number in range(count):
        await api.world.order(api.actor, f"system{number}")
    address, seen, pages = f"/api/v1/{path}?limit=3", [], 0
    while address:
        answer = await api.get(address)
        seen += [each["id"] for each in answer.json["data"]]
        pages += 1
        link = re.fullmatch(r'<([^>]+)>; rel="next"', answer.headers.get("link", ""))
        assert (link is None) == (answer.json["next_cursor"] is None)
        address = link[1] if link else ""
        assert not link or not urlsplit(address).netloc
    assert len(seen) == len(set(seen)) == count
    assert pages == 4
    assert seen == sorted(seen, reverse=True), "newest first"


async def test_filters_stay_on_the_way_through_the_pages(api: Api) -> None:
    for number in range(4):
        await api.world.order(api.actor, f"system{number}")
    answer = await api.get("/api/v1/launches?limit=2&state=launching&search=system")
    address = answer.headers["link"].split(">")[0].lstrip("<")
    assert "state=launching" in address
    assert len((await api.get(address)).json["data"]) == 2


async def test_each_answer_has_a_request_id_and_keeps_a_good_one(api: Api) -> None:
    made = (await api.get("/api/v1/products")).headers["x-request-id"]
    assert made.startswith("req_")
    given = await api.get("/api/v1/nothing", headers={"X-Request-Id": "abc-12345"})
    assert given.headers["x-request-id"] == given.json["request_id"] == "abc-12345"
    evil = await api.get("/api/v1/products", headers={"X-Request-Id": "<script>alert(1)"})
    assert evil.headers["x-request-id"].startswith("req_")


async def test_a_bug_is_a_problem_without_a_word_of_the_inside(api: Api, monkeypatch) -> None:
    async def broken(session) -> None:
        raise ZeroDivisionError("secret inside")

    monkeypatch.setattr(service, "list_products", broken)
    answer = await api.get("/api/v1/products")
    assert (answer.status, answer.code) == (500, "internal")
    assert b"secret" not in answer.body
    assert answer.json["request_id"] == answer.headers["x-request-id"]
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_the_request_id_reaches_the_event(api: Api) -> None:
    body = {"product": "hello", "name": "acme", "email": "a@example.com"}
    await api.post("/api/v1/launches", body, headers={"X-Request-Id": "trace-me-1"})
    assert await api.world.scalar(
        "SELECT request_id FROM events WHERE type = 'launches.requested'"
    ) == "trace-me-1"  # fmt: skip


async def test_livez_needs_nothing(tmp_path) -> None:
    away = Database("postgresql://nobody@127.0.0.1:1/nothing")
    client = Client(create_app(make_world(away, tmp_path / "home").platform))
    assert (await client.get("/livez")).status == 200
    answer = await client.get("/readyz")
    assert (answer.status, answer.json["ready"]) == (503, False)
    assert answer.json["checks"]["database"] is False
    assert (await client.get("/metrics")).status == 503
    lost = await client.get("/api/v1/products", headers={"authorization": "Bearer x"})
    assert (lost.status, lost.code) == (503, "database_unavailable")
    assert lost.headers["retry-after"]


async def test_readyz_wants_the_schema_and_a_worker_that_lives(api: Api) -> None:
    answer = await api.nobody.get("/readyz")
    assert (answer.status, answer.json["checks"]) == (
        503, {"database": True, "migrations": True, "worker": False},
    )  # fmt: skip
    await heartbeats.beat(api.world.database, "w1")
    assert (await api.nobody.get("/readyz")).status == 200
    former = clock.use(clock.MovableClock(datetime.now(UTC) + timedelta(seconds=30)))
    try:
        assert (await api.nobody.get("/readyz")).status == 503
    finally:
        clock.use(former)


async def test_metrics_are_prometheus_text_with_what_matters(api: Api) -> None:
    await api.world.launch(api.actor)
    await api.get("/api/v1/launches/acme")
    answer = await api.nobody.get("/metrics")
    samples = {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.body.decode())
        for sample in family.samples
    }
    assert samples["serai_launches", ("state", "running")] == 1
    assert samples["serai_operations", ("state", "succeeded")] == 1
    routes = {labels for name, *labels in ((key[0], *key[1:]) for key in samples)
              if name == "http_server_request_duration_seconds_count" for labels in labels}  # fmt: skip
    assert ("http_route", "/api/v1/launches/{reference}") in routes, "routes, not addresses"


# Three of them say who calls: as the system, the key, as its actor.
MOST_QUERIES = {
    "/api/v1/products": 6,
    "/api/v1/products/hello": 6,
    "/api/v1/launches": 4,
    "/api/v1/launches/acme0": 8,  # two of them: on which server it is, outside of the answer's transaction
    "/api/v1/operations": 4,
    "/api/v1/launch-names/free": 6,
}


@pytest.mark.parametrize("path", MOST_QUERIES)
async def test_the_number_of_queries_does_not_grow_with_the_list(api: Api, path: str) -> None:
    for number in range(6):
        await api.world.order(api.actor, f"acme{number}")
    await api.get(path)  # the key's last use is noted once a minute
    with counted(api.world.database) as seen:
        answer = await api.get(path)
    assert answer.status == 200
    assert len(seen) <= MOST_QUERIES[path], seen


async def test_an_operation_is_read_in_six_queries(api: Api) -> None:
    await api.get("/api/v1/products")
    _, operation_id = await api.world.order(api.actor)
    await api.world.run(operation_id)
    with counted(api.world.database) as seen:
        assert (await api.get(f"/api/v1/operations/{operation_id}")).status == 200
    assert len(seen) <= 6
