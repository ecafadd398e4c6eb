"""What every edge promises: hosts lead to their launches, and changes disturb nobody."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from serai.drivers.edge.caddy import CaddyEdge
from serai.kit.errors import Unavailable
from tests.contract.conftest import Edge, free_port
from tests.contract.echo import echo_application, serve

ACME = "acme.apps.localhost"


@pytest_asyncio.fixture
async def tenant() -> AsyncIterator[int]:
    runner, port = await serve(echo_application("acme"))
    yield port
    await runner.cleanup()


async def ask(
    edge: Edge, host: str, path: str = "/", headers: dict[str, str] | None = None
) -> tuple[int, Any]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(
            f"http://127.0.0.1:{edge.port}{path}", headers={"Host": host, **(headers or {})}
        ) as response,
    ):
        is_json = response.content_type == "application/json"
        return response.status, await (response.json() if is_json else response.text())


async def test_a_host_leads_to_its_launch_and_keeps_its_name(edge: Edge, tenant: int) -> None:
    await edge.driver.put_route("lch_a", ACME, tenant)
    status, told = await ask(edge, f"{ACME}:{edge.port}", "/a/b?c=d")
    assert (status, told["server"], told["path"]) == (200, "acme", "/a/b?c=d")
    assert told["headers"]["Host"] == f"{ACME}:{edge.port}"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "localhost:8080"])
async def test_the_portals_stay_reachable(edge: Edge, tenant: int, host: str) -> None:
    await edge.driver.put_route("lch_a", ACME, tenant)
    status, told = await ask(edge, host, "/console")
    assert (status, told["server"], told["path"]) == (200, "web", "/console")


async def test_an_unknown_system_is_not_found_and_never_a_portal_page(edge: Edge) -> None:
    status, told = await ask(edge, "nobody.apps.localhost", "/admin?x=1")
    assert (status, told["server"], told["path"]) == (404, "web", "/no-such-system")
    status, told = await ask(edge, "nobody.apps.localhost", "/static/app.css")
    assert (status, told["path"]) == (200, "/static/app.css")


async def test_a_launch_that_does_not_answer_gets_a_page_in_both_languages(edge: Edge) -> None:
    await edge.driver.put_route("lch_a", ACME, free_port())
    status, page = await ask(edge, ACME)
    assert status == 502
    assert "Retry" in page
    assert "إعادة المحاولة" in page
    assert "color-scheme: light dark" in page


async def test_routes_are_put_replaced_and_removed_again_and_again(edge: Edge, tenant: int) -> None:
    driver = edge.driver
    for _ in range(2):
        await driver.put_route("lch_a", ACME, 1)
    await driver.put_route("lch_a", ACME, tenant)
    await driver.put_route("lch_b", "B.apps.localhost", 2)
    assert await driver.routes() == {
        "lch_a": (ACME, tenant),
        "lch_b": ("b.apps.localhost", 2),
    }
    for _ in range(2):
        await driver.remove_route("lch_b")
    assert await driver.routes() == {"lch_a": (ACME, tenant)}
    await driver.replace_routes([("lch_c", "c.apps.localhost", 3)])
    assert await driver.routes() == {"lch_c": ("c.apps.localhost", 3)}
    assert (await ask(edge, ACME))[0] == 404
    await driver.replace_routes([])
    assert await driver.routes() == {}


async def test_many_changes_at_once_all_arrive_also_from_two_workers(edge: Edge) -> None:
    first, second = edge.driver, edge.driver
    await asyncio.gather(
        *(first.put_route(f"lch_a{n}", f"a{n}.apps.localhost", 1000 + n) for n in range(40)),
        *(second.put_route(f"lch_b{n}", f"b{n}.apps.localhost", 2000 + n) for n in range(40)),
    )
    assert len(await first.routes()) == 80
    await asyncio.gather(
        *(first.remove_route(f"lch_a{n}") for n in range(40)),
        *(second.remove_route(f"lch_b{n}") for n in range(40)),
    )
    assert await second.routes() == {}


async def test_what_a_client_claims_of_its_origin_is_dropped(edge: Edge, tenant: int) -> None:
    await edge.driver.put_route("lch_a", ACME, tenant)
    claims = {
        "X-Forwarded-For": "9.9.9.9",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Port": "99",
        "X-Real-IP": "9.9.9.9",
        "X-Original-URL": "/admin",
        "Forwarded": "for=9.9.9.9",
    }
    for host in (ACME, "localhost"):
        _, told = await ask(edge, host, headers=claims)
        headers = told["headers"]
        assert headers["X-Forwarded-For"] == "127.0.0.1"
        assert headers["X-Forwarded-Host"] == host
        assert headers["X-Forwarded-Proto"] == "http"
        assert not {"X-Real-Ip", "X-Original-Url", "Forwarded", "X-Forwarded-Port"} & set(headers)


async def test_web_sockets_and_event_streams_outlive_changes(edge: Edge, tenant: int) -> None:
    driver = edge.driver
    await driver.put_route("lch_a", ACME, tenant)
    base, host = f"http://127.0.0.1:{edge.port}", {"Host": ACME}
    async with (
        aiohttp.ClientSession(headers=host) as session,
        session.ws_connect(f"{base}/talk") as socket,
        session.get(f"{base}/events") as events,
    ):
        assert await events.content.readline() == b"data: 0\n"
        for number in range(5):
            await driver.put_route(f"lch_x{number}", f"x{number}.apps.localhost", 1)
            await socket.send_str(str(number))
            assert await socket.receive_str(timeout=2) == f"acme heard {number}"
        lines = [line async for line in events.content]
    assert b"data: 99\n" in lines


async def test_ipv6_loopback_is_served_where_there_is_one(edge: Edge) -> None:
    async with aiohttp.ClientSession() as session:
        try:
            async with session.get(f"http://[::1]:{edge.port}/") as response:
                assert (await response.json())["server"] == "web"
        except aiohttp.ClientConnectorError:
            pytest.skip("this machine has no IPv6 loopback")


async def test_the_admin_socket_is_private(edge: Edge) -> None:
    assert (edge.directory / "admin.sock").stat().st_mode & 0o777 == 0o600


async def test_an_edge_that_is_not_there_is_unavailable(directory: Path) -> None:
    driver = CaddyEdge(directory / "nobody.sock")
    with pytest.raises(Unavailable):
        await driver.put_route("lch_a", ACME, 1)
    with pytest.raises(Unavailable):
        await driver.routes()
