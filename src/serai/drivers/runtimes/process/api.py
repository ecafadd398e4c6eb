"""The agent's face: JSON over HTTP on its unix socket."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import msgspec
import structlog
from aiohttp import web

from serai.contracts.runtime import Workload
from serai.drivers.runtimes.process.isolation import Isolation
from serai.drivers.runtimes.process.keeper import Keeper
from serai.drivers.runtimes.process.wire import (
    About,
    Change,
    Failure,
    LaunchIds,
    Output,
    decode_change,
    decode_command,
    encode,
)
from serai.kit.errors import Conflict, Invalid, SeraiError, Unavailable

log = structlog.get_logger()

_LARGEST_BODY = 8 << 20
_KEEPER = web.AppKey("keeper", Keeper)
_ISOLATION = web.AppKey("isolation", Isolation)
_UNDERWAY = web.AppKey("underway", set[asyncio.Task[Any]])


def application(keeper: Keeper, isolation: Isolation) -> web.Application:
    app = web.Application(middlewares=[_errors], client_max_size=_LARGEST_BODY)
    app[_KEEPER] = keeper
    app[_ISOLATION] = isolation
    app[_UNDERWAY] = set()
    app.router.add_get("/v1/agent", _about)
    app.router.add_get("/v1/launches", _launch_ids)
    app.router.add_get("/v1/launches/{launch_id}", _status)
    app.router.add_get("/v1/launches/{launch_id}/healthy", _healthy)
    app.router.add_post("/v1/launches/{launch_id}/run", _run)
    for action in (_prepare, _start, _stop, _remove):
        app.router.add_post(f"/v1/launches/{{launch_id}}/{action.__name__[1:]}", action)
    return app


async def _about(request: web.Request) -> web.Response:
    isolation = request.app[_ISOLATION]
    return _json(About(os.getpid(), isolation.names(own_uid=isolation.is_root)))


async def _launch_ids(request: web.Request) -> web.Response:
    return _json(LaunchIds(request.app[_KEEPER].launch_ids()))


async def _status(request: web.Request) -> web.Response:
    return _json(await request.app[_KEEPER].status(request.match_info["launch_id"]))


async def _healthy(request: web.Request) -> web.Response:
    timeout = float(request.query["timeout"])
    return _json(await request.app[_KEEPER].wait_healthy(request.match_info["launch_id"], timeout))


async def _run(request: web.Request) -> web.Response:
    body = decode_command(await request.read())
    return _json(Output(await request.app[_KEEPER].run(body.workload, body.command, body.timeout)))


async def _prepare(request: web.Request) -> web.Response:
    body = await _change(request)
    return await _whole(request, request.app[_KEEPER].prepare(_workload(request, body), body.files, body.fence))


async def _start(request: web.Request) -> web.Response:
    body = await _change(request)
    return await _whole(request, request.app[_KEEPER].start(_workload(request, body), body.fence))


async def _stop(request: web.Request) -> web.Response:
    body = await _change(request)
    launch_id = request.match_info["launch_id"]
    return await _whole(request, request.app[_KEEPER].stop(launch_id, body.fence, body.grace))


async def _remove(request: web.Request) -> web.Response:
    body = await _change(request)
    launch_id = request.match_info["launch_id"]
    return await _whole(request, request.app[_KEEPER].remove(launch_id, body.fence))


async def _change(request: web.Request) -> Change:
    return decode_change(await request.read())


def _workload(request: web.Request, body: Change) -> Workload:
    if body.workload is None or body.workload.launch_id != request.match_info["launch_id"]:
        message = "The body names no workload, or that of another launch."
        raise Invalid(message)
    return body.workload


async def _whole(request: web.Request, change: Coroutine[Any, Any, None]) -> web.Response:
    """A change that has begun is finished, also when the worker that asked for it dies."""
    task = asyncio.create_task(change)
    underway = request.app[_UNDERWAY]
    underway.add(task)
    task.add_done_callback(underway.discard)
    await asyncio.shield(task)
    return web.Response(status=204)


@web.middleware
async def _errors(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    try:
        return await handler(request)
    except SeraiError as error:
        return _json(Failure(error.code, error.message), status=_status_of(error))
    except (msgspec.DecodeError, KeyError, ValueError) as error:
        return _json(Failure(Invalid.code, f"The agent cannot read this request: {error}"), 422)
    except OSError as error:
        log.exception("agent_failed", path=request.path)
        return _json(Failure(Unavailable.code, f"The process agent could not do it: {error}"), 503)


def _status_of(error: SeraiError) -> int:
    if isinstance(error, Conflict):
        return 409
    return 422


def _json(value: object, status: int = 200) -> web.Response:
    return web.Response(body=encode(value), status=status, content_type="application/json")
