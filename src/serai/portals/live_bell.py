"""Rings the bells of people who have a page open, wherever the message was written."""

from collections.abc import Mapping
from typing import Any

import socketio

from serai.kit.actor import Actor
from serai.kit.db import Database, Session
from serai.kit.i18n import gettext, negotiate, use_locale
from serai.modules import notifications


class LiveBell:
    """Knows which pages of whom are open, and in which language."""

    def __init__(self, database: Database, sio: socketio.AsyncServer) -> None:
        self._database = database
        self._sio = sio
        self._actors: dict[str, dict[str, tuple[Actor, str]]] = {}
        sio.on("bell", self._open)

    async def _open(self, sid: str, intent: dict[str, Any]) -> dict[str, Any]:
        """Begin to tell this page; answers with what there is now."""
        actor: Actor = (await self._sio.get_session(sid))["actor"]
        if actor.user_id is None:
            return {"unread": 0, "newest": None}
        language = negotiate(str(intent.get("lang", "")) if isinstance(intent, Mapping) else "")
        self._actors.setdefault(actor.user_id, {})[sid] = (actor, language)
        async with self._database.acting(actor).transaction() as session:
            unread, newest = await _now(session, actor)
        return {"unread": unread, "newest": newest.id if newest else None}

    def leave(self, sid: str) -> None:
        for user_id in [each for each, pages in self._actors.items() if sid in pages]:
            del self._actors[user_id][sid]
            if not self._actors[user_id]:
                del self._actors[user_id]

    async def ring(self, user_id: str) -> None:
        """Something changed for this person: the number, and the newest message's title."""
        pages = dict(self._actors.get(user_id, {}))
        if not pages:
            return
        actor = next(iter(pages.values()))[0]
        async with self._database.acting(actor).transaction() as session:
            unread, newest = await _now(session, actor)
        for sid, (_actor, language) in pages.items():
            with use_locale(language):
                title = gettext(newest.title, **newest.values) if newest else ""
            message = {"unread": unread, "newest": newest.id if newest else None, "title": title}
            await self._sio.emit("bell", message, to=sid)

    async def ring_all(self) -> None:
        """After a time of not listening."""
        for user_id in list(self._actors):
            await self.ring(user_id)


async def _now(session: Session, actor: Actor) -> tuple[int, notifications.Notification | None]:
    newest = await notifications.bell.page(session, actor, unread_only=True, limit=1)
    return await notifications.bell.unread(session, actor), newest[0] if newest else None
