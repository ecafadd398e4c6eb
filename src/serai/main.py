"""The web application: portals, API, live updates. A composition root."""

import asyncio
import gc
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial

import socketio
import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from serai import __version__
from serai.composition import Platform, open_platform
from serai.kit.db_role import refuse_wrong_role
from serai.kit.errors import SeraiError
from serai.kit.module import load
from serai.kit.settings import Settings
from serai.kit.web import openapi
from serai.kit.web.body_limit import BodyLimitMiddleware
from serai.kit.web.csrf import CsrfMiddleware
from serai.kit.web.preferences import PreferencesMiddleware
from serai.kit.web.problems import problem_response, render_error, wants_problem
from serai.kit.web.request_context import RequestContextMiddleware
from serai.kit.web.security_headers import SecurityHeadersMiddleware
from serai.modules import identity, registered
from serai.portals import pages, status
from serai.portals.live import LiveOperations

_API = tuple(load(router) for module in registered() for router in module.routers)
# No cookies are taken there: tokens, signatures and the links of mails say who asks.
_FOREIGN_POSTS = ("/api/", "/webhooks/", "/unsubscribe/")
_CODES = {400: "bad_request", 404: "not_found", 405: "method_not_allowed"}
_DESCRIPTION = """Everything the terminal and the pages do. Work that takes time answers 202 with
an operation to follow. Errors are RFC 9457 problems with a stable `code`."""


def create_app(platform: Platform) -> ASGIApp:
    """The whole application over an opened platform, which the caller closes."""
    app = FastAPI(
        title="Serai", version=__version__, openapi_url="/api/v1/openapi.json", docs_url=None,
        redoc_url=None, lifespan=_lifespan, separate_input_output_schemas=False,
    )  # fmt: skip
    app.state.platform = platform
    app.state.authenticate = partial(identity.access_tokens.authenticate, issuer=platform.settings.public_url)
    app.state.live = LiveOperations(
        platform.database, platform.settings.portal_origins, secure=platform.settings.is_secure
    )
    app.include_router(status.router)
    for router in _API:
        app.include_router(router)
    pages.install(app)
    openapi.install(app, title="Serai", version=__version__, description=_DESCRIPTION)
    _install_errors(app)
    app.add_middleware(CsrfMiddleware, exempt=_FOREIGN_POSTS)
    app.add_middleware(PreferencesMiddleware)
    # Around FastAPI's own, so that the answer to a bug has its request id and headers, too.
    pages_and_api = RequestContextMiddleware(SecurityHeadersMiddleware(BodyLimitMiddleware(app)))
    whole: ASGIApp = socketio.ASGIApp(app.state.live.sio, other_asgi_app=pages_and_api)
    return whole


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    live = asyncio.create_task(app.state.live.run())
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 100)
    yield
    live.cancel()
    with suppress(asyncio.CancelledError):
        await live


def _install_errors(app: FastAPI) -> None:
    @app.exception_handler(SeraiError)
    async def on_error(request: Request, error: SeraiError) -> Response:
        return render_error(error) if wants_problem(request) else pages.error_page(request, error)

    @app.exception_handler(RequestValidationError)
    async def on_invalid(request: Request, error: RequestValidationError) -> Response:
        if any(each["type"] == "json_invalid" for each in error.errors()):
            return problem_response(400, "bad_request", "The body is no valid JSON.")
        fields = {".".join(str(p) for p in e["loc"][1:]) or "body": e["msg"] for e in error.errors()}
        detail = "; ".join(f"{name}: {text}" for name, text in fields.items())
        return problem_response(422, "invalid", detail, fields)

    @app.exception_handler(HTTPException)
    async def on_http(request: Request, error: HTTPException) -> Response:
        if wants_problem(request):
            code = _CODES.get(error.status_code, "http")
            answer = problem_response(error.status_code, code, str(error.detail))
            answer.headers.update(error.headers or {})
            if error.status_code == 405 and (methods := _methods_of(request.url.path)):
                answer.headers["Allow"] = ", ".join(sorted(methods))
            return answer
        return pages.http_error_page(request, error)

    @app.exception_handler(Exception)
    async def on_bug(request: Request, error: Exception) -> Response:
        detail = "Something went wrong on our side. Tell support the request id."
        if wants_problem(request):
            return problem_response(500, "internal", detail)
        return pages.bug_page(request)


def _methods_of(path: str) -> set[str]:
    """All that an address of the API takes: Starlette names those of its first route only."""
    routes = (route for router in _API for route in router.routes if isinstance(route, APIRoute))
    return {method for route in routes if route.path_regex.match(path) for method in route.methods or ()}


def serve(settings: Settings) -> None:
    """Serve on the unix socket behind the edge until SIGTERM."""
    path = settings.sockets / "web.sock"
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    path.chmod(0o600)
    asyncio.run(_serve(settings, listener))


async def _serve(settings: Settings, listener: socket.socket) -> None:
    platform = open_platform(settings, pool_size=10)
    config = uvicorn.Config(
        create_app(platform), loop="uvloop", http="httptools", ws="websockets-sansio", log_config=None,
        access_log=False, timeout_graceful_shutdown=3, ws_per_message_deflate=False,
        proxy_headers=True, forwarded_allow_ips="*", server_header=False,
    )  # fmt: skip
    try:
        await refuse_wrong_role(platform.database)
        await uvicorn.Server(config).serve(sockets=[listener])
    finally:
        await platform.close()
        with suppress(FileNotFoundError):
            (settings.sockets / "web.sock").unlink()
