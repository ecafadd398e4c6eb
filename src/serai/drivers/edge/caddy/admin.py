"""Caddy's admin API on its unix socket."""

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

from serai.drivers.edge.caddy.routes import TABLE_ID, Route, mappings, read
from serai.kit.errors import Unavailable

_TIMEOUT = aiohttp.ClientTimeout(total=30)
_ATTEMPTS = 20
_TABLE = f"/id/{TABLE_ID}/mappings"
_OK = 200
_CHANGED_MEANWHILE = 412

Change = Callable[[dict[str, Route]], dict[str, Route]]


class _CutOffError(Exception):
    """The admin server went away in the middle of a call."""


class Admin:
    """Reads and changes the table of launches. Every method raises Unavailable."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket

    async def routes(self) -> dict[str, Route]:
        for _ in range(_ATTEMPTS):
            with contextlib.suppress(_CutOffError):
                async with self._session() as session:
                    return (await self._get(session))[0]
        raise self._restless()

    async def change(self, change: Change) -> None:
        """Replace the table by `change(table)`, again if another writer was quicker."""
        for _ in range(_ATTEMPTS):
            # Caddy begins a new admin server with every change and drops the old one's
            # connections. Whether ours was made is then unknown: read again, as after a conflict.
            with contextlib.suppress(_CutOffError):
                async with self._session() as session:
                    present, version = await self._get(session)
                    wanted = change(dict(present))
                    if wanted == present or await self._patch(session, wanted, version):
                        return
        raise self._restless()

    def _session(self) -> aiohttp.ClientSession:
        connector = aiohttp.UnixConnector(str(self._socket))
        return aiohttp.ClientSession(connector=connector, timeout=_TIMEOUT)

    async def _get(self, session: aiohttp.ClientSession) -> tuple[dict[str, Route], str]:
        status, body, headers = await self._call(session, "GET", _TABLE)
        if status != _OK:
            raise self._refused(status, body)
        return read(msgspec.json.decode(body)), headers.get("Etag", "")

    async def _patch(self, session: aiohttp.ClientSession, wanted: dict[str, Route], version: str) -> bool:
        """False when the table is no longer the one that was read."""
        data = msgspec.json.encode(mappings(wanted))
        headers = {"Content-Type": "application/json", "If-Match": version}
        status, body, _ = await self._call(session, "PATCH", _TABLE, data, headers)
        if status == _CHANGED_MEANWHILE:
            return False
        if status != _OK:
            raise self._refused(status, body)
        return True

    async def _call(
        self,
        session: aiohttp.ClientSession,
        method: str,
        path: str,
        data: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, bytes, Any]:
        try:
            async with session.request(
                method, f"http://localhost{path}", data=data, headers=headers
            ) as response:
                return response.status, await response.read(), response.headers
        except (aiohttp.ClientConnectorError, TimeoutError) as error:
            message = f"The edge at {self._socket} does not answer ({error or 'timeout'})."
            raise Unavailable(message) from error
        except (aiohttp.ClientError, OSError) as error:
            raise _CutOffError from error

    def _restless(self) -> Unavailable:
        return Unavailable(f"The routes of the edge at {self._socket} keep changing; try again.")

    def _refused(self, status: int, body: bytes) -> Unavailable:
        text = body.decode(errors="replace").strip()
        return Unavailable(f"The edge at {self._socket} refused a change ({status}): {text}")
