"""What every request has: an id in logs, events and answers, and figures for /metrics."""

import re
import time

import structlog
from prometheus_client import Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serai.kit import ids
from serai.kit.origin import Origin, set_origin

_GOOD_ID = re.compile(r"^[A-Za-z0-9_-]{8,64}$")
_LONGEST_AGENT = 400
_MACHINES = ("/api/", "/scim/", "/oidc/", "/webhooks/")
_SECONDS = Histogram(
    "http_server_request_duration_seconds", "Time to answer a request.",
    ("http_request_method", "http_route", "http_response_status_code"),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)  # fmt: skip


class RequestContextMiddleware:
    """Takes a well-formed `X-Request-Id` over from the edge, or makes one."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        request_id = given if _GOOD_ID.match(given) else ids.new("req")
        set_origin(_origin_of(scope, headers, request_id))
        structlog.contextvars.bind_contextvars(request_id=request_id)
        began, status = time.perf_counter(), 500

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["x-request-id"] = request_id
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        finally:
            route = getattr(scope.get("route"), "path", "other")
            took = time.perf_counter() - began
            _SECONDS.labels(scope["method"], route, str(status)).observe(took)
            structlog.contextvars.clear_contextvars()


def _origin_of(scope: Scope, headers: Headers, request_id: str) -> Origin:
    """The server takes the client's address over from the edge (X-Forwarded-For)."""
    client = scope.get("client")
    return Origin(
        request_id=request_id, ip=client[0] if client else None,
        user_agent=headers.get("user-agent", "")[:_LONGEST_AGENT] or None,
        via="api" if scope["path"].startswith(_MACHINES) else "page",
    )  # fmt: skip
