"""Pushes operations and the bell to browsers over Socket.IO: one listening connection for all."""

import asyncio
from contextlib import suppress
from typing import Any

import socketio
import structlog
from starlette.requests import cookie_parser

from serai.kit.actor import SYSTEM, Actor
from serai.kit.db import Database
from serai.kit.errors import SeraiError
from serai.kit.i18n import SOURCE, negotiate, use_locale
from serai.kit.web.sessions import token_of
from serai.modules import notifications, operations
from serai.portals import live_access
from serai.portals.live_access import LiveAccess
from serai.portals.live_bell import LiveBell
from serai.portals.shared.progress import progress_of

log = structlog.get_logger()

_AT_MOST_EVERY = 0.05
_MOST_WATCHED = 20


class LiveOperations:
    """`sio` is served beside the pages; `run` hears of changes until it is cancelled."""

    def __init__(
        self, database: Database, allowed_origins: list[str] | str, *, secure: bool = False
    ) -> None:
        self._database = database
        self._secure = secure
        self._watched: dict[str, dict[str, int]] = {}
        self._languages: dict[str, str] = {}
        self._dirty: set[str] = set()
        self._wake = asyncio.Event()
        self.sio = socketio.AsyncServer(async_mode="asgi", cors_allowed_origins=allowed_origins)
        self.sio.on("connect", self._connect)
        self.sio.on("watch", self._watch)
        self.sio.on("unwatch", self._unwatch)
        self.sio.on("disconnect", self._disconnect)
        self._bell = LiveBell(database, self.sio)
        self._access = LiveAccess(database, self.sio)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._listen())
            group.create_task(self._push())
            group.create_task(self._look_now_and_then())

    async def _connect(self, sid: str, environ: dict[str, Any], auth: object = None) -> None:
        cookies = cookie_parser(environ.get("HTTP_COOKIE", ""))
        try:
            actor = await self._access.enter(sid, token_of(cookies, secure=self._secure))
        except SeraiError as error:
            raise socketio.exceptions.ConnectionRefusedError(error.message) from error
        if actor is None:
            raise socketio.exceptions.ConnectionRefusedError("not signed in")
        await self.sio.save_session(sid, {"actor": actor})

    async def _watch(self, sid: str, intent: dict[str, Any]) -> dict[str, Any]:
        """Begin to send an operation; answers {"ok": false, "message": …} when it may not be seen."""
        operation_id, after = str(intent.get("operation", "")), _whole(intent.get("after"))
        actor: Actor = (await self.sio.get_session(sid))["actor"]
        if sum(sid in watchers for watchers in self._watched.values()) >= _MOST_WATCHED:
            return {"ok": False, "message": "Too many operations are watched at once."}
        try:
            async with self._database.acting(actor).transaction() as session:
                snapshot = await operations.snapshot(session, actor, operation_id, after)
        except SeraiError as error:
            return {"ok": False, "message": error.message}
        self._languages[sid] = negotiate(str(intent.get("lang", "")))
        self._watched.setdefault(operation_id, {})[sid] = after
        await self._send(sid, operation_id, snapshot)
        # It may have changed between the reading and the watching.
        self._touch(operation_id)
        return {"ok": True}

    async def _unwatch(self, sid: str, intent: dict[str, Any]) -> None:
        self._forget(sid, str(intent.get("operation", "")))

    async def _disconnect(self, sid: str, *reason: object) -> None:
        for operation_id in list(self._watched):
            self._forget(sid, operation_id)
        self._languages.pop(sid, None)
        self._bell.leave(sid)
        self._access.leave(sid)

    def _forget(self, sid: str, operation_id: str) -> None:
        watchers = self._watched.get(operation_id, {})
        watchers.pop(sid, None)
        if not watchers:
            self._watched.pop(operation_id, None)

    async def _listen(self) -> None:
        while True:
            try:
                channels = (operations.CHANNEL, notifications.bell.CHANNEL, live_access.CHANNEL)
                async with self._database.listening(*channels) as connection:
                    for operation_id in list(self._watched):  # what was missed while not listening
                        self._touch(operation_id)
                    await self._bell.ring_all()
                    await self._access.check_again()
                    async for told in connection.notifies():
                        await self._hear(told.channel, told.payload)
            except Exception as error:
                log.warning("live updates pause", error=str(error))
                await asyncio.sleep(1)

    async def _hear(self, channel: str, payload: str) -> None:
        if channel == operations.CHANNEL:
            self._touch(payload)
        elif channel == live_access.CHANNEL:
            await self._access.check_again(payload)
        else:
            await self._bell.ring(payload)

    async def _look_now_and_then(self) -> None:
        """Sessions also end by the clock, which tells nobody."""
        while True:
            await asyncio.sleep(live_access.LOOK_SECONDS)
            with suppress(SeraiError):
                await self._access.check_again()

    def _touch(self, operation_id: str) -> None:
        if operation_id in self._watched:
            self._dirty.add(operation_id)
            self._wake.set()

    async def _push(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            dirty, self._dirty = self._dirty, set()
            for operation_id in dirty:
                try:
                    await self._push_one(operation_id)
                except Exception as error:
                    log.warning("live update failed", operation=operation_id, error=str(error))
            await asyncio.sleep(_AT_MOST_EVERY)

    async def _push_one(self, operation_id: str) -> None:
        watchers = dict(self._watched.get(operation_id, {}))
        for after in set(watchers.values()):
            async with self._database.acting(SYSTEM).transaction() as session:
                snapshot = await operations.snapshot(session, SYSTEM, operation_id, after)
            for sid in [sid for sid, seen in watchers.items() if seen == after]:
                await self._send(sid, operation_id, snapshot)

    async def _send(self, sid: str, operation_id: str, snapshot: operations.OperationSnapshot) -> None:
        if snapshot.logs and sid in self._watched.get(operation_id, {}):
            self._watched[operation_id][sid] = snapshot.logs[-1].id
        with use_locale(self._languages.get(sid, SOURCE)):
            shown = progress_of(snapshot)
        await self.sio.emit("operation", shown, to=sid)
        if snapshot.finished:
            self._forget(sid, operation_id)


def _whole(number: object) -> int:
    return number if isinstance(number, int) and 0 <= number < 2**62 else 0
