"""What all vendors are asked through."""

import asyncio

import pytest
from aiohttp import web

from serai.drivers.payments.http import Http, without
from serai.kit.errors import Unavailable
from tests.contract.payments.servers.common import serving

LARGE = 3 << 20


async def _slow(request: web.Request) -> web.Response:
    await asyncio.sleep(5)
    return web.json_response({})


async def _large(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    await response.write(b'{"pad": "')
    for _ in range(LARGE >> 14):
        await response.write(b"x" * (1 << 14))
    if request.path == "/larger":
        await response.write(b"x" * LARGE)
    await response.write(b'"}')
    return response


async def _answer(request: web.Request) -> web.Response:
    status = int(request.match_info["status"])
    return web.Response(status=status, text="<html>", headers={"Location": "/large"})


def application() -> web.Application:
    app = web.Application()
    app.router.add_get("/slow", _slow)
    app.router.add_get("/large", _large)
    app.router.add_get("/larger", _large)
    app.router.add_get("/answer/{status}", _answer)
    return app


async def test_an_answer_in_many_pieces_is_read_whole() -> None:
    async with serving(application()) as url:
        answer = await Http("Vendor", url).call("GET", "/large")
    assert len(answer.body["pad"]) == LARGE


@pytest.mark.parametrize(
    "path", ["/slow", "/larger", "/answer/200", "/answer/503", "/answer/429", "/answer/302"]
)
async def test_what_is_no_answer_is_unavailable(path: str) -> None:
    async with serving(application()) as url:
        with pytest.raises(Unavailable, match="Vendor"):
            await Http("Vendor", url, seconds=0.5).call("GET", path)


def test_secrets_are_taken_out_of_what_is_said() -> None:
    assert without("Bad key sk_1234567, really", ["sk_1234567", "", "sk"]) == "Bad key •••, really"
    assert len(without("x" * 900, [])) == 200
