"""A person comes from a system, is recognised here, and goes back with a code for tokens."""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from sqlalchemy import text

from serai.kit.clock import MovableClock
from serai.kit.db import Session
from serai.modules import identity
from tests.client import Client
from tests.factories import World
from tests.integration.modules.identity.provider.conftest import ISSUER, System, answered
from tests.integration.portals.conftest import SignedIn, Visitor


def unread(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


async def test_a_member_goes_to_the_system_and_is_known_there(system: System, sara: Visitor) -> None:
    back = await sara.get(system.question())
    assert back.headers["location"].startswith(f"{system.redirect_uri}?")
    assert {"state": "s1", "iss": ISSUER}.items() <= answered(back).items()
    tokens = await system.redeem(answered(back)["code"])
    assert tokens.headers["cache-control"] == "no-store"
    assert (tokens.json["token_type"], tokens.json["expires_in"]) == ("Bearer", 300)
    who = await system.userinfo(tokens.json["access_token"])
    assert (who.json["email"], who.json["email_verified"]) == (sara.actor.name, True)
    assert (who.json["account"], who.json["role"]) == (system.owner.account_id, "owner")
    assert who.json["sub"].startswith("usr_")
    assert {"name", "locale", "account_name"} <= set(who.json)


async def test_the_id_token_is_signed_with_a_published_key_and_says_for_whom(
    system: System, sara: Visitor
) -> None:
    tokens = await system.tokens_for(sara, nonce="fresh")
    published = (await Client(system.app).get("/.well-known/jwks.json")).json
    found = jwt.decode(tokens["id_token"], KeySet.import_key_set(published), algorithms=["ES256"])
    assert found.header["typ"] == "JWT"
    assert (found.claims["iss"], found.claims["aud"], found.claims["nonce"]) == (ISSUER, system.id, "fresh")
    assert found.claims["exp"] - found.claims["iat"] == 300
    assert found.claims["auth_time"] <= found.claims["iat"]
    assert {"sub", "sid", "at_hash"} <= set(found.claims)


async def test_what_can_be_asked_is_published(system: System) -> None:
    nobody = Client(system.app)
    found = await nobody.get("/.well-known/openid-configuration")
    assert found.headers["access-control-allow-origin"] == "*"
    assert found.json["issuer"] == ISSUER
    assert found.json["code_challenge_methods_supported"] == ["S256"]
    assert found.json["id_token_signing_alg_values_supported"] == ["ES256"]
    for name, address in found.json.items():
        if name.endswith(("_endpoint", "_uri")):
            assert (await nobody.get(address.removeprefix(ISSUER))).status != 404, name
    keys = await nobody.get("/.well-known/jwks.json")
    assert "max-age=3600" in keys.headers["cache-control"]


async def test_a_system_learns_only_what_it_asked_for(system: System, sara: Visitor) -> None:
    tokens = await system.tokens_for(sara, scope="openid email nonsense")
    assert tokens["scope"] == "openid email"
    assert set((await system.userinfo(tokens["access_token"])).json) == {"sub", "email", "email_verified"}


@pytest.mark.parametrize(
    "changes",
    [{"client_id": "lch_unknown"}, {"client_id": None}, {"redirect_uri": None},
     {"redirect_uri": "https://evil.example/callback"},
     {"redirect_uri": "http://acme.apps.localhost:8080/callback/"},
     {"redirect_uri": "http://acme.apps.localhost:8080/callback?x=1"},
     {"redirect_uri": "http://acme.apps.localhost:8080.evil.example/callback"},
     {"redirect_uri": ["http://acme.apps.localhost:8080/callback", "https://evil.example/"]}],
)  # fmt: skip
async def test_who_is_not_known_is_never_answered_at_the_address_they_name(
    system: System, sara: Visitor, changes: dict[str, Any]
) -> None:
    answer = await sara.get(system.question(**changes))
    assert answer.status == 422
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    ("changes", "error"),
    [({"response_type": "token"}, "unsupported_response_type"), ({"response_type": None}, "unsupported_response_type"),
     ({"scope": "email"}, "invalid_scope"), ({"scope": None}, "invalid_scope"),
     ({"code_challenge": None}, "invalid_request"), ({"code_challenge": "short"}, "invalid_request"),
     ({"code_challenge_method": "plain"}, "invalid_request"), ({"code_challenge_method": None}, "invalid_request"),
     ({"response_mode": "fragment"}, "invalid_request"), ({"nonce": ["a", "b"]}, "invalid_request"),
     ({"nonce": "n" * 2000}, "invalid_request"), ({"max_age": "soon"}, "invalid_request"),
     ({"prompt": "none login"}, "invalid_request"), ({"prompt": "consent"}, "consent_required"),
     ({"prompt": "select_account"}, "account_selection_required"),
     ({"request": "eyJ"}, "request_not_supported"), ({"request_uri": "https://x/"}, "request_uri_not_supported")],
)  # fmt: skip
async def test_a_question_that_makes_no_sense_is_refused_at_the_system(
    system: System, sara: Visitor, changes: dict[str, Any], error: str
) -> None:
    found = answered(await sara.get(system.question(**changes)))
    assert (found["error"], found["state"], found["iss"]) == (error, "s1", ISSUER)
    assert "code" not in found


async def test_who_is_not_signed_in_signs_in_first_and_comes_back(system: System, visitor: Visitor) -> None:
    answer = await visitor.get(system.question())
    assert answer.headers["location"].startswith("/signin?next=%2Foidc%2Fauthorize%3F")
    quiet = answered(await visitor.get(system.question(prompt="none")))
    assert (quiet["error"], quiet["state"]) == ("login_required", "s1")


async def test_after_a_form_of_ours_a_page_goes_on_since_browsers_stop_the_redirect(
    system: System, sara: Visitor
) -> None:
    answer = await sara.get(system.question(), headers={"sec-fetch-site": "same-origin"})
    assert answer.status == 200
    assert (
        b'http-equiv="refresh" content="0; url=http://acme.apps.localhost:8080/callback?code=' in answer.body
    )
    assert (answer.headers["cache-control"], answer.headers["referrer-policy"]) == ("no-store", "no-referrer")


async def test_people_of_other_accounts_are_told_and_get_no_code(
    world: World, system: System, signed_in: SignedIn
) -> None:
    stranger = await signed_in()
    answer = await stranger.get(system.question())
    assert answer.status == 403
    assert b"You may not sign in to acme" in answer.body
    assert b"error=access_denied" in answer.body
    quiet = answered(await stranger.get(system.question(prompt="none")))
    assert quiet["error"] == "access_denied"
    assert await world.scalar("SELECT count(*) FROM sign_in_grants") == 0


async def test_a_code_works_once_and_its_second_use_ends_what_came_of_the_first(
    world: World, system: System, sara: Visitor
) -> None:
    code = await system.code_for(sara)
    tokens = (await system.redeem(code)).json
    assert (await system.userinfo(tokens["access_token"])).status == 200
    again = await system.redeem(code)
    assert (again.status, again.json["error"]) == (400, "invalid_grant")
    ended = await system.userinfo(tokens["access_token"])
    assert ended.status == 401
    assert 'error="invalid_token"' in ended.headers["www-authenticate"]
    assert await world.scalar("SELECT count(*) FROM events WHERE type = 'identity.sign_in_revoked'") == 1


async def test_of_two_who_redeem_a_code_at_once_one_gets_tokens(system: System, sara: Visitor) -> None:
    code = await system.code_for(sara)
    statuses = [answer.status for answer in await asyncio.gather(*(system.redeem(code) for _ in range(4)))]
    assert sorted(statuses) == [200, 400, 400, 400]


async def test_a_code_lives_a_minute(system: System, sara: Visitor, moving: MovableClock) -> None:
    fast, slow = await system.code_for(sara), await system.code_for(sara)
    moving.move(timedelta(seconds=59))
    assert (await system.redeem(fast)).status == 200
    moving.move(timedelta(seconds=1))
    assert (await system.redeem(slow)).json["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "changes",
    [{"code_verifier": "w" * 43}, {"code_verifier": ""}, {"redirect_uri": "http://acme.apps.localhost:8080/"},
     {"code": "made-up"}, {"code": ""}],
)  # fmt: skip
async def test_a_code_needs_the_verifier_and_the_address_it_was_asked_with(
    system: System, sara: Visitor, changes: dict[str, str]
) -> None:
    code = await system.code_for(sara)
    answer = await system.redeem(**({"code": code} | changes))
    assert (answer.status, answer.json["error"]) == (400, "invalid_grant")
    if "code" not in changes:
        assert (await system.redeem(code)).json["error"] == "invalid_grant", "one try only"


async def test_access_tokens_last_five_minutes(system: System, sara: Visitor, moving: MovableClock) -> None:
    token = (await system.tokens_for(sara))["access_token"]
    moving.move(timedelta(seconds=299))
    assert (await system.userinfo(token)).status == 200
    moving.move(timedelta(seconds=2))
    assert (await system.userinfo(token)).status == 401


async def test_an_id_token_opens_nothing(system: System, sara: Visitor) -> None:
    tokens = await system.tokens_for(sara)
    assert (await system.userinfo(tokens["id_token"])).status == 401
    api = Client(system.app, tokens["access_token"])
    assert (await api.get("/api/v1/launches")).status == 401


async def test_signing_out_ends_codes_and_access_tokens_at_once(system: System, sara: Visitor) -> None:
    code, token = await system.code_for(sara), (await system.tokens_for(sara))["access_token"]
    await sara.send("/signout")
    assert (await system.userinfo(token)).status == 401
    assert (await system.redeem(code)).json["error"] == "invalid_grant"


async def test_a_system_that_wants_a_fresh_sign_in_gets_one(
    system: System, sara: Visitor, moving: MovableClock
) -> None:
    moving.move(timedelta(minutes=10))
    for changes in ({"prompt": "login"}, {"max_age": "300"}, {"max_age": "0"}):
        asked = await sara.get(system.question(**changes))
        assert asked.headers["location"].startswith("/console/confirm?next=%2Foidc%2Fauthorize%3F")
    quiet = answered(await sara.get(system.question(max_age="300", prompt="none")))
    assert quiet["error"] == "login_required"
    assert "code" in answered(await sara.get(system.question(max_age="700")))


@pytest.mark.parametrize("changes", [{"prompt": "login"}, {"max_age": "0"}])
async def test_after_a_fresh_proof_the_same_question_is_answered(
    world: World, system: System, sara: Visitor, moving: MovableClock, changes: dict[str, str]
) -> None:
    moving.move(timedelta(minutes=10))
    asked = await sara.get(system.question(**changes))
    back = parse_qs(urlsplit(asked.headers["location"]).query)["next"][0]
    assert (await sara.get(back)).headers["location"].startswith("/console/confirm"), "nothing proved yet"
    moving.move(timedelta(minutes=1))
    await prove(world, sara)
    claims = unread((await system.redeem(answered(await sara.get(back))["code"])).json["id_token"])
    assert claims["iat"] - claims["auth_time"] == 0
    moving.move(timedelta(hours=2))
    assert (await sara.get(back)).headers["location"].startswith("/console/confirm"), "too long ago"


async def prove(world: World, person: Visitor) -> None:
    """What /console/confirm does in the end."""
    async with world.database.transaction() as session:
        actor = await identity.actor_of_session(session, person.headers["cookie"].partition("=")[2])
        assert actor is not None
        await identity.sessions.confirm(session, actor, "password")


async def test_who_was_deactivated_lost_the_permission_or_left_is_out_at_once(
    world: World, system: System, signed_in: SignedIn
) -> None:
    member = await world.member(system.owner, "developer")
    person = await signed_in(member)
    changes: list[Callable[[Session], Awaitable[object]]] = [
        lambda s: identity.members.change_role(s, system.owner, member.id, "viewer"),
        lambda s: identity.members.suspend(s, system.owner, member.id),
        lambda s: identity.members.remove(s, system.owner, member.id),
    ]
    for change in changes:
        person = await signed_in(member)
        code, token = await system.code_for(person), (await system.tokens_for(person))["access_token"]
        async with world.database.acting(system.owner).transaction() as session:
            await change(session)
        assert (await system.userinfo(token)).status == 401
        assert (await system.redeem(code)).json["error"] == "invalid_grant"
        async with world.database.transaction() as session:
            await session.execute(text("UPDATE memberships SET role = 'developer', deactivated_at = NULL"))


async def test_a_member_of_several_accounts_signs_in_whichever_is_chosen(
    world: World, system: System, signed_in: SignedIn
) -> None:
    member = await world.member(system.owner, "support")
    person = await signed_in(member)
    tokens = await system.tokens_for(person)
    who = (await system.userinfo(tokens["access_token"])).json
    assert (who["account"], who["role"]) == (system.owner.account_id, "support")


async def test_support_does_not_sign_in_as_the_customer(
    world: World, system: System, signed_in: SignedIn
) -> None:
    staff = await signed_in(await world.account(staff=True))
    await staff.send(f"/admin/accounts/{system.owner.account_id}/enter", reason="Looking into a sign-in")
    assert b"support-banner" in (await staff.get(f"/console/systems/{system.id}")).body
    assert (await staff.get(system.question())).status == 403
    assert (await staff.send(f"/console/systems/{system.id}/open")).status == 403


async def test_every_sign_in_is_an_event_without_a_secret(
    world: World, system: System, sara: Visitor
) -> None:
    code = await system.code_for(sara)
    await system.redeem(code)
    kinds = await world.scalar(
        "SELECT string_agg(type, ' ' ORDER BY id) FROM events WHERE type LIKE 'identity.sign%in%'"
    )
    for kind in ("sign_in_client_registered", "sign_in_granted", "signed_in_to_system"):
        assert f"identity.{kind}" in kinds
    everything = await world.scalar("SELECT string_agg(e::text, ' ') FROM events e")
    stored = await world.scalar("SELECT string_agg(g::text, ' ') FROM sign_in_grants g")
    for secret in (code, system.secret):
        assert secret not in everything
        assert secret not in stored
    assert system.secret not in await world.scalar("SELECT string_agg(c::text, ' ') FROM sign_in_clients c")
