"""Sockets: who may open one, what it sees, and that it ends with what it rests on."""

from typing import Any

import pytest

from serai.kit.actor import Actor
from serai.kit.clock import MovableClock
from serai.kit.web.sessions import COOKIE
from serai.modules import identity
from serai.portals.live import LiveOperations
from serai.portals.live_access import CHANNEL
from tests.factories import World


class Sockets:
    """What Socket.IO would do for us, without a network."""

    def __init__(self, live: LiveOperations, monkeypatch: pytest.MonkeyPatch) -> None:
        self.live = live
        self.closed: list[str] = []
        self._sessions: dict[str, Any] = {}
        monkeypatch.setattr(live.sio, "save_session", self._save)
        monkeypatch.setattr(live.sio, "get_session", self._get)
        monkeypatch.setattr(live.sio, "disconnect", self._disconnect)

    async def open(self, sid: str, token: str, cookie: str = COOKIE) -> None:
        await self.live._connect(sid, {"HTTP_COOKIE": f"{cookie}={token}"})

    async def watch(self, sid: str, operation_id: str) -> bool:
        return bool((await self.live._watch(sid, {"operation": operation_id}))["ok"])

    async def _save(self, sid: str, kept: Any) -> None:
        self._sessions[sid] = kept

    async def _get(self, sid: str) -> Any:
        return self._sessions[sid]

    async def _disconnect(self, sid: str) -> None:
        self.closed.append(sid)


@pytest.fixture
def sockets(world: World, monkeypatch: pytest.MonkeyPatch) -> Sockets:
    return Sockets(LiveOperations(world.platform.database, "*"), monkeypatch)


async def session_of(world: World, actor: Actor) -> identity.SignedIn:
    async with world.database.transaction() as session:
        user = await session.get_one(identity.User, actor.id)
        return await identity.sessions.open_session(session, user, actor.account_id)


async def test_a_stranger_opens_none_and_watches_nothing_of_others(world: World, sockets: Sockets) -> None:
    import socketio

    owner, stranger = await world.ground(), await world.account()
    _, operation_id = await world.order(owner)
    for token in ("", "made-up"):
        with pytest.raises(socketio.exceptions.ConnectionRefusedError):
            await sockets.open("s1", token)
    await sockets.open("s2", (await session_of(world, stranger)).token)
    assert not await sockets.watch("s2", operation_id)
    await sockets.open("s3", (await session_of(world, owner)).token)
    assert await sockets.watch("s3", operation_id)


async def test_a_socket_ends_with_its_session(world: World, sockets: Sockets) -> None:
    owner = await world.account()
    one, two = await session_of(world, owner), await session_of(world, owner)
    await sockets.open("one", one.token)
    await sockets.open("two", two.token)
    async with world.database.transaction() as session:
        await identity.sign_out(session, one.token)
    await sockets.live._hear(CHANNEL, owner.id)
    assert sockets.closed == ["one"]


async def test_a_socket_ends_when_the_person_s_place_changes(world: World, sockets: Sockets) -> None:
    owner = await world.account()
    member = await world.member(owner, "admin")
    await sockets.open("theirs", (await session_of(world, member)).token)
    await sockets.live._hear(CHANNEL, member.id)
    assert sockets.closed == []
    async with world.database.transaction() as session:
        await identity.members.change_role(session, owner, member.id, "viewer")
    await sockets.live._hear(CHANNEL, member.id)
    assert sockets.closed == ["theirs"]


async def test_an_open_page_does_not_keep_an_idle_session_alive(
    world: World, sockets: Sockets, moving: MovableClock
) -> None:
    from datetime import timedelta

    owner = await world.account()
    await sockets.open("idle", (await session_of(world, owner)).token)
    for _ in range(8):
        moving.move(timedelta(days=1))
        await sockets.live._access.check_again()
    assert sockets.closed == ["idle"]


async def test_the_database_tells_whose_access_changed(world: World) -> None:
    owner = await world.account()
    member = await world.member(owner, "viewer")
    signed = await session_of(world, owner)
    heard = []
    async with world.database.listening(CHANNEL) as connection:
        async with world.database.transaction() as session:
            await identity.sign_out(session, signed.token)
        async with world.database.transaction() as session:
            await identity.members.change_role(session, owner, member.id, "developer")
        async for told in connection.notifies(timeout=10, stop_after=2):
            heard.append(told.payload)
    assert heard == [owner.id, member.id]
