"""Other services vouch for people: known by issuer and subject, linked by themselves only."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from joserfc.jwk import RSAKey
from starlette.types import ASGIApp

from serai.kit import clock
from serai.kit.actor import SYSTEM
from serai.kit.clock import MovableClock
from serai.modules import identity
from serai.modules.identity import federation
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
from tests.providers import CLIENT_ID, CLIENT_SECRET, FakeProvider, provider

SARA = "sara@example.com"


@pytest.fixture
async def idp(world: World) -> AsyncIterator[FakeProvider]:
    async with provider() as made:
        await offer(world, "idp", federation.OIDC, made.issuer)
        yield made


async def offer(world: World, key: str, kind: str, issuer: str) -> None:
    change = federation.ProviderChange(key, kind, key.upper(), issuer, CLIENT_ID, CLIENT_SECRET)
    async with world.database.transaction() as session:
        await federation.put_provider(session, SYSTEM, world.platform.vault, change)
        await federation.switch_provider(session, SYSTEM, key, on=True)


async def begin(visitor: Visitor, path: str = "/signin/with/idp?next=/start%3Fa=b") -> str:
    answer = await visitor.get(path)
    assert answer.status == 303, answer
    return answer.headers["location"]


async def come_back(visitor: Visitor, query: dict[str, str], key: str = "idp") -> Answered:
    return await visitor.get(f"/signin/with/{key}/callback?{urlencode(query)}")


async def sign_in(visitor: Visitor, idp: FakeProvider, **claims: Any) -> Answered:
    claims = {"email": SARA, "email_verified": True} | claims
    return await come_back(visitor, idp.agree(await begin(visitor), **claims))


async def test_a_new_person_is_signed_up_by_a_verified_address(visitor: Visitor, idp: FakeProvider, world: World) -> None:
    answer = await sign_in(visitor, idp)
    assert (answer.status, answer.headers["location"]) == (303, "/start?a=b")
    assert (await visitor.get("/console/systems")).status == 200
    assert await world.scalar("SELECT email FROM users") == SARA
    assert await events(world, "identity.sign_in_linked") == 1


async def test_the_person_is_known_by_the_subject_whatever_the_address_says_later(
    visitor: Visitor, idp: FakeProvider, world: World
) -> None:
    await sign_in(visitor, idp)
    other = await world.account()
    assert (await sign_in(in_another_browser(visitor), idp, email=other.name)).headers["location"] == "/start?a=b"
    assert (await sign_in(in_another_browser(visitor), idp, email="", email_verified=False)).status == 303
    assert await world.scalar("SELECT count(DISTINCT user_id) FROM sessions") == 1


async def test_an_address_of_the_user_info_endpoint_counts_for_the_same_subject_only(
    visitor: Visitor, idp: FakeProvider, world: World
) -> None:
    idp.by_user_info, idp.user_info_lies = True, {"sub": "somebody else"}
    assert (await sign_in(in_another_browser(visitor), idp)).headers["location"].startswith("/signin")
    assert await world.scalar("SELECT count(*) FROM users") == 0
    idp.user_info_lies = {}
    assert (await sign_in(visitor, idp)).headers["location"] == "/start?a=b"


async def test_an_unverified_address_signs_nobody_up(visitor: Visitor, idp: FakeProvider, world: World) -> None:
    for claims in ({"email_verified": False}, {"email": ""}, {"email": "not an address"}):
        answer = await sign_in(in_another_browser(visitor), idp, **claims)
        assert answer.headers["location"].startswith("/signin")
    assert await world.scalar("SELECT count(*) FROM users") == 0


async def test_the_address_of_somebody_here_does_not_sign_in_as_them(
    visitor: Visitor, idp: FakeProvider, world: World
) -> None:
    owner = await world.account()
    answer = await sign_in(visitor, idp, email=owner.name)
    assert answer.headers["location"] == "/signin?next=%2Fstart%3Fa%3Db"
    assert "serai_session" not in visitor.headers["cookie"]
    assert await world.scalar("SELECT count(*) FROM linked_sign_ins") == 0
    assert await world.scalar("SELECT count(*) FROM sessions") == 0


async def test_they_sign_in_as_before_and_then_link_it(visitor: Visitor, idp: FakeProvider, world: World) -> None:
    owner = await world.account()
    await sign_in(visitor, idp, email=owner.name)
    await visitor.send("/signin", email=owner.name)
    answer = await by_code(visitor, world, owner.name)
    assert answer.headers["location"].startswith(f"{SECURITY}/link?next=")
    assert b"IDP" in (await visitor.get(answer.headers["location"])).body
    assert (await visitor.send(f"{SECURITY}/link", next="/start")).headers["location"] == "/start"
    assert (await mails_to(world, owner.name))[0].subject == "IDP was linked to your account"
    again = await sign_in(in_another_browser(visitor), idp, email=owner.name)
    assert again.headers["location"] == "/start?a=b"


async def test_what_waits_to_be_linked_is_offered_to_nobody_else(
    visitor: Visitor, idp: FakeProvider, world: World
) -> None:
    owner, other = await world.account(), await world.account()
    await sign_in(visitor, idp, email=owner.name)
    assert (await by_code(visitor, world, other.name)).headers["location"] == "/console/systems"
    assert (await visitor.send(f"{SECURITY}/link")).status == 422
    stranger = in_another_browser(visitor)
    assert (await by_code(stranger, world, owner.name)).headers["location"] == "/console/systems"


async def test_somebody_signed_in_links_it_in_the_settings_and_unlinks_it(
    idp: FakeProvider, world: World, signed_in: SignedIn
) -> None:
    person = await signed_in()
    address = await begin(person, f"{SECURITY}/links/idp")
    answer = await come_back(person, idp.agree(address, "sub-9", email="other@work.example"))
    assert answer.headers["location"] == SECURITY
    assert b"other@work.example" in (await person.get(SECURITY)).body
    visitor = in_another_browser(person)
    await sign_in(visitor, idp, subject="sub-9")
    assert await world.scalar("SELECT count(DISTINCT user_id) FROM sessions") == 1
    await person.send(f"{SECURITY}/links/{await world.scalar('SELECT id FROM linked_sign_ins')}/remove")
    assert await world.scalar("SELECT count(*) FROM linked_sign_ins") == 0


async def test_linking_needs_the_person_who_began_it(idp: FakeProvider, world: World, signed_in: SignedIn) -> None:
    person, other = await signed_in(), await signed_in()
    query = idp.agree(await begin(person, f"{SECURITY}/links/idp"))
    assert (await come_back(other, query)).headers["location"] == "/signin"
    query = idp.agree(await begin(person, f"{SECURITY}/links/idp"))
    await person.send("/signout")
    await come_back(person, query)
    assert await world.scalar("SELECT count(*) FROM linked_sign_ins") == 0


async def test_an_identity_of_another_person_cannot_be_linked(
    visitor: Visitor, idp: FakeProvider, world: World, signed_in: SignedIn
) -> None:
    await sign_in(visitor, idp)
    person = await signed_in()
    await come_back(person, idp.agree(await begin(person, f"{SECURITY}/links/idp")))
    assert await world.scalar("SELECT count(*) FROM linked_sign_ins") == 1


async def test_linking_is_not_begun_from_another_site(idp: FakeProvider, signed_in: SignedIn) -> None:
    person = await signed_in()
    answer = await person.get(f"{SECURITY}/links/idp", headers={"sec-fetch-site": "cross-site"})
    assert answer.status == 422


async def test_an_answer_counts_once_in_its_browser_and_for_its_provider(
    visitor: Visitor, idp: FakeProvider, world: World
) -> None:
    await offer(world, "other", federation.OIDC, idp.issuer)
    query = idp.agree(await begin(visitor), email=SARA, email_verified=True)
    thief = in_another_browser(visitor)
    assert (await come_back(thief, query)).headers["location"] == "/signin"
    assert (await come_back(visitor, query, "other")).headers["location"] == "/signin"
    assert await world.scalar("SELECT count(*) FROM sessions") == 0
    assert (await come_back(visitor, query)).headers["location"] == "/start?a=b"
    assert (await come_back(visitor, query)).headers["location"] == "/signin"
    assert (await come_back(in_another_browser(visitor), query)).headers["location"] == "/signin"


@pytest.mark.parametrize("query", [{}, {"state": "made-up", "code": "x"}, {"state": "", "code": ""}])
async def test_an_answer_nobody_asked_for_is_refused(visitor: Visitor, idp: FakeProvider, query: dict[str, str]) -> None:
    await begin(visitor)
    assert (await come_back(visitor, query)).headers["location"] == "/signin"


async def test_an_injected_code_fails_at_the_provider(visitor: Visitor, idp: FakeProvider, world: World) -> None:
    thief = in_another_browser(visitor)
    stolen = idp.agree(await begin(visitor), email=SARA, email_verified=True)
    own = idp.agree(await begin(thief))
    assert (await come_back(thief, {**own, "code": stolen["code"]})).headers["location"] == "/signin"
    assert await world.scalar("SELECT count(*) FROM users") == 0


@pytest.mark.parametrize(
    "lies", [{"nonce": "other"}, {"iss": "https://evil.example"}, {"aud": "other"}, {"exp": 1}, {"sub": ""}]
)
async def test_a_token_with_a_wrong_claim_signs_nobody_in(
    visitor: Visitor, idp: FakeProvider, world: World, lies: dict[str, Any]
) -> None:
    idp.lies = lies
    assert (await sign_in(visitor, idp)).headers["location"] == "/signin"
    assert await world.scalar("SELECT count(*) FROM users") == 0


async def test_another_issuer_in_the_answer_is_a_mix_up(visitor: Visitor, idp: FakeProvider) -> None:
    query = idp.agree(await begin(visitor), email=SARA, email_verified=True)
    assert (await come_back(visitor, {**query, "iss": "https://evil.example"})).headers["location"] == "/signin"


async def test_a_refusal_at_the_provider_is_told(visitor: Visitor, idp: FakeProvider) -> None:
    query = idp.agree(await begin(visitor))
    answer = await come_back(visitor, {"state": query["state"], "error": "access_denied"})
    assert answer.headers["location"] == "/signin"
    assert b"IDP did not sign you in" in (await visitor.get("/signin")).body


async def test_the_second_step_is_asked_for_after_a_provider_too(
    visitor: Visitor, idp: FakeProvider, world: World
) -> None:
    await sign_in(visitor, idp)
    async with world.database.transaction() as session:
        user = await session.get_one(identity.User, await world.scalar("SELECT id FROM users"))
    await give_app(world, identity.people.themselves(user))
    visitor = in_another_browser(visitor)
    assert (await sign_in(visitor, idp)).headers["location"] == "/signin/second"
    assert "serai_session" not in visitor.headers["cookie"]


async def test_github_is_asked_who_it_is_and_its_number_counts(visitor: Visitor, world: World) -> None:
    async with provider() as github:
        await offer(world, "github", federation.GITHUB, github.issuer)
        github.emails = [{"email": "old@example.com", "primary": False, "verified": True},
                         {"email": SARA, "primary": True, "verified": True}]  # fmt: skip
        address = await begin(visitor, "/signin/with/github")
        assert address.startswith(f"{github.issuer}/login/oauth/authorize?")
        answer = await come_back(visitor, github.agree(address, "583231"), "github")
        assert answer.headers["location"] == "/console/systems"
        assert await world.scalar("SELECT subject FROM linked_sign_ins") == "583231"
        github.emails = [{"email": "new@example.com", "primary": True, "verified": False}]
        stranger = in_another_browser(visitor)
        address = await begin(stranger, "/signin/with/github")
        assert (await come_back(stranger, github.agree(address, "99"), "github")).headers["location"] == "/signin"


async def test_a_provider_that_is_off_or_away_leads_back_with_a_reason(
    visitor: Visitor, idp: FakeProvider, world: World
) -> None:
    await offer(world, "gone", federation.OIDC, "http://127.0.0.1:9")
    assert (await visitor.get("/signin/with/gone")).headers["location"].startswith("/signin?next=")
    async with world.database.transaction() as session:
        await federation.switch_provider(session, SYSTEM, "idp", on=False)
    assert (await visitor.get("/signin/with/idp")).headers["location"].startswith("/signin?next=")
    assert b"Continue with IDP" not in (await visitor.get("/signin")).body


async def test_client_secrets_are_sealed(idp: FakeProvider, world: World) -> None:
    stored = await world.scalar("SELECT string_agg(t::text, ' ') FROM identity_providers t")
    stored += await world.scalar("SELECT string_agg(t::text, ' ') FROM audit_records t")
    assert CLIENT_SECRET not in stored


async def test_linking_and_unlinking_renew_the_session(
    visitor: Visitor, idp: FakeProvider, world: World, signed_in: SignedIn
) -> None:
    person = await signed_in()
    stale = in_another_browser(person)

    async def is_renewed() -> bool:
        ended = (await stale.get(SECURITY)).headers.get("location", "").startswith("/signin")
        stale.headers["cookie"] = person.headers["cookie"]
        return ended and (await person.get(SECURITY)).status == 200

    stale.headers["cookie"] = person.headers["cookie"]
    await come_back(person, idp.agree(await begin(person, f"{SECURITY}/links/idp"), "sub-9"))
    assert await is_renewed()
    await person.send(f"{SECURITY}/links/{await world.scalar('SELECT id FROM linked_sign_ins')}/remove")
    assert await is_renewed()
    owner = await world.account()
    await sign_in(visitor, idp, subject="sub-10", email=owner.name)
    await by_code(visitor, world, owner.name)
    person = visitor
    stale.headers["cookie"] = person.headers["cookie"]
    await person.send(f"{SECURITY}/link")
    assert await is_renewed()


async def test_what_a_provider_publishes_is_asked_for_once_in_ten_minutes(
    visitor: Visitor, idp: FakeProvider, world: World, moving: MovableClock
) -> None:
    moving.move(datetime.now(UTC) - clock.now())
    for number in range(3):
        await sign_in(in_another_browser(visitor), idp, subject=f"sub-{number}", email=f"s{number}@example.com")
    assert await world.scalar("SELECT count(*) FROM users") == 3
    assert idp.asked == {"discovery": 1, "jwks": 1}
    moving.move(timedelta(minutes=10))
    idp.lies = {"iat": int(clock.now().timestamp()), "exp": int(clock.now().timestamp()) + 60}
    await sign_in(visitor, idp)
    assert idp.asked == {"discovery": 2, "jwks": 2}


async def test_many_at_once_wait_for_one_answer(app: ASGIApp, idp: FakeProvider) -> None:
    await asyncio.gather(*(begin(Visitor(app)) for _ in range(10)))
    assert idp.asked == {"discovery": 1}


async def test_a_new_key_of_the_provider_is_asked_for_at_most_once_a_minute(
    visitor: Visitor, idp: FakeProvider, world: World, moving: MovableClock
) -> None:
    moving.move(datetime.now(UTC) - clock.now())
    await sign_in(in_another_browser(visitor), idp)
    idp.key = RSAKey.generate_key(2048, {"kid": "two", "use": "sig"})
    for _ in range(3):
        assert (await sign_in(in_another_browser(visitor), idp)).headers["location"] == "/signin"
    assert idp.asked["jwks"] == 1
    moving.move(timedelta(minutes=1))
    assert (await sign_in(visitor, idp)).headers["location"] == "/start?a=b"
    assert idp.asked == {"discovery": 1, "jwks": 2}


async def test_what_failed_is_asked_for_again(visitor: Visitor, idp: FakeProvider) -> None:
    idp.is_broken = True
    assert (await visitor.get("/signin/with/idp")).headers["location"].startswith("/signin?")
    idp.is_broken = False
    assert (await begin(visitor)).startswith(idp.issuer)


async def test_one_address_begins_so_many_sign_ins_only_but_those_that_succeed_are_free(
    visitor: Visitor, idp: FakeProvider
) -> None:
    for _ in range(3):
        await sign_in(in_another_browser(visitor), idp)
    for _ in range(31):
        await begin(visitor)
    refused = await visitor.get("/signin/with/idp")
    assert refused.headers["location"].startswith("/signin?next=")
    assert b"Too many tries" in (await visitor.get("/signin")).body
    elsewhere = in_another_browser(visitor)
    elsewhere.ip = "203.0.113.9"
    await begin(elsewhere)
