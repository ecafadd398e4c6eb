"""Bodies beyond the limit are refused before they are read, announced or not."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from serai.kit.web.body_limit import BodyLimitMiddleware

MOST = 100


async def swallow(scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]) -> None:
    """Reads everything, then says how much it was."""
    size, more = 0, True
    while more:
        message = await receive()
        size, more = size + len(message["body"]), message["more_body"]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(size).encode()})


@pytest.mark.parametrize(
    ("announced", "pieces", "status"),
    [
        (None, [50, 50], 200), (None, [50, 51], 413), (None, [10_000], 413), ("100", [100], 200),
        ("101", [], 413), ("99999999999999999999", [], 413), ("-5", [200], 413), ("nonsense", [100], 200),
    ],
)  # fmt: skip
async def test_a_body_is_read_up_to_the_limit(announced: str | None, pieces: list[int], status: int) -> None:
    headers = [(b"content-length", announced.encode())] if announced else []
    waiting = [{"type": "http.request", "body": b"x" * size, "more_body": True} for size in pieces[:-1]]
    waiting += [{"type": "http.request", "body": b"x" * size, "more_body": False} for size in pieces[-1:]]
    sent: list[Any] = []

    async def receive() -> Any:
        return waiting.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "headers": headers, "method": "POST", "path": "/"}
    await BodyLimitMiddleware(swallow, most=MOST)(scope, receive, send)
    assert sent[0]["status"] == status
