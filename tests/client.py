"""Requests straight through ASGI, without a server and without another client's cleverness."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from starlette.types import ASGIApp


@dataclass(frozen=True)
class Answered:
    status: int
    headers: dict[str, str]
    body: bytes
    set_cookies: tuple[str, ...] = ()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """A problem's stable code."""
        assert self.headers["content-type"] == "application/problem+json", self
        assert self.json["status"] == self.status
        found: str = self.json["code"]
        return found


class Client:
    """`token`: sent as bearer with each request; exceptions after an answer are dropped."""

    def __init__(self, app: ASGIApp, token: str | None = None) -> None:
        self.app = app
        self.ip = "127.0.0.1"
        self.headers = {"authorization": f"Bearer {token}"} if token else {}

    async def get(self, path: str, **options: Any) -> Answered:
        return await self.request("GET", path, **options)

    async def post(self, path: str, body: Any = None, **options: Any) -> Answered:
        return await self.request("POST", path, body, **options)

    async def delete(self, path: str, **options: Any) -> Answered:
        return await self.request("DELETE", path, **options)

    async def request(
        self, method: str, path: str, body: Any = None, *, headers: Mapping[str, str] | None = None
    ) -> Answered:
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        sent = {"host": "localhost", "content-type": "application/json", **self.headers, **(headers or {})}
        route, _, query = path.partition("?")
        scope = {
            "type": "http", "http_version": "1.1", "method": method, "path": unquote(route),
            "raw_path": route.encode(), "query_string": query.encode(), "root_path": "", "scheme": "http",
            "headers": [(name.lower().encode(), value.encode()) for name, value in sent.items()],
            "server": ("localhost", 80), "client": (self.ip, 1), "state": {},
        }  # fmt: skip
        messages: list[Any] = []
        requests = iter([{"type": "http.request", "body": raw, "more_body": False}])

        async def receive() -> Any:
            found = next(requests, None)
            if found is None:
                await asyncio.Event().wait()
            return found

        async def send(message: Any) -> None:
            messages.append(message)

        try:
            await self.app(scope, receive, send)
        except Exception:
            if not messages:
                raise
        pairs = [(name.decode(), value.decode()) for name, value in messages[0]["headers"]]
        body = b"".join(each.get("body", b"") for each in messages[1:])
        cookies = tuple(value for name, value in pairs if name == "set-cookie")
        return Answered(messages[0]["status"], dict(pairs), body, cookies)
