"""Errors as pages, as toasts, and for who is not signed in."""

import json

import pytest
from starlette.types import ASGIApp

from serai.modules import launches
from tests.factories import World
from tests.integration.portals.conftest import SignedIn, Visitor


@pytest.mark.parametrize("lang", ["en", "ar"])
@pytest.mark.parametrize(("method", "path", "status"), [
    ("GET", "/nothing", 404), ("POST", "/", 405), ("GET", "/products/nothing", 404),
    ("GET", "/products/a%00b", 400), ("GET", "/?search=%00", 400),
])  # fmt: skip
async def test_an_error_is_a_page(
    visitor: Visitor, lang: str, method: str, path: str, status: int
) -> None:
    visitor.headers["cookie"] = f"serai_lang={lang}"
    answer = await visitor.request(method, path)
    assert answer.status == status
    assert f'<html lang="{lang}"'.encode() in answer.body
    assert answer.headers["x-request-id"].encode() in answer.body
    assert "default-src 'self'" in answer.headers["content-security-policy"]


async def test_who_is_not_signed_in_is_sent_to_the_form_and_back(visitor: Visitor) -> None:
    answer = await visitor.get("/console/systems?search=a&state=running")
    wanted = "/signin?next=%2Fconsole%2Fsystems%3Fsearch%3Da%26state%3Drunning"
    assert (answer.status, answer.headers["location"]) == (303, wanted)
    answer = await visitor.get("/console/systems", headers={"hx-request": "true"})
    assert answer.headers["hx-redirect"] == "/signin"


async def test_fragments_get_a_toast_and_keep_what_they_show(signed_in: SignedIn) -> None:
    someone = await signed_in()
    someone.headers["cookie"] += "; serai_lang=ar"
    answer = await someone.get("/console/systems/lch_no", headers={"hx-request": "true"})
    assert (answer.status, answer.headers["hx-reswap"], answer.body) == (404, "none", b"")
    toast = json.loads(answer.headers["hx-trigger"])["toast"]
    assert (toast["tone"], "lch_no" in toast["message"]) == ("danger", True)


async def test_a_bug_is_a_page_that_tells_nothing_of_itself(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(launches, "by_host", broken)
    answer = await visitor.get("/no-such-system")
    assert answer.status == 500
    assert b"Something went wrong on our side" in answer.body
    assert b"req_" in answer.body
    assert b"secret detail" not in answer.body
    assert "default-src 'self'" in answer.headers["content-security-policy"]


async def test_scripts_that_ask_for_json_get_problems(app: ASGIApp, visitor: Visitor) -> None:
    answer = await visitor.get("/console/operations/op_1/snapshot", headers={"accept": "application/json"})
    assert (answer.status, answer.code) == (401, "unauthenticated")


@pytest.mark.parametrize(("state", "heading"), [
    ("stopped", "This system is stopped"), ("launching", "This system is being started"),
    ("terminated", "This system has been removed"), ("failed", "There is no system at this address"),
])  # fmt: skip
async def test_an_address_without_a_system_tells_the_state_only(
    visitor: Visitor, world: World, state: str, heading: str
) -> None:
    launch_id, _ = await world.order(await world.ground(), "acme")
    await world.scalar("UPDATE launches SET state = :state WHERE id = :id RETURNING id",
                       state=state, id=launch_id)  # fmt: skip
    answer = await visitor.get("/no-such-system", headers={"host": "acme.apps.localhost:8080"})
    assert (answer.status, heading.encode() in answer.body) == (404, True)
    assert b"sara@example.com" not in answer.body
    assert b"http://localhost:8080" in answer.body
    other = await visitor.get("/no-such-system", headers={"host": "other.apps.localhost:8080"})
    assert b"There is no system at this address" in other.body
