"""Passkeys: registered with a fresh proof, used without an address, refused when anything is off."""

from dataclasses import replace

import pytest

from serai.kit.actor import Actor
from tests.authenticators import Authenticator
from tests.client import Answered
from tests.factories import World
from tests.integration.portals.conftest import SignedIn, Visitor
from tests.integration.portals.signing_in import (
    SECURITY,
    by_code,
    events,
    give_app,
    in_another_browser,
    mails_to,
)

PASSKEYS = f"{SECURITY}/passkeys"


async def register(person: Visitor, key: Authenticator, name: str = "Laptop") -> Answered:
    options = (await person.post(f"{PASSKEYS}/options")).json
    return await person.send(PASSKEYS, answer=key.create(options), name=name)


async def sign_in(visitor: Visitor, key: Authenticator, **fields: str) -> Answered:
    options = (await visitor.post("/signin/passkey/options")).json
    return await visitor.send("/signin/passkey", answer=key.get(options), **fields)


@pytest.fixture
async def person(signed_in: SignedIn) -> Visitor:
    return await signed_in()


@pytest.fixture
async def key(person: Visitor) -> Authenticator:
    made = Authenticator()
    assert (await register(person, made)).status == 200
    return made


async def test_a_passkey_signs_in_without_an_address_and_without_a_second_step(
    person: Visitor, key: Authenticator, world: World
) -> None:
    visitor = in_another_browser(person)
    answer = await sign_in(visitor, key, next="/start?product=hello")
    assert (answer.status, answer.headers["location"]) == (303, "/start?product=hello")
    assert (await visitor.get("/console/systems")).status == 200
    assert await world.scalar("SELECT method FROM sessions ORDER BY created_at DESC LIMIT 1") == "passkey"


async def test_the_first_passkey_brings_recovery_codes_and_a_mail(
    person: Visitor, world: World
) -> None:
    answer = await register(person, Authenticator(), "My phone")
    assert answer.body.count(b"<li><code>") == 10
    assert answer.headers["cache-control"] == "no-store"
    assert person.actor is not None
    assert "My phone" in (await mails_to(world, person.actor.name))[0].text
    assert (await register(person, Authenticator(), "Second")).status == 303
    assert await events(world, "identity.passkey_added") == 2


async def test_several_passkeys_have_names_and_can_be_renamed_and_removed(
    person: Visitor, key: Authenticator, world: World
) -> None:
    other = Authenticator()
    await register(person, other, "Security key")
    row = await world.scalar("SELECT id FROM passkeys WHERE name = 'Laptop'")
    await person.send(f"{PASSKEYS}/{row}/rename", name="Work laptop")
    assert b"Work laptop" in (await person.get(SECURITY)).body
    await person.send(f"{PASSKEYS}/{row}/remove")
    assert (await sign_in(in_another_browser(person), key)).headers["location"] == "/signin"
    assert (await sign_in(in_another_browser(person), other)).headers["location"] == "/console/systems"


@pytest.mark.parametrize(
    "wrong",
    [{"origin": "https://evil.example"}, {"origin": "http://acme.apps.localhost:8080"}, {"domain": "evil.example"},
     {"verifies": False}],
)  # fmt: skip
async def test_an_answer_made_elsewhere_or_without_the_person_is_refused(
    person: Visitor, key: Authenticator, wrong: dict[str, object]
) -> None:
    visitor = in_another_browser(person)
    answer = await sign_in(visitor, replace(key, **wrong))  # type: ignore[arg-type]
    assert answer.headers["location"] == "/signin"
    assert "serai_session" not in visitor.headers["cookie"]
    assert (await register(person, Authenticator(**wrong))).headers["location"] == f"{PASSKEYS}/new"  # type: ignore[arg-type]


async def test_an_answer_is_good_once_and_in_its_own_browser(person: Visitor, key: Authenticator) -> None:
    visitor, thief = in_another_browser(person), in_another_browser(person)
    options = (await visitor.post("/signin/passkey/options")).json
    answer = key.get(options)
    await thief.post("/signin/passkey/options")
    assert (await thief.send("/signin/passkey", answer=answer)).headers["location"] == "/signin"
    assert (await visitor.send("/signin/passkey", answer=answer)).headers["location"] == "/console/systems"
    await visitor.send("/signout")
    assert (await visitor.send("/signin/passkey", answer=answer)).headers["location"] == "/signin"


async def test_a_wrong_answer_uses_the_challenge_up(person: Visitor, key: Authenticator) -> None:
    visitor = in_another_browser(person)
    options = (await visitor.post("/signin/passkey/options")).json
    right = key.get(options)
    await visitor.send("/signin/passkey", answer=Authenticator().get(options))
    assert (await visitor.send("/signin/passkey", answer=right)).headers["location"] == "/signin"


async def test_a_challenge_for_signing_in_registers_nothing(person: Visitor) -> None:
    options = (await person.post(f"{PASSKEYS}/options")).json
    other = (await person.post("/signin/passkey/options")).json
    made = Authenticator().create({**options, "challenge": other["challenge"]})
    assert (await person.send(PASSKEYS, answer=made)).headers["location"] == f"{PASSKEYS}/new"


async def test_a_passkey_confirms_that_it_is_you(person: Visitor, key: Authenticator, world: World) -> None:
    from sqlalchemy import text

    async with world.database.transaction() as session:
        await session.execute(text("UPDATE sessions SET sudo_at = NULL"))
    assert (await person.get(f"{SECURITY}/email")).status == 303
    options = (await person.post("/console/confirm/passkey/options")).json
    stranger = Authenticator()
    await person.send("/console/confirm/passkey", answer=stranger.get(options), next=SECURITY)
    assert (await person.get(f"{SECURITY}/email")).status == 303
    options = (await person.post("/console/confirm/passkey/options")).json
    await person.send("/console/confirm/passkey", answer=key.get(options), next=SECURITY)
    assert (await person.get(f"{SECURITY}/email")).status == 200


async def test_a_copied_key_shows_by_its_counter(person: Visitor, key: Authenticator) -> None:
    copy = replace(key)
    assert (await sign_in(in_another_browser(person), key)).headers["location"] == "/console/systems"
    assert (await sign_in(in_another_browser(person), copy)).headers["location"] == "/signin"


async def test_keys_that_do_not_count_are_fine(person: Visitor) -> None:
    key = Authenticator(counts=False)
    await register(person, key)
    for _ in range(2):
        assert (await sign_in(in_another_browser(person), key)).headers["location"] == "/console/systems"


async def test_a_stranger_s_key_and_nonsense_are_refused(person: Visitor, key: Authenticator) -> None:
    stranger = replace(Authenticator(), credential_id=key.credential_id)
    assert (await sign_in(in_another_browser(person), Authenticator())).headers["location"] == "/signin"
    assert (await sign_in(in_another_browser(person), stranger)).headers["location"] == "/signin"
    for nonsense in ("", "{}", "null", '{"rawId": 7}', '{"rawId": "AAAA"}'):
        visitor = in_another_browser(person)
        await visitor.post("/signin/passkey/options")
        answer = await visitor.send("/signin/passkey", answer=nonsense)
        assert (answer.status, answer.headers["location"]) == (303, "/signin")


async def test_one_key_belongs_to_one_person(person: Visitor, key: Authenticator, signed_in: SignedIn) -> None:
    other = await signed_in()
    assert (await register(other, replace(key))).headers["location"] == f"{PASSKEYS}/new"


async def test_somebody_else_s_passkey_can_be_neither_renamed_nor_removed(
    person: Visitor, key: Authenticator, signed_in: SignedIn, world: World
) -> None:
    other, row = await signed_in(), await world.scalar("SELECT id FROM passkeys")
    for change in ("rename", "remove"):
        assert (await other.send(f"{PASSKEYS}/{row}/{change}", name="mine")).status == 404
    assert await world.scalar("SELECT name FROM passkeys") == "Laptop"


async def test_after_a_code_by_mail_a_passkey_is_the_second_step(
    person: Visitor, key: Authenticator, world: World
) -> None:
    assert person.actor is not None
    visitor = in_another_browser(person)
    assert (await by_code(visitor, world, person.actor.name)).headers["location"] == "/signin/second"
    assert (await visitor.get("/console/systems")).status == 303
    options = (await visitor.post("/signin/second/passkey/options")).json
    assert len(options["allowCredentials"]) == 1
    answer = await visitor.send("/signin/second/passkey", answer=key.get(options))
    assert answer.headers["location"] == "/console/systems"
    assert (await visitor.get("/console/systems")).status == 200


async def test_another_person_s_passkey_is_no_second_step(
    person: Visitor, key: Authenticator, world: World, signed_in: SignedIn
) -> None:
    other: Actor = await world.account()
    await give_app(world, other)
    visitor = in_another_browser(person)
    assert (await by_code(visitor, world, other.name)).headers["location"] == "/signin/second"
    options = (await visitor.post("/signin/second/passkey/options")).json
    answer = await visitor.send("/signin/second/passkey", answer=key.get(options))
    assert answer.headers["location"] == "/signin/second"
    assert "serai_session" not in visitor.headers["cookie"]


async def test_a_session_without_a_fresh_proof_adds_no_passkey(person: Visitor, world: World) -> None:
    async with world.database.transaction() as session:
        from sqlalchemy import text

        await session.execute(text("UPDATE sessions SET sudo_at = NULL"))
    answer = await person.post(f"{PASSKEYS}/options")
    assert answer.status == 303
    assert answer.headers["location"].startswith("/console/confirm?next=")
