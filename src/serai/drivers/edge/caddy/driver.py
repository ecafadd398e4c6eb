"""`Edge` on Caddy. Changes asked for while another is under way are written together."""

import asyncio
from collections.abc import Iterable, Mapping
from pathlib import Path

from serai.drivers.edge.caddy.admin import Admin, Change
from serai.drivers.edge.caddy.routes import Route


class CaddyEdge:
    """Fulfils `Edge`. Every method raises Unavailable when Caddy does not answer."""

    def __init__(self, socket: Path) -> None:
        self._admin = Admin(socket)
        self._pending: list[tuple[Change, asyncio.Future[None]]] = []
        self._writer: asyncio.Task[None] | None = None

    async def put_route(self, launch_id: str, host: str, port: int) -> None:
        def put(present: dict[str, Route]) -> dict[str, Route]:
            return present | {launch_id: (host.lower(), port)}

        await self._write(put)

    async def remove_route(self, launch_id: str) -> None:
        def remove(present: dict[str, Route]) -> dict[str, Route]:
            present.pop(launch_id, None)
            return present

        await self._write(remove)

    async def replace_routes(self, routes: Iterable[tuple[str, str, int]]) -> None:
        wanted = {launch_id: (host.lower(), port) for launch_id, host, port in routes}
        await self._write(lambda _: wanted)

    async def routes(self) -> Mapping[str, Route]:
        return await self._admin.routes()

    async def _write(self, change: Change) -> None:
        """Returns once Caddy serves the change, whichever batch it went in."""
        done = asyncio.get_running_loop().create_future()
        self._pending.append((change, done))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write_all())
        await done

    async def _write_all(self) -> None:
        while self._pending:
            batch, self._pending = self._pending, []
            try:
                await self._admin.change(_one_after_another([change for change, _ in batch]))
            except Exception as error:
                _settle(batch, error)
            else:
                _settle(batch, None)


def _one_after_another(changes: list[Change]) -> Change:
    def apply(present: dict[str, Route]) -> dict[str, Route]:
        for change in changes:
            present = change(present)
        return present

    return apply


def _settle(batch: list[tuple[Change, asyncio.Future[None]]], error: Exception | None) -> None:
    for _, done in batch:
        if done.done():
            continue  # its caller was cancelled
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)
