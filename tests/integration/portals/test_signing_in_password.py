"""Signing in with a password: the same answer for everybody, slow for guessers, open for the owner."""

import re
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import text

from serai.kit.actor import Actor
from serai.kit.clock import MovableClock
from serai.modules import identity
from tests.factories import World
from tests.integration.portals.conftest import Visitor
from tests.integration.portals.signing_in import (
    PASSWORD,
    by_code,
    by_password,
    events,
    give_password,
    in_another_browser,
    is_signed_in,
    mails_to,
)

WRONG = "something else entirely"


pytestmark = pytest.mark.usefixtures("moving")


@pytest.fixture
async def owner(world: World) -> Actor:
    actor = await world.account()
    await give_password(world, actor)
    return actor


async def test_the_right_password_signs_in_and_leads_on(visitor: Visitor, owner: Actor) -> None:
    answer = await by_password(visitor, owner.name, next="/start?product=hello")
    assert (answer.status, answer.headers["location"]) == (303, "/start?product=hello")
    assert (await visitor.get("/console/systems")).status == 200


async def test_unknown_people_wrong_passwords_and_none_at_all_look_alike(
    visitor: Visitor, owner: Actor, world: World
) -> None:
    without = await world.account()
    bodies = []
    for email, password in ((owner.name, WRONG), (without.name, PASSWORD), ("nobody@example.com", PASSWORD)):
        answer = await by_password(in_another_browser(visitor), email, password)
        assert answer.status == 422
        bodies.append(re.sub(rb"[\w.]+@example.com|req_\w+", b"", answer.body))
    assert len(set(bodies)) == 1


async def test_a_password_never_comes_back_in_a_page(visitor: Visitor, owner: Actor) -> None:
    assert WRONG.encode() not in (await by_password(visitor, owner.name, WRONG)).body


async def test_after_a_few_mistakes_a_guesser_waits_longer_and_longer(
    visitor: Visitor, owner: Actor, moving: MovableClock
) -> None:
    for number in range(6):
        guesser = in_another_browser(visitor)
        guesser.ip = f"198.51.100.{number}"
        assert (await by_password(guesser, owner.name, WRONG)).status == 422
    stranger = in_another_browser(visitor)
    answer = await by_password(stranger, owner.name)
    assert (answer.status, b"Too many tries" in answer.body) == (429, True)
    moving.move(timedelta(seconds=3))
    assert (await by_password(stranger, owner.name, WRONG)).status == 422
    moving.move(timedelta(seconds=3))
    assert (await by_password(stranger, owner.name)).status == 429
    moving.move(timedelta(seconds=2))
    assert (await by_password(stranger, owner.name)).status == 303


async def test_an_address_that_guesses_at_many_accounts_waits_too(visitor: Visitor, world: World) -> None:
    for number in range(11):
        answer = await by_password(in_another_browser(visitor), f"victim{number}@example.com", WRONG)
        assert answer.status == 422
    assert (await by_password(visitor, "victim99@example.com", WRONG)).status == 429
    visitor.ip = "203.0.113.99"
    assert (await by_password(visitor, "victim99@example.com", WRONG)).status == 422


async def test_signing_in_to_one_s_own_account_does_not_open_an_address_for_more_guessing(
    visitor: Visitor, owner: Actor
) -> None:
    for number in range(10):
        await by_password(in_another_browser(visitor), f"victim{number}@example.com", WRONG)
    assert (await by_password(in_another_browser(visitor), owner.name)).status == 303
    assert (await by_password(visitor, "victim10@example.com", WRONG)).status == 422
    assert (await by_password(visitor, "victim11@example.com", WRONG)).status == 429


async def burn_the_account(world: World, owner: Actor, moving: MovableClock) -> None:
    """What a patient attacker with many addresses gets to."""
    for number in range(100):
        budgets = identity.throttle.budgets("password", owner.name, f"198.51.100.{number}", None)
        async with world.database.transaction() as session:
            await identity.throttle.spend(session, budgets)
        moving.move(timedelta(minutes=16))


async def test_an_attacker_cannot_lock_the_owner_out(
    visitor: Visitor, owner: Actor, world: World, moving: MovableClock
) -> None:
    at_home, abroad = in_another_browser(visitor), in_another_browser(visitor)
    await by_password(at_home, owner.name)
    await at_home.send("/signout")
    await burn_the_account(world, owner, moving)
    answer = await by_password(abroad, owner.name)
    assert (answer.status, b"code by e-mail or a passkey" in answer.body) == (429, True)
    assert (await by_password(at_home, owner.name)).status == 303
    await burn_the_account(world, owner, moving)
    assert (await by_password(abroad, owner.name)).status == 429
    assert (await by_code(abroad, world, owner.name)).status == 303


async def test_a_browser_somebody_else_signed_in_with_is_no_known_device_of_mine(
    visitor: Visitor, owner: Actor, world: World
) -> None:
    attacker = await world.account()
    await give_password(world, attacker)
    await by_password(visitor, attacker.name)
    await visitor.send("/signout")
    for _ in range(6):
        await by_password(visitor, owner.name, WRONG)
    assert (await by_password(in_another_browser(visitor), owner.name)).status == 429


async def test_guesses_at_once_are_counted_like_guesses_in_a_row(visitor: Visitor, owner: Actor) -> None:
    import asyncio

    guesses = [by_password(in_another_browser(visitor), owner.name, WRONG) for _ in range(16)]
    statuses = [answer.status for answer in await asyncio.gather(*guesses)]
    assert statuses.count(422) == 6


async def test_a_session_planted_before_is_not_the_one_after(visitor: Visitor, owner: Actor, world: World) -> None:
    visitor.headers["cookie"] = "serai_session=planted-by-somebody; serai_browser=planted-browser-token-0000"
    await by_password(visitor, owner.name)
    assert "planted" not in visitor.headers["cookie"]
    first = visitor.headers["cookie"]
    await visitor.send("/signout")
    stale = in_another_browser(visitor)
    stale.headers["cookie"] = first
    assert (await stale.get("/console/systems")).status == 303


async def test_signing_in_over_a_session_ends_that_session(visitor: Visitor, owner: Actor, world: World) -> None:
    await by_password(visitor, owner.name)
    before = visitor.headers["cookie"]
    await by_password(visitor, owner.name)
    stale = in_another_browser(visitor)
    stale.headers["cookie"] = before
    assert (await stale.get("/console/systems")).status == 303
    assert (await visitor.get("/console/systems")).status == 200


async def test_a_hash_of_former_parameters_is_renewed_at_sign_in(
    visitor: Visitor, owner: Actor, world: World
) -> None:
    old = PasswordHasher(time_cost=1, memory_cost=8_192, parallelism=1).hash(PASSWORD)
    async with world.database.transaction() as session:
        await identity.passwords.rehash(session, owner.id, old)
    assert (await by_password(visitor, owner.name)).status == 303
    assert "m=32768" in await world.scalar("SELECT hash FROM password_credentials")


async def test_a_sign_in_from_a_new_browser_is_mailed_but_not_the_very_first(
    visitor: Visitor, owner: Actor, world: World
) -> None:
    await by_password(visitor, owner.name)
    await by_password(visitor, owner.name)
    assert await mails_to(world, owner.name) == []
    await by_password(in_another_browser(visitor), owner.name)
    (mail,) = await mails_to(world, owner.name)
    assert mail.subject == "New sign-in to your account"
    assert "127.0.0.1" in mail.text


async def test_who_is_signed_in_skips_the_form(visitor: Visitor, owner: Actor) -> None:
    await by_password(visitor, owner.name)
    assert is_signed_in(visitor)
    assert (await visitor.get("/signin/password?next=/start")).headers["location"] == "/start"


async def closings(world: World) -> list[tuple[str, str]]:
    query = text("SELECT subject, data->'closed'->>0 FROM events WHERE type = 'identity.sign_in_closed' ORDER BY id")
    async with world.database.transaction() as session:
        return [(subject, closed) for subject, closed in (await session.execute(query)).all()]


async def test_an_attack_is_told_once_and_again_when_it_closes_the_password(
    visitor: Visitor, owner: Actor, world: World, moving: MovableClock
) -> None:
    for number in range(100):
        guesser = in_another_browser(visitor)
        guesser.ip = f"198.51.100.{number}"
        assert (await by_password(guesser, owner.name, WRONG)).status == 422
        assert len(await closings(world)) == (number > 4) + (number == 99)
        moving.move(timedelta(minutes=16))
    for _ in range(3):
        assert (await by_password(visitor, owner.name, WRONG)).status == 429
    assert await closings(world) == [(owner.id, "account")] * 2
    assert await events(world, "identity.sign_in_closed") == 2


async def test_an_address_that_tries_names_nobody_has_is_told_of_too(visitor: Visitor, world: World) -> None:
    for number in range(11):
        await by_password(in_another_browser(visitor), f"victim{number}@example.com", WRONG)
    assert await closings(world) == [("unknown", "address")]
    stored = await world.scalar("SELECT string_agg(data::text, ' ') FROM events")
    assert WRONG not in stored
    assert "victim" not in stored
