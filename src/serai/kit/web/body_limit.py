"""No request's body is read beyond a limit: forms and JSON are small, and memory is everybody's."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serai.kit.web.problems import problem_response

MOST = 1 << 20


class TooLarge(Exception):
    """The body went on beyond the limit without having said so."""


class BodyLimitMiddleware:
    def __init__(self, app: ASGIApp, *, most: int = MOST) -> None:
        self.app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        said = Headers(scope=scope).get("content-length", "")
        if said.isdigit() and int(said) > self._most:
            await _too_large(scope, receive, send)
            return
        read, began = 0, False

        async def receive_counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self._most:
                raise TooLarge
            return message

        async def send_noted(message: Message) -> None:
            nonlocal began
            began = True
            await send(message)

        try:
            await self.app(scope, receive_counted, send_noted)
        except TooLarge:
            if not began:
                await _too_large(scope, receive, send)


async def _too_large(scope: Scope, receive: Receive, send: Send) -> None:
    detail = f"A request may carry {MOST // 1024} KiB at most."
    await problem_response(413, "too_large", detail)(scope, receive, send)
