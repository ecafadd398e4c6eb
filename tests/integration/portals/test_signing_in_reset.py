"""Forgotten passwords and changed addresses: links that are single use, and answers that tell nothing."""

import asyncio
from datetime import timedelta

import pytest

from serai.kit import clock, ids
from serai.kit.actor import Actor
from serai.kit.clock import MovableClock
from serai.modules import identity
from serai.modules.identity.models import IdentityProvider, LinkedSignIn, Passkey
from tests.factories import World
from tests.integration.portals.conftest import SignedIn, Visitor
from tests.integration.portals.signing_in import (
    PASSWORD,
    SECURITY,
    by_code,
    by_password,
    code_for,
    events,
    give_app,
    give_password,
    in_another_browser,
    link_to,
    mails_to,
    token_in,
)

FRESH = "seven brass kettles sing"
NEW = "sara.new@example.com"


pytestmark = pytest.mark.usefixtures("moving")


@pytest.fixture
async def owner(world: World) -> Actor:
    actor = await world.account()
    await give_password(world, actor)
    return actor


async def reset_link(visitor: Visitor, world: World, owner: Actor) -> str:
    await visitor.send("/signin/reset", email=owner.name)
    return await link_to(world, owner.name, "/signin/reset/new")


async def choose(visitor: Visitor, link: str, password: str = FRESH) -> tuple[int, str]:
    answer = await visitor.send("/signin/reset/new", token=token_in(link), password=password)
    return answer.status, answer.headers.get("location", "")


async def test_a_link_by_mail_sets_a_new_password(visitor: Visitor, owner: Actor, world: World) -> None:
    link = await reset_link(visitor, world, owner)
    for _ in range(2):
        page = await visitor.get(link)
        assert (page.status, page.headers["referrer-policy"]) == (200, "no-referrer")
    assert await choose(visitor, link) == (303, "/signin/password")
    assert "serai_session" not in visitor.headers["cookie"]
    assert (await by_password(in_another_browser(visitor), owner.name)).status == 422
    assert (await by_password(in_another_browser(visitor), owner.name, FRESH)).status == 303
    assert (await mails_to(world, owner.name))[-2].subject != ""
    assert await events(world, "identity.password_changed") == 1


async def test_the_answer_is_the_same_whoever_asks(visitor: Visitor, owner: Actor, world: World) -> None:
    bodies = set()
    for email in (owner.name, "nobody@example.com"):
        answer = await in_another_browser(visitor).send("/signin/reset", email=email)
        bodies.add(answer.body.replace(email.encode(), b""))
    assert len(bodies) == 1
    assert await mails_to(world, "nobody@example.com") == []


async def test_a_link_works_once(visitor: Visitor, owner: Actor, world: World) -> None:
    link = await reset_link(visitor, world, owner)
    await choose(visitor, link)
    assert await choose(visitor, link, "another four grey otters") == (303, "/signin/reset")
    assert (await visitor.get(link)).headers["location"] == "/signin/reset"


async def test_a_bad_password_does_not_use_the_link_up(visitor: Visitor, owner: Actor, world: World) -> None:
    link = await reset_link(visitor, world, owner)
    assert (await choose(visitor, link, "password1234"))[0] == 422
    assert (await choose(visitor, link))[0] == 303


async def test_links_end_after_half_an_hour_and_with_the_next_password(
    visitor: Visitor, owner: Actor, world: World, moving: MovableClock
) -> None:
    first = await reset_link(visitor, world, owner)
    moving.move(timedelta(minutes=30, seconds=1))
    assert await choose(visitor, first) == (303, "/signin/reset")
    second, third = await reset_link(visitor, world, owner), await reset_link(visitor, world, owner)
    assert second != third
    assert (await choose(visitor, third))[0] == 303
    assert await choose(visitor, second) == (303, "/signin/reset")


async def test_a_reset_signs_everybody_out_and_leaves_the_second_step_on(
    visitor: Visitor, owner: Actor, world: World, signed_in: SignedIn
) -> None:
    somewhere = await signed_in(owner)
    await give_app(world, owner)
    await choose(visitor, await reset_link(visitor, world, owner))
    assert (await somewhere.get("/console/systems")).status == 303
    assert (await by_password(visitor, owner.name, FRESH)).headers["location"] == "/signin/second"


async def test_a_reset_opens_no_second_step_that_guesses_had_closed_but_a_recovery_code_does(
    visitor: Visitor, owner: Actor, world: World, moving: MovableClock
) -> None:
    app, codes = await give_app(world, owner)
    for _ in range(100):
        async with world.database.transaction() as session:
            budgets = identity.throttle.budgets("second", owner.id, None, None)
            await identity.throttle.spend(session, budgets[:1])
        moving.move(timedelta(minutes=16))
    await by_password(visitor, owner.name)
    answer = await visitor.send("/signin/second", code=app.at(clock.now()))
    assert (answer.status, b"Use a passkey, a recovery code" in answer.body) == (429, True)
    await choose(visitor, await reset_link(visitor, world, owner))
    await by_password(visitor, owner.name, FRESH)
    assert (await visitor.send("/signin/second", code=app.at(clock.now()))).status == 429
    assert (await visitor.send("/signin/recovery", code=codes[0])).status == 303
    other = in_another_browser(visitor)
    await by_password(other, owner.name, FRESH)
    assert (await other.send("/signin/second", code=app.at(clock.now()))).status == 303


async def test_nobody_is_flooded_with_links(visitor: Visitor, owner: Actor, world: World) -> None:
    for _ in range(5):
        assert (await visitor.send("/signin/reset", email=owner.name)).status == 200
    assert len(await mails_to(world, owner.name)) == 3


async def test_who_uses_the_links_gets_no_more_of_them(
    visitor: Visitor, owner: Actor, world: World, moving: MovableClock
) -> None:
    for _ in range(3):
        await choose(visitor, await reset_link(visitor, world, owner))
    sent = len(await mails_to(world, owner.name))
    await visitor.send("/signin/reset", email=owner.name)
    assert len(await mails_to(world, owner.name)) == sent
    moving.move(timedelta(hours=1))
    await visitor.send("/signin/reset", email=owner.name)
    assert len(await mails_to(world, owner.name)) == sent + 1


async def test_links_asked_for_at_once_are_counted_one_by_one(owner: Actor, world: World) -> None:
    async def ask() -> bool:
        async with world.database.transaction() as session:
            return await identity.password_reset.ask(session, owner.name) is not None

    assert sum(await asyncio.gather(*(ask() for _ in range(12)))) == 3


async def test_one_address_asks_for_so_many_links_only(visitor: Visitor, world: World) -> None:
    people = [await world.account() for _ in range(34)]
    for each in people:
        assert (await visitor.send("/signin/reset", email=each.name)).status == 200
    assert await world.scalar("SELECT count(*) FROM mails") == 31
    elsewhere = in_another_browser(visitor)
    elsewhere.ip = "203.0.113.9"
    await elsewhere.send("/signin/reset", email=people[-1].name)
    assert await world.scalar("SELECT count(*) FROM mails") == 32


async def test_made_up_links_are_refused(visitor: Visitor) -> None:
    for token in ("", "made-up", "a" * 500):
        assert (await visitor.get(f"/signin/reset/new?token={token}")).headers["location"] == "/signin/reset"
        assert (await choose(visitor, f"?token={token}"))[1] == "/signin/reset"


async def change_address(person: Visitor, world: World, email: str = NEW) -> str:
    answer = await person.send(f"{SECURITY}/email", email=email)
    assert answer.status == 303, answer.body
    return await link_to(world, email, "/email/confirm")


async def test_an_address_changes_once_the_new_one_confirms_it(signed_in: SignedIn, world: World) -> None:
    person = await signed_in()
    assert person.actor is not None
    link = await change_address(person, world)
    assert (await person.get(link)).status == 200
    assert await world.scalar("SELECT count(*) FROM users WHERE email = :e", e=NEW) == 0
    await in_another_browser(person).send("/email/confirm", token=token_in(link))
    assert await world.scalar("SELECT count(*) FROM users WHERE email = :e", e=NEW) == 1
    assert "take your address back" in (await mails_to(world, person.actor.name))[0].text
    visitor = in_another_browser(person)
    assert (await visitor.send("/email/confirm", token=token_in(link))).status == 303
    assert await events(world, "identity.email_changed") == 1
    assert (await by_code(visitor, world, NEW)).headers["location"] == "/console/systems"


async def test_the_former_address_takes_itself_back_and_throws_everybody_out(
    signed_in: SignedIn, world: World, moving: MovableClock
) -> None:
    thief = await signed_in()
    assert thief.actor is not None
    owner = thief.actor.name
    await thief.send("/email/confirm", token=token_in(await change_address(thief, world)))
    undo = await link_to(world, owner, "/email/undo")
    moving.move(timedelta(days=6))
    visitor = in_another_browser(thief)
    await visitor.send("/signin", email=owner)
    refused = await visitor.send("/signin/code", email=owner, code=await code_for(world, owner))
    assert (refused.status, b"use the link in the mail" in refused.body) == (409, True)
    assert (await visitor.get(undo)).status == 200
    await visitor.send("/email/undo", token=token_in(undo))
    assert await world.scalar("SELECT email FROM users") == owner
    assert (await thief.get("/console/systems")).status == 303
    await visitor.send("/email/undo", token=token_in(undo))
    assert await events(world, "identity.email_change_undone") == 1


async def test_a_second_change_does_not_close_the_way_back_of_the_first(
    signed_in: SignedIn, world: World, moving: MovableClock
) -> None:
    thief = await signed_in()
    assert thief.actor is not None
    owner = thief.actor.name
    await thief.send("/email/confirm", token=token_in(await change_address(thief, world)))
    undo = await link_to(world, owner, "/email/undo")
    moving.move(timedelta(minutes=1))
    await thief.send("/email/confirm", token=token_in(await change_address(thief, world, "third@example.com")))
    own_undo = await link_to(world, NEW, "/email/undo")
    moving.move(timedelta(minutes=1))
    visitor = in_another_browser(thief)
    await visitor.send("/email/undo", token=token_in(own_undo))
    assert await world.scalar("SELECT email FROM users") == NEW
    assert (await by_code(visitor, world, owner)).status == 409
    await visitor.send("/email/undo", token=token_in(undo))
    assert await world.scalar("SELECT email FROM users") == owner


async def test_the_first_of_several_former_addresses_ends_the_links_of_the_later_ones(
    signed_in: SignedIn, world: World, moving: MovableClock
) -> None:
    thief = await signed_in()
    assert thief.actor is not None
    owner = thief.actor.name
    await thief.send("/email/confirm", token=token_in(await change_address(thief, world)))
    moving.move(timedelta(minutes=1))
    await thief.send("/email/confirm", token=token_in(await change_address(thief, world, "third@example.com")))
    late = await change_address(thief, world, "fourth@example.com")
    visitor = in_another_browser(thief)
    await visitor.send("/email/undo", token=token_in(await link_to(world, owner, "/email/undo")))
    await visitor.send("/email/undo", token=token_in(await link_to(world, NEW, "/email/undo")))
    await visitor.send("/email/confirm", token=token_in(late))
    assert await world.scalar("SELECT email FROM users") == owner


async def add_every_way_in(world: World, actor: Actor, name: str) -> None:
    await give_password(world, actor)
    await give_app(world, actor)
    now = clock.now()
    async with world.database.transaction() as session:
        await identity.create_token(session, actor, name)
        session.add(
            Passkey(id=ids.new("pky"), user_id=actor.id, name=name, credential_id=name.encode(), sign_count=0,
                    public_key=b"", backed_up=False, created_at=now)
        )  # fmt: skip
        provider = IdentityProvider(
            id=ids.new("idp"), key=name, kind="oidc", name=name, issuer="https://idp.example", client_id="",
            sealed_secret="", is_on=True, created_at=now,
        )  # fmt: skip
        session.add(provider)
        await session.flush()
        session.add(
            LinkedSignIn(id=ids.new("lnk"), user_id=actor.id, provider_id=provider.id, issuer=provider.issuer,
                         subject=name, email="", created_at=now)
        )  # fmt: skip


WAYS_IN = ("password_credentials", "totp_credentials", "recovery_codes", "passkeys", "linked_sign_ins")


async def ways_in(world: World) -> list[int]:
    counts = [await world.scalar(f"SELECT count(*) FROM {table}") for table in WAYS_IN]
    return [*counts, await world.scalar("SELECT count(*) FROM api_tokens WHERE revoked_at IS NULL")]


async def test_what_was_added_since_goes_with_the_change_and_is_told(
    signed_in: SignedIn, world: World, moving: MovableClock
) -> None:
    thief = await signed_in()
    assert thief.actor is not None
    owner = thief.actor.name
    confirm = await change_address(thief, world)
    moving.move(timedelta(minutes=5))
    await add_every_way_in(world, thief.actor, "thief")
    moving.move(timedelta(minutes=5))
    await thief.send("/email/confirm", token=token_in(confirm))
    visitor = in_another_browser(thief)
    await visitor.send("/email/undo", token=token_in(await link_to(world, owner, "/email/undo")))
    assert await ways_in(world) == [0] * 6
    said = ("Password, Authenticator app, Passkeys, Linked sign-ins, Recovery codes, and API keys",
            "is your address again")  # fmt: skip
    page = (await visitor.get("/signin")).body.decode()
    mail = (await mails_to(world, owner))[0]
    assert all(each in page for each in said)
    assert said[0] in mail.text
    assert mail.subject == "Your address is yours again"
    assert (await by_code(visitor, world, owner)).headers["location"] == "/console/systems"


async def test_what_was_there_before_stays(
    signed_in: SignedIn, world: World, moving: MovableClock
) -> None:
    person = await signed_in()
    assert person.actor is not None
    await add_every_way_in(world, person.actor, "own")
    moving.move(timedelta(minutes=5))
    before = await ways_in(world)
    await person.send("/email/confirm", token=token_in(await change_address(person, world)))
    undo = await link_to(world, person.actor.name, "/email/undo")
    await in_another_browser(person).send("/email/undo", token=token_in(undo))
    assert await ways_in(world) == before
    assert "Removed" not in (await mails_to(world, person.actor.name))[0].text


@pytest.mark.parametrize("way", ["confirm", "undo"])
async def test_the_links_of_somebody_shut_out_open_nothing(signed_in: SignedIn, world: World, way: str) -> None:
    person = await signed_in()
    assert person.actor is not None
    link = await change_address(person, world)
    if way == "undo":
        await person.send("/email/confirm", token=token_in(link))
        link = await link_to(world, person.actor.name, "/email/undo")
    before = await world.scalar("SELECT email FROM users")
    async with world.database.transaction() as session:
        user = await session.get_one(identity.User, person.actor.id)
        user.deactivated_at = clock.now()
    answer = await in_another_browser(person).send(f"/email/{way}", token=token_in(link))
    assert answer.status == 303
    assert await world.scalar("SELECT email FROM users") == before


async def test_links_to_addresses_of_others_are_not_sent_without_end(
    signed_in: SignedIn, world: World
) -> None:
    person = await signed_in()
    statuses = [
        (await person.send(f"{SECURITY}/email", email=f"victim{number}@example.com")).status for number in range(8)
    ]
    assert statuses == [303] * 6 + [403] * 2


async def test_the_way_back_is_closed_after_a_week(
    signed_in: SignedIn, world: World, moving: MovableClock
) -> None:
    person = await signed_in()
    assert person.actor is not None
    await person.send("/email/confirm", token=token_in(await change_address(person, world)))
    undo = await link_to(world, person.actor.name, "/email/undo")
    moving.move(timedelta(days=7, seconds=1))
    await person.send("/email/undo", token=token_in(undo))
    assert await world.scalar("SELECT email FROM users") == NEW


async def test_somebody_else_s_address_is_not_taken_and_not_told_before(
    signed_in: SignedIn, world: World
) -> None:
    person, other = await signed_in(), await world.account()
    link = await change_address(person, world, other.name)
    await person.send("/email/confirm", token=token_in(link))
    assert await events(world, "identity.email_changed") == 0


async def test_a_reset_link_to_the_former_address_ends_with_the_change(
    visitor: Visitor, owner: Actor, world: World, signed_in: SignedIn
) -> None:
    link = await reset_link(visitor, world, owner)
    person = await signed_in(owner)
    await person.send("/email/confirm", token=token_in(await change_address(person, world)))
    assert await choose(visitor, link) == (303, "/signin/reset")
    assert (await by_password(visitor, NEW, PASSWORD)).status == 303
