"""Open sockets end when what they rest on does: the session, or the person's place in the account."""

from dataclasses import dataclass

import socketio

from serai.kit.actor import SYSTEM, Actor
from serai.kit.db import Database
from serai.modules import identity

CHANNEL = "access"  # triggers on sessions and memberships tell whose changed
LOOK_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class _Opened:
    token: str
    actor: Actor


class LiveAccess:
    """Knows on which session each socket was opened, and as whom."""

    def __init__(self, database: Database, sio: socketio.AsyncServer) -> None:
        self._database = database.acting(SYSTEM)
        self._sio = sio
        self._opened: dict[str, _Opened] = {}

    async def enter(self, sid: str, token: str) -> Actor | None:
        actor = await self._holder(token)
        if actor is not None:
            self._opened[sid] = _Opened(token, actor)
        return actor

    def leave(self, sid: str) -> None:
        self._opened.pop(sid, None)

    async def check_again(self, user_id: str | None = None) -> None:
        """At the sockets of that person, or at all: those that would not be let in like that any
        more are closed. The page goes on by asking, which is checked anew."""
        for sid, opened in list(self._opened.items()):
            if user_id in {None, opened.actor.user_id} and not await self._is_as_before(opened):
                self.leave(sid)
                await self._sio.disconnect(sid)

    async def _is_as_before(self, opened: _Opened) -> bool:
        now, then = await self._holder(opened.token), opened.actor
        return now is not None and (now.account_id, now.grants) == (then.account_id, then.grants)

    async def _holder(self, token: str) -> Actor | None:
        """An open page alone is no sign of life: idle sessions end all the same."""
        async with self._database.transaction() as session:
            return await identity.actor_of_session(session, token, touch=False)
