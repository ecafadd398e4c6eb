"""Keys that sign: one algorithm, overlap on rotation, and nothing believed that is not ours."""

import asyncio
import base64
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from serai.kit import clock
from serai.kit.actor import SYSTEM
from serai.kit.clock import MovableClock
from serai.modules.identity import signing_keys
from serai.modules.identity.signing_keys import BadToken
from tests.factories import World

ISSUER, AUDIENCE = "http://localhost:8080", "http://localhost:8080/api/v1"
BEGIN = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def moving() -> Iterator[MovableClock]:
    made = MovableClock(BEGIN)
    former = clock.use(made)
    yield made
    clock.use(former)


def claims(**changes: Any) -> dict[str, Any]:
    expires = int((clock.now() + timedelta(minutes=5)).timestamp())
    return {"iss": ISSUER, "aud": AUDIENCE, "sub": "usr_1", "exp": expires} | changes


async def sign(world: World, kind: str = "at+jwt", **changes: Any) -> str:
    async with world.database.transaction() as session:
        return await signing_keys.sign(session, world.platform.vault, kind, claims(**changes))


async def verify(world: World, token: str, **changes: Any) -> dict[str, Any]:
    asked = {"kind": "at+jwt", "issuer": ISSUER, "audience": AUDIENCE} | changes
    async with world.database.transaction() as session:
        return await signing_keys.verify(session, token, **asked)


async def rotate(world: World, *, compromised: bool = False) -> None:
    async with world.database.transaction() as session:
        await signing_keys.rotate(session, world.platform.vault, SYSTEM, compromised=compromised)


async def keep_fresh(world: World) -> None:
    async with world.database.transaction() as session:
        await signing_keys.keep_fresh(session, world.platform.vault)


async def key_set(world: World) -> list[dict[str, Any]]:
    async with world.database.transaction() as session:
        found: list[dict[str, Any]] = (await signing_keys.key_set(session, world.platform.vault))["keys"]
    return found


def key_of(token: str) -> str:
    found: str = json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))["kid"]
    return found


def hand_made(header: dict[str, Any], key: bytes) -> str:
    """With HMAC over a key of our choice, which no library lets one do by accident."""
    parts = (json.dumps(each).encode() for each in (header, claims()))
    signed = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    mac = base64.urlsafe_b64encode(hmac.digest(key, signed, "sha256")).rstrip(b"=")
    return b".".join((signed, mac)).decode()


async def test_what_was_signed_is_believed_and_its_claims_are_read(world: World) -> None:
    found = await verify(world, await sign(world, scope="launches:read"))
    assert (found["sub"], found["scope"]) == ("usr_1", "launches:read")


@pytest.mark.parametrize(
    "changes",
    [{"iss": "http://evil.example"}, {"aud": "other"}, {"aud": []}, {"exp": int(BEGIN.timestamp()) - 1},
     {"exp": None}, {"exp": "tomorrow"}, {"sub": None}, {"sub": ""},
     {"nbf": int(BEGIN.timestamp()) + 60}],
)  # fmt: skip
async def test_wrong_missing_or_expired_claims_are_refused(world: World, changes: dict[str, Any]) -> None:
    token = await sign(world, **changes)
    with pytest.raises(BadToken):
        await verify(world, token)


async def test_a_token_for_another_purpose_is_refused(world: World) -> None:
    token = await sign(world, "JWT")
    with pytest.raises(BadToken):
        await verify(world, token)
    assert await verify(world, token, kind="JWT")


async def test_an_expired_token_is_read_only_where_that_is_asked_for(
    world: World, moving: MovableClock
) -> None:
    token = await sign(world)
    moving.move(timedelta(minutes=6))
    with pytest.raises(BadToken):
        await verify(world, token)
    assert await verify(world, token, late=True)
    with pytest.raises(BadToken):
        await verify(world, token, late=True, audience="other")


async def test_forged_tokens_are_refused(world: World) -> None:
    token = await sign(world)
    (public,) = await key_set(world)
    head, body, signature = token.split(".")
    stranger = ECKey.generate_key("P-256", {"kid": public["kid"]})
    header = {"alg": "ES256", "kid": public["kid"], "typ": "at+jwt"}
    pem = ECKey.import_key(public).as_pem(private=False)
    forged = [
        f"{head}.{body}.",
        f"{head}.{body}.{signature[:-4]}AAAA",
        jwt.encode(header, claims(), stranger, algorithms=["ES256"]),
        jwt.encode(header | {"jwk": stranger.as_dict(private=False)}, claims(), stranger, algorithms=["ES256"]),
        jwt.encode(header | {"kid": "other"}, claims(), stranger, algorithms=["ES256"]),
        hand_made(header | {"alg": "HS256"}, pem),
        hand_made(header | {"alg": "none"}, b""),
        "", "a.b.c", "....", "\x00", "eyJ" * 1000,
    ]  # fmt: skip
    for each in forged:
        with pytest.raises(BadToken):
            await verify(world, each)
    assert await verify(world, token)


async def test_the_key_set_tells_public_halves_only(world: World) -> None:
    (key,) = await key_set(world)
    assert set(key) == {"kty", "crv", "x", "y", "kid", "use", "alg"}
    assert (key["kty"], key["crv"], key["use"], key["alg"]) == ("EC", "P-256", "sig", "ES256")
    stored = await world.scalar("SELECT sealed_key FROM signing_keys")
    assert "PRIVATE" not in stored
    assert "PRIVATE" in world.platform.vault.open(stored)


async def test_two_who_sign_first_at_once_make_one_key(world: World) -> None:
    tokens = await asyncio.gather(*(sign(world) for _ in range(4)))
    assert len({key_of(token) for token in tokens}) == 1


async def test_a_new_key_is_published_an_hour_before_it_signs_and_the_old_a_day_after(
    world: World, moving: MovableClock
) -> None:
    old = await sign(world)
    await rotate(world)
    assert len(await key_set(world)) == 2
    assert key_of(await sign(world)) == key_of(old)
    moving.move(timedelta(hours=1))
    new = await sign(world, exp=int((clock.now() + timedelta(days=2)).timestamp()))
    assert key_of(new) != key_of(old)
    late = await sign(world)
    moving.move(timedelta(minutes=4))
    assert await verify(world, late)
    moving.move(timedelta(days=1))
    assert [key["kid"] for key in await key_set(world)] == [key_of(new)]
    assert await verify(world, new)


async def test_a_compromised_key_is_believed_no_more_at_once(world: World) -> None:
    old = await sign(world)
    await rotate(world)
    await rotate(world, compromised=True)
    with pytest.raises(BadToken):
        await verify(world, old)
    assert await verify(world, await sign(world))
    assert len(await key_set(world)) == 1


async def test_keys_are_renewed_after_ninety_days_and_old_ones_forgotten(
    world: World, moving: MovableClock
) -> None:
    await keep_fresh(world)
    assert await world.scalar("SELECT count(*) FROM signing_keys") == 0, "none before one is needed"
    old = await sign(world)
    moving.move(timedelta(days=89))
    await keep_fresh(world)
    assert len(await key_set(world)) == 1
    moving.move(timedelta(days=1))
    await keep_fresh(world)
    await keep_fresh(world)
    assert len(await key_set(world)) == 2
    moving.move(timedelta(hours=25, minutes=1))
    assert key_of(await sign(world)) != key_of(old)
    await keep_fresh(world)
    assert await world.scalar("SELECT count(*) FROM signing_keys") == 1


async def test_every_key_made_is_an_event(world: World) -> None:
    await sign(world)
    await rotate(world)
    assert await world.scalar("SELECT count(*) FROM events WHERE type = 'identity.signing_key_made'") == 2
