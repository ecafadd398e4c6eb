"""How a system shows itself, and what comes of odd requests to the machines' addresses."""

from datetime import timedelta
from typing import Any

import pytest

from serai.kit.clock import MovableClock
from serai.modules import identity
from tests.client import Client
from tests.factories import World
from tests.integration.modules.identity.provider.conftest import VERIFIER, System, launched
from tests.integration.portals.conftest import Visitor


def form_of(system: System, code: str, **more: str) -> dict[str, str]:
    return {"grant_type": "authorization_code", "code": code, "redirect_uri": system.redirect_uri,
            "code_verifier": VERIFIER} | more  # fmt: skip


async def test_the_secret_comes_in_the_header_or_in_the_body(system: System, sara: Visitor) -> None:
    body = form_of(system, await system.code_for(sara), client_id=system.id, client_secret=system.secret)
    assert (await system.post("/oidc/token", **body)).status == 200
    header = form_of(system, await system.code_for(sara), client_id=system.id)
    assert (await system.post("/oidc/token", basic=(system.id, system.secret), **header)).status == 200


@pytest.mark.parametrize("way", ["header", "body"])
@pytest.mark.parametrize(
    ("name", "secret"), [("mine", "wrong"), ("mine", ""), ("lch_unknown", "mine"), ("", "")]
)
async def test_a_wrong_secret_is_refused_and_leaves_the_code_alone(
    system: System, sara: Visitor, way: str, name: str, secret: str
) -> None:
    code = await system.code_for(sara)
    client = (name.replace("mine", system.id), secret.replace("mine", system.secret))
    if way == "header":
        answer = await system.post("/oidc/token", basic=client, **form_of(system, code))
    else:
        form = form_of(system, code, client_id=client[0], client_secret=client[1])
        answer = await system.post("/oidc/token", **form)
    assert (answer.status, answer.json["error"]) == (401, "invalid_client")
    assert answer.headers["www-authenticate"].startswith("Basic ")
    assert (await system.redeem(code)).status == 200


async def test_both_ways_at_once_are_one_too_many(system: System, sara: Visitor) -> None:
    code, basic = await system.code_for(sara), (system.id, system.secret)
    twice = await system.post(
        "/oidc/token", basic=basic, **form_of(system, code, client_secret=system.secret)
    )
    assert twice.json["error"] == "invalid_request"
    other = await system.post("/oidc/token", basic=basic, **form_of(system, code, client_id="lch_other"))
    assert other.json["error"] == "invalid_request"


async def test_a_code_is_good_for_the_system_it_was_made_for_only(
    world: World, system: System, sara: Visitor
) -> None:
    other = await launched(world, system.app, system.owner, "other")
    code = await system.code_for(sara)
    assert (await other.redeem(code)).json["error"] == "invalid_grant"
    assert (await system.redeem(code)).json["error"] == "invalid_grant", "somebody else had it"


@pytest.mark.parametrize("grant_type", ["password", "refresh_token", "client_credentials", ""])
async def test_codes_are_the_only_thing_that_is_exchanged(system: System, grant_type: str) -> None:
    answer = await system.redeem("x", grant_type=grant_type)
    assert (answer.status, answer.json["error"]) == (400, "unsupported_grant_type")


@pytest.mark.parametrize(
    ("body", "kind"),
    [(b'{"code": "x"}', "application/json"), (b"code=%ff%fe", "application/x-www-form-urlencoded"),
     (b"code=a&code=b", "application/x-www-form-urlencoded"), (b"\xff\xfe", "application/x-www-form-urlencoded"),
     (b"code=%00", "application/x-www-form-urlencoded"),
     (b"&".join(b"a%d=1" % n for n in range(60)), "application/x-www-form-urlencoded"),
     (b"code=" + b"x" * 70_000, "application/x-www-form-urlencoded")],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/oidc/token", "/oidc/open"])
async def test_odd_bodies_are_refused_in_json(system: System, path: str, body: bytes, kind: str) -> None:
    answer = await Client(system.app).post(path, body, headers={"content-type": kind})
    assert answer.status in {400, 401, 413}
    assert answer.json["error"] in {"invalid_request", "invalid_client"}
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "header", ["Basic", "Basic !!", "Basic /w==", "Bearer x", "Basic bm9jb2xvbg==", "x" * 9000]
)
async def test_odd_headers_are_refused_in_json(system: System, header: str) -> None:
    form = b"grant_type=authorization_code&code=x"
    answer = await Client(system.app).post(
        "/oidc/token", form,
        headers={"content-type": "application/x-www-form-urlencoded", "authorization": header},
    )  # fmt: skip
    assert (answer.status, answer.json["error"]) == (401, "invalid_client")


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", "Bearer a.b.c", "Basic eA=="])
async def test_userinfo_wants_an_access_token(system: System, header: str) -> None:
    for method in ("GET", "POST"):
        answer = await Client(system.app).request(method, "/oidc/userinfo", headers={"authorization": header})
        assert answer.status == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_signing_out_at_the_system_asks_first_and_then_ends_the_session_here(
    system: System, sara: Visitor
) -> None:
    hint = (await system.tokens_for(sara))["id_token"]
    way = f"/oidc/logout?id_token_hint={hint}&post_logout_redirect_uri={system.url}/&state=x1"
    asked = await sara.get(way)
    assert b"Sign out of Serai, too?" in asked.body
    assert b"You have left acme" in asked.body
    assert (await sara.get("/console/systems")).status == 200, "nothing has happened yet"
    done = await sara.send("/oidc/logout", id_token_hint=hint, state="x1",
                           post_logout_redirect_uri=f"{system.url}/")  # fmt: skip
    assert b"You are signed out." in done.body
    assert f'href="{system.url}/?state=x1"'.encode() in done.body
    assert (await sara.get("/console/systems")).status == 303


@pytest.mark.parametrize(
    "changes",
    [{"post_logout_redirect_uri": "https://evil.example/"}, {"client_id": "lch_other"},
     {"post_logout_redirect_uri": "http://acme.apps.localhost:8080.evil.example/"},
     {"post_logout_redirect_uri": "http://acme.apps.localhost:8080/elsewhere"}],
)  # fmt: skip
async def test_nobody_is_sent_to_a_strange_address_afterwards(
    system: System, sara: Visitor, changes: dict[str, Any]
) -> None:
    form = {"client_id": system.id, "post_logout_redirect_uri": f"{system.url}/"} | changes
    done = await sara.send("/oidc/logout", **form)
    assert b"You are signed out." in done.body
    assert b"evil" not in done.body
    assert b"elsewhere" not in done.body
    assert b"Back to" not in done.body


async def test_a_forged_hint_is_no_hint_and_an_expired_one_is(
    system: System, sara: Visitor, moving: MovableClock
) -> None:
    hint = (await system.tokens_for(sara))["id_token"]
    moving.move(timedelta(minutes=10))
    forged = hint[:-8] + "AAAAAAAA"
    for token, known in ((hint, True), (forged, False), ("nonsense", False), ("a.e30.c", False)):
        page = await sara.get(f"/oidc/logout?id_token_hint={token}&post_logout_redirect_uri={system.url}/")
        assert (b"You have left acme" in page.body) is known, token


async def test_old_grants_are_forgotten(
    world: World, system: System, sara: Visitor, moving: MovableClock
) -> None:
    await system.code_for(sara)
    for hours, left in ((23, 1), (2, 0)):
        moving.move(timedelta(hours=hours))
        async with world.database.transaction() as session:
            await identity.provider.forget_old(session)
        assert await world.scalar("SELECT count(*) FROM sign_in_grants") == left
