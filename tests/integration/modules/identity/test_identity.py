"""Who is who: one-time codes, sessions, tokens, each with its limits."""

from datetime import timedelta

import pytest

from serai.kit.actor import SYSTEM, Actor
from serai.kit.clock import MovableClock
from serai.kit.errors import Denied, Invalid, NotFound, Unauthenticated
from serai.modules import identity
from tests.factories import World

SARA = "sara@example.com"


async def code_for(world: World, email: str = SARA) -> str:
    async with world.database.transaction() as session:
        return (await identity.request_code(session, email)).code


async def sign_in(world: World, code: str, email: str = SARA) -> identity.SignedIn | None:
    async with world.database.transaction() as session:
        return await identity.sign_in(session, email, code)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


async def test_a_code_signs_in_and_makes_the_account_at_the_first_time(world: World) -> None:
    first = await sign_in(world, await code_for(world))
    second = await sign_in(world, await code_for(world, " SARA@Example.com "))
    assert first is not None
    assert second is not None
    assert (first.user.id, first.account.id) == (second.user.id, second.account.id)
    assert first.token != second.token
    assert await world.scalar("SELECT count(*) FROM events WHERE type = 'identity.user_created'") == 1


async def test_a_code_may_be_typed_with_spaces(world: World) -> None:
    code = await code_for(world)
    assert await sign_in(world, f" {code[:3]} {code[3:]} ") is not None


async def test_a_code_works_once(world: World) -> None:
    code = await code_for(world)
    assert await sign_in(world, code) is not None
    assert await sign_in(world, code) is None


async def test_after_five_wrong_tries_the_right_code_no_longer_works(world: World) -> None:
    code = await code_for(world)
    for _ in range(5):
        assert await sign_in(world, wrong(code)) is None
    assert await sign_in(world, code) is None
    assert await sign_in(world, await code_for(world)) is not None


async def test_four_wrong_tries_are_forgiven(world: World) -> None:
    code = await code_for(world)
    for _ in range(4):
        assert await sign_in(world, wrong(code)) is None
    assert await sign_in(world, code) is not None


async def test_a_code_expires(world: World, moving: MovableClock) -> None:
    code = await code_for(world)
    moving.move(timedelta(minutes=15, seconds=1))
    assert await sign_in(world, code) is None


async def test_only_the_newest_code_works_and_only_for_its_address(
    world: World, moving: MovableClock
) -> None:
    old = await code_for(world)
    moving.move(timedelta(seconds=1))
    new = await code_for(world)
    if old != new:
        assert await sign_in(world, old) is None
    assert await sign_in(world, new, "mona@example.com") is None
    assert await sign_in(world, new) is not None


async def test_six_codes_an_hour_and_no_more(world: World, moving: MovableClock) -> None:
    for _ in range(6):
        await code_for(world)
    with pytest.raises(identity.TooManyCodes):
        await code_for(world)
    await code_for(world, "mona@example.com")
    moving.move(timedelta(hours=1, seconds=1))
    await code_for(world)


@pytest.mark.parametrize("email", ["", "nobody", "a@b", "a b@c.com", "x@localhost", "@c.com", "a@b.com\x00"])
async def test_what_is_no_address_gets_no_code(world: World, email: str) -> None:
    with pytest.raises(Invalid) as refused:
        await code_for(world, email)
    assert "email" in refused.value.fields


async def test_the_operator_can_sign_in_with_the_address_the_terminal_uses(world: World) -> None:
    from serai.terminal.session import OPERATOR_EMAIL

    code = await code_for(world, OPERATOR_EMAIL)
    assert await sign_in(world, code, OPERATOR_EMAIL) is not None


async def test_a_session_is_recognised_until_it_ends(world: World, moving: MovableClock) -> None:
    signed = await sign_in(world, await code_for(world))
    assert signed is not None

    async def actor() -> Actor | None:
        async with world.database.transaction() as session:
            return await identity.actor_of_session(session, signed.token)

    found = await actor()
    assert found is not None
    assert (found.kind, found.id, found.account_id, found.name) == (
        "user", signed.user.id, signed.account.id, SARA
    )  # fmt: skip
    assert found.may("account:close", account_id=signed.account.id)
    for _ in range(4):  # used now and then it lasts a month, and not a second longer
        moving.move(timedelta(days=6))
        assert await actor() is not None
    moving.move(timedelta(days=6, seconds=-1))
    assert await actor() is not None
    moving.move(timedelta(seconds=1))
    assert await actor() is None


async def test_a_session_that_is_not_used_ends_after_a_week(world: World, moving: MovableClock) -> None:
    signed = await sign_in(world, await code_for(world))
    assert signed is not None
    moving.move(timedelta(days=7, seconds=1))
    async with world.database.transaction() as session:
        assert await identity.actor_of_session(session, signed.token) is None


async def test_staff_are_signed_out_after_half_a_day_or_two_idle_hours(
    world: World, moving: MovableClock
) -> None:
    staff = await world.account(staff=True)

    async def alive(signed: identity.SignedIn) -> bool:
        async with world.database.transaction() as session:
            return await identity.actor_of_session(session, signed.token) is not None

    busy = await sign_in(world, await code_for(world, staff.name), staff.name)
    idle = await sign_in(world, await code_for(world, staff.name), staff.name)
    assert busy is not None
    assert idle is not None
    for _ in range(6):
        moving.move(timedelta(hours=1, minutes=59))
        assert await alive(busy)
    assert not await alive(idle)
    moving.move(timedelta(minutes=7))
    assert not await alive(busy)


async def test_signing_out_ends_this_session_only(world: World) -> None:
    one, two = await sign_in(world, await code_for(world)), await sign_in(world, await code_for(world))
    assert one is not None
    assert two is not None
    async with world.database.transaction() as session:
        await identity.sign_out(session, one.token)
    async with world.database.transaction() as session:
        assert await identity.actor_of_session(session, one.token) is None
        assert await identity.actor_of_session(session, two.token) is not None
        assert await identity.actor_of_session(session, "made-up") is None


async def test_secrets_are_stored_as_hashes_only(world: World) -> None:
    code = await code_for(world)
    signed = await sign_in(world, code)
    assert signed is not None
    clear = await world.token(await world.account())
    for table in ("sign_in_codes", "sessions", "api_tokens"):
        stored = await world.scalar(f"SELECT string_agg(t::text, ' ') FROM {table} t")
        assert clear not in stored
        assert signed.token not in stored
    hashes = await world.scalar("SELECT string_agg(code_hash, ' ') FROM sign_in_codes")
    assert code not in hashes.split()


async def test_a_token_acts_for_its_account_and_a_platform_token_as_staff(world: World) -> None:
    owner, staff = await world.account(), await world.account(staff=True)
    async with world.database.transaction() as session:
        mine = await identity.actor_of_token(session, await world.token(owner))
        all_ = await identity.actor_of_token(session, await world.token(staff, platform=True))
    assert (mine.kind, mine.account_id, mine.is_platform) == ("token", owner.account_id, False)
    assert all_.is_platform
    with pytest.raises(Denied):
        await world.token(owner, platform=True)


async def test_a_revoked_expired_or_unknown_token_is_nobody(world: World, moving: MovableClock) -> None:
    actor = await world.account()
    async with world.database.transaction() as session:
        row, revoked = await identity.create_token(session, actor, "one")
        _, short = await identity.create_token(session, actor, "two", days=1)
    async with world.database.transaction() as session:
        assert await identity.actor_of_token(session, revoked)
        await identity.revoke_token(session, actor, row.id)
    moving.move(timedelta(days=1, seconds=1))
    for clear in (revoked, short, "serai_made-up", ""):
        async with world.database.transaction() as session:
            with pytest.raises(Unauthenticated):
                await identity.actor_of_token(session, clear)


async def test_tokens_of_others_are_neither_seen_nor_revoked(world: World) -> None:
    owner, stranger = await world.account(), await world.account()
    await world.token(owner)
    async with world.database.transaction() as session:
        (row,) = await identity.list_tokens(session, owner)
        assert await identity.list_tokens(session, stranger) == []
        with pytest.raises(NotFound):
            await identity.revoke_token(session, stranger, row.id)
        assert len(await identity.list_tokens(session, SYSTEM)) == 1


@pytest.mark.parametrize("name", ["", "   "])
async def test_a_token_needs_a_name(world: World, name: str) -> None:
    actor = await world.account()
    with pytest.raises(Invalid):
        async with world.database.transaction() as session:
            await identity.create_token(session, actor, name)


async def test_a_new_user_made_twice_at_once_is_one(world: World) -> None:
    import asyncio

    async def ensure() -> str:
        async with world.database.transaction() as session:
            user, account = await identity.ensure_user(session, SARA)
        return user.id + account.id

    found = await asyncio.gather(*(ensure() for _ in range(4)))
    assert len(set(found)) == 1
    assert await world.scalar("SELECT count(*) FROM accounts") == 1
