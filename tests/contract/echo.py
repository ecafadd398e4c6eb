"""A server that tells what it was asked, for looking through the edge."""

import asyncio

from aiohttp import web


def echo_application(name: str) -> web.Application:
    async def echo(request: web.Request) -> web.Response:
        told = {"server": name, "path": request.path_qs, "headers": dict(request.headers)}
        return web.json_response(told)

    async def events(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for number in range(100):
            await response.write(f"data: {number}\n\n".encode())
            await asyncio.sleep(0.05)
        return response

    async def talk(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            await socket.send_str(f"{name} heard {message.data}")
        return socket

    app = web.Application()
    app.router.add_get("/events", events)
    app.router.add_get("/talk", talk)
    app.router.add_route("*", "/{path:.*}", echo)
    return app


async def serve(app: web.Application) -> tuple[web.AppRunner, int]:
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port: int = runner.addresses[0][1]
    return runner, port
