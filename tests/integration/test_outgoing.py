"""Requests to addresses that others name, against real servers on this machine."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from serai.kit import outgoing
from serai.kit.settings import Settings

TRUSTING = Settings(allow_private_requests=True)
GUARDED = Settings(allow_private_requests=False)
PRODUCTION = Settings(environment="production", allow_private_requests=True)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Lying(AbstractResolver):
    """DNS that answers what it is told; counts how often it was asked."""

    def __init__(self, *answers: str) -> None:
        self.answers, self.asked = answers, 0

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[ResolveResult]:
        address = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        kind = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [
            {"hostname": host, "host": address, "port": port, "family": kind, "proto": 0, "flags": 0}
        ]  # fmt: skip

    async def close(self) -> None:
        pass


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[tuple[str, list[web.Request]]]:
    seen: list[web.Request] = []

    async def note(request: web.Request) -> web.StreamResponse:
        seen.append(request)
        return await handler(request)

    runner = web.ServerRunner(web.Server(note), shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        yield f"http://127.0.0.1:{port}", seen
    finally:
        await runner.cleanup()


async def hello(request: web.Request) -> web.StreamResponse:
    form = dict(await request.post())
    return web.json_response({"method": request.method, "form": form, "cookie": request.headers.get("Cookie")},
                             headers={"Set-Cookie": "a=b", "X-One": "1"})  # fmt: skip


async def test_an_answer_has_status_headers_and_body() -> None:
    async with serving(hello) as (url, _), outgoing.client(TRUSTING) as client:
        answer = await client.get(f"{url}/x")
        assert (answer.status, answer.headers["x-one"], answer.json()["method"]) == (200, "1", "GET")
        answer = await client.post(url, data={"grant": "code"})
        assert answer.json() == {"method": "POST", "form": {"grant": "code"}, "cookie": None}


@pytest.mark.parametrize("written", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433", "127.1"])
async def test_loopback_is_refused_however_it_is_written(written: str) -> None:
    async with serving(hello) as (url, seen), outgoing.client(GUARDED) as client:
        with pytest.raises(outgoing.Refused):
            await client.get(url.replace("127.0.0.1", written))
        assert seen == []


@pytest.mark.parametrize("address", ["127.0.0.1", "::ffff:127.0.0.1", "169.254.169.254", "10.0.0.1"])
async def test_a_name_that_leads_to_a_private_address_is_refused(address: str) -> None:
    async with serving(hello) as (url, seen), outgoing.client(GUARDED, resolver=Lying(address)) as client:
        with pytest.raises(outgoing.Refused, match=address):
            await client.get(url.replace("127.0.0.1", "attacker.example"))
        assert seen == []


async def test_a_name_is_resolved_once_a_request_and_judged_each_time() -> None:
    """DNS rebinding: the second answer is what counts for the second connection."""
    resolver = Lying("192.0.2.1", "127.0.0.1")
    async with serving(hello) as (url, seen), outgoing.client(GUARDED, resolver=resolver) as client:
        for asked in (1, 2):
            with pytest.raises(outgoing.Refused):
                await client.get(url.replace("127.0.0.1", "attacker.example"))
            assert resolver.asked == asked
        assert seen == []


async def test_a_redirect_is_shown_and_not_followed() -> None:
    async def elsewhere(request: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": "/other"})

    async with serving(elsewhere) as (url, seen), outgoing.client(TRUSTING) as client:
        answer = await client.get(url)
        assert (answer.status, answer.headers["location"], len(seen)) == (302, "/other", 1)


async def test_a_proxy_in_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    async with serving(hello) as (url, _), outgoing.client(TRUSTING) as client:
        assert (await client.get(url)).status == 200


async def test_cookies_are_not_kept() -> None:
    async with serving(hello) as (url, _), outgoing.client(TRUSTING) as client:
        await client.get(url)
        assert (await client.get(url)).json()["cookie"] is None


async def test_an_answer_that_drips_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each drop comes in time; the whole does not."""
    monkeypatch.setattr(outgoing, "SECONDS", 0.3)

    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b".")
            await asyncio.sleep(0.05)

    async with serving(drip) as (url, _), outgoing.client(TRUSTING) as client:
        with pytest.raises(outgoing.NoAnswer, match="did not answer within"):
            await client.get(url)


@pytest.mark.parametrize("length", [None, outgoing.LARGEST_ANSWER + 1])
async def test_an_answer_larger_than_a_megabyte_is_not_read(length: int | None) -> None:
    async def flood(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        response.content_length = length
        await response.prepare(request)
        for _ in range(65):
            await response.write(b"x" * (1 << 14))
        return response

    async with serving(flood) as (url, _), outgoing.client(TRUSTING) as client:
        with pytest.raises(outgoing.NoAnswer, match="larger"):
            await client.get(url)


@pytest.mark.parametrize(
    "url",
    ["ftp://example.com/", "file:///etc/passwd", "//example.com", "example.com", "http://", "http:///x",
     "http://user:word@example.com/", "http://example.com:99999/", "gopher://127.0.0.1/", ""],
)  # fmt: skip
async def test_only_plain_web_addresses_are_asked(url: str) -> None:
    async with outgoing.client(TRUSTING) as client:
        with pytest.raises(outgoing.Refused):
            await client.get(url)


async def test_production_asks_for_https() -> None:
    async with serving(hello) as (url, seen), outgoing.client(PRODUCTION) as client:
        with pytest.raises(outgoing.Refused, match="https"):
            await client.get(url)
        with pytest.raises(outgoing.NoAnswer):  # not TLS at the other end, but asked
            await client.get(url.replace("http", "https"))
        assert seen == []


async def test_nobody_there_is_no_answer() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        async with outgoing.client(TRUSTING) as client:
            with pytest.raises(outgoing.NoAnswer, match="cannot be reached"):
                await client.get(f"http://127.0.0.1:{closed.getsockname()[1]}")
