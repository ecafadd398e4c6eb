"""Short-lived tokens for the API: as good as the key they came from, and not a moment longer."""

from datetime import timedelta
from typing import Any

import pytest
from starlette.types import ASGIApp

from serai.kit import clock
from serai.kit.actor import SYSTEM, Actor
from serai.kit.clock import MovableClock
from serai.main import create_app
from serai.modules import identity
from serai.modules.identity import signing_keys
from tests.client import Answered, Client
from tests.factories import World

ISSUER = "http://localhost:8080"


@pytest.fixture
def app(world: World) -> ASGIApp:
    return create_app(world.platform)


async def key_of(world: World, actor: Actor, **options: Any) -> tuple[str, str]:
    async with world.database.transaction() as session:
        row, clear = await identity.create_token(session, actor, "test", **options)
    return row.id, clear


async def exchange(app: ASGIApp, key: str, body: Any = None) -> Answered:
    return await Client(app, key).post("/api/v1/token", body)


async def token_of(app: ASGIApp, key: str, *scopes: str) -> str:
    answer = await exchange(app, key, {"scopes": list(scopes)} if scopes else None)
    assert answer.status == 200, answer.body
    found: str = answer.json["access_token"]
    return found


async def status(app: ASGIApp, token: str, path: str = "/api/v1/launches") -> int:
    return (await Client(app, token).get(path)).status


async def test_a_key_is_exchanged_for_a_token_with_all_its_rights(world: World, app: ASGIApp) -> None:
    owner = await world.ground()
    await world.order(owner)
    _, key = await key_of(world, owner)
    answer = await exchange(app, key)
    assert (answer.json["token_type"], answer.json["expires_in"]) == ("Bearer", 300)
    assert answer.headers["cache-control"] == "no-store"
    assert {"launches:read", "launches:create"} <= set(answer.json["scopes"])
    found = await Client(app, answer.json["access_token"]).get("/api/v1/launches")
    assert [each["name"] for each in found.json["data"]] == ["acme"]


async def test_a_token_can_have_fewer_rights_than_the_key(world: World, app: ASGIApp) -> None:
    _, key = await key_of(world, await world.account())
    token = await token_of(app, key, "operations:*")
    assert await status(app, token, "/api/v1/operations") == 200
    assert await status(app, token) == 403


async def test_a_token_never_has_more_rights_than_the_key(world: World, app: ASGIApp) -> None:
    _, key = await key_of(world, await world.account(), scopes=["launches:read"])
    for scopes in (["launches:create"], ["launches:*"], ["*"], ["nonsense:read"], []):
        assert (await exchange(app, key, {"scopes": scopes})).status == 403, scopes
    assert (await exchange(app, key, {"scopes": ["Launches"]})).status == 422
    assert (await exchange(app, key, {"platform": True})).status == 422
    assert await status(app, await token_of(app, key, "launches:read")) == 200


async def test_a_token_lives_five_minutes(world: World, app: ASGIApp, moving: MovableClock) -> None:
    _, key = await key_of(world, await world.account())
    token = await token_of(app, key)
    moving.move(timedelta(seconds=299))
    assert await status(app, token) == 200
    moving.move(timedelta(seconds=2))
    assert await status(app, token) == 401


async def test_a_token_ends_at_once_with_its_key(world: World, app: ASGIApp) -> None:
    owner = await world.account()
    key_id, key = await key_of(world, owner)
    token = await token_of(app, key)
    assert await status(app, token) == 200
    async with world.database.transaction() as session:
        await identity.revoke_token(session, owner, key_id)
    assert await status(app, token) == 401


async def test_a_token_follows_what_the_key_s_maker_may_at_this_moment(world: World, app: ASGIApp) -> None:
    owner = await world.account()
    member = await world.member(owner, "admin")
    _, key = await key_of(world, member)
    token = await token_of(app, key)
    assert await status(app, token, "/api/v1/operations") == 200
    async with world.database.transaction() as session:
        await identity.members.change_role(session, owner, member.id, "viewer")
    launch = {"product": "hello", "name": "acme", "email": "sara@example.com"}
    assert (await Client(app, token).post("/api/v1/launches", launch)).status == 403
    async with world.database.transaction() as session:
        await identity.members.remove(session, owner, member.id)
    assert await status(app, token) == 401


async def test_no_token_comes_from_a_token(world: World, app: ASGIApp) -> None:
    _, key = await key_of(world, await world.account())
    answer = await exchange(app, await token_of(app, key))
    assert (answer.status, answer.code) == (403, "denied")


async def test_a_staff_key_s_token_acts_as_staff(world: World, app: ASGIApp) -> None:
    owner, staff = await world.ground(), await world.account(staff=True)
    await world.order(owner)
    _, key = await key_of(world, staff, platform=True)
    found = await Client(app, await token_of(app, key, "launches:read")).get("/api/v1/launches")
    assert [each["name"] for each in found.json["data"]] == ["acme"]


async def test_tokens_of_other_kinds_open_nothing(world: World, app: ASGIApp) -> None:
    owner = await world.account()
    key_id, _ = await key_of(world, owner)
    good = {
        "iss": ISSUER, "aud": f"{ISSUER}/api/v1", "sub": owner.id, "client_id": key_id,
        "exp": int(clock.now().timestamp()) + 60, "scope": "launches:read",
    }  # fmt: skip
    wrong = [("JWT", {}), ("at+jwt", {"aud": f"{ISSUER}/oidc/userinfo"}), ("at+jwt", {"client_id": "tok_x"}),
             ("at+jwt", {"client_id": None}), ("at+jwt", {"iss": "http://evil.example"})]  # fmt: skip
    async with world.database.transaction() as session:
        made = [await signing_keys.sign(session, world.platform.vault, kind, good | changes)
                for kind, changes in [("at+jwt", {}), *wrong]]  # fmt: skip
    assert [await status(app, token) for token in made] == [200, 401, 401, 401, 401, 401]
    for text in ("a.b.c", "..", "serai_x.y.z"):
        assert await status(app, text) == 401


async def test_a_rotated_signing_key_leaves_tokens_good_and_a_compromised_one_ends_them(
    world: World, app: ASGIApp
) -> None:
    _, key = await key_of(world, await world.account())
    token = await token_of(app, key)
    for compromised, expected in ((False, 200), (True, 401)):
        async with world.database.transaction() as session:
            await signing_keys.rotate(session, world.platform.vault, SYSTEM, compromised=compromised)
        assert await status(app, token) == expected
    assert await status(app, await token_of(app, key)) == 200


async def test_each_token_is_an_event_that_names_the_key_and_not_the_token(
    world: World, app: ASGIApp
) -> None:
    _, key = await key_of(world, await world.account())
    token = await token_of(app, key)
    told = await world.scalar(
        "SELECT e::text FROM events e WHERE type = 'identity.access_token_issued'"
    )  # fmt: skip
    assert "tok_" in told
    assert token not in told
    assert key not in told
