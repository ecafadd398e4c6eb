"""Local servers: started for one test, and troubled on demand."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Faults:
    """`down`: answers 503 to everything. `lose`: so many next POSTs are carried out and never answered."""

    def __init__(self) -> None:
        self.down = False
        self.lose = 0
        self.posts: list[str] = []

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if self.down:
            return web.json_response({"error": "down"}, status=503)
        if request.method == "POST":
            self.posts.append(request.path)
        response = await handler(request)
        if self.lose and request.method == "POST" and not request.path.endswith("/token"):
            self.lose -= 1
            assert request.transport is not None
            request.transport.abort()
            raise ConnectionResetError
        return response


@asynccontextmanager
async def serving(app: web.Application) -> AsyncIterator[str]:
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def refused(status: int, body: object) -> web.HTTPException:
    """To raise: an answer of the vendor's in the middle of a handler."""
    import json

    made = {
        400: web.HTTPBadRequest, 401: web.HTTPUnauthorized, 404: web.HTTPNotFound,
        422: web.HTTPUnprocessableEntity,
    }[status]  # fmt: skip
    return made(text=json.dumps(body), content_type="application/json")
