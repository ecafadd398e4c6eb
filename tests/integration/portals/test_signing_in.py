"""Codes by mail, sessions, and where people are sent afterwards."""

import re

import pytest

from serai.kit.web.sessions import COOKIE
from serai.modules import notifications
from serai.portals.storefront.signing_in import local_path
from tests.factories import World
from tests.integration.portals.conftest import SignedIn, Visitor

SARA = "sara@example.com"


async def newest_code(world: World) -> str:
    async with world.database.transaction() as session:
        mail = (await notifications.mailbox(session))[0]
    assert mail.recipient == SARA
    found = re.search(r"\d{6}", mail.subject)
    assert found is not None
    return found[0]


@pytest.mark.parametrize(
    "wanted",
    ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "evil", "", None,
     "/\t/evil.example", "/\r\nSet-Cookie: a=b"],
)  # fmt: skip
def test_nobody_is_sent_to_another_site(wanted: str | None) -> None:
    assert local_path(wanted) == "/console/systems"


def test_people_come_back_to_where_they_were() -> None:
    assert local_path("/start?product=hello&period=yearly") == "/start?product=hello&period=yearly"


async def test_the_code_opens_an_account_and_a_session(visitor: Visitor, world: World) -> None:
    answer = await visitor.send("/signin", email=SARA, next="/start?product=hello")
    assert (answer.status, answer.headers["location"]) == (
        303, "/signin/code?email=sara%40example.com&next=%2Fstart%3Fproduct%3Dhello",
    )  # fmt: skip
    answer = await visitor.send("/signin/code", email=SARA, code=await newest_code(world), next="/start?a=b")
    assert (answer.status, answer.headers["location"]) == (303, "/start?a=b")
    for cookie in answer.set_cookies:
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
    assert (await visitor.get("/console/systems")).status == 200


async def test_wrong_codes_are_counted_although_the_form_is_shown_again(
    visitor: Visitor, world: World
) -> None:
    await visitor.send("/signin", email=SARA)
    code = await newest_code(world)
    wrong = "111111" if code != "111111" else "222222"
    for _ in range(5):
        answer = await visitor.send("/signin/code", email=SARA, code=wrong)
        assert answer.status == 422
        assert b"This code is wrong" in answer.body
    assert (await visitor.send("/signin/code", email=SARA, code=code)).status == 422


async def test_a_malformed_address_and_too_many_codes_are_told_in_place(visitor: Visitor) -> None:
    assert b"Enter an e-mail address" in (await visitor.send("/signin", email="sara at home")).body
    for _ in range(6):
        assert (await visitor.send("/signin", email=SARA)).status == 303
    answer = await visitor.send("/signin", email=SARA)
    assert (answer.status, b"Too many codes" in answer.body) == (403, True)


async def test_the_mail_is_in_the_reader_s_language(visitor: Visitor, world: World) -> None:
    visitor.headers["cookie"] = "serai_lang=ar"
    await visitor.send("/signin", email=SARA)
    async with world.database.transaction() as session:
        assert "هو رمز الدخول" in (await notifications.mailbox(session))[0].subject


async def test_signing_out_ends_the_session_itself(signed_in: SignedIn) -> None:
    someone = await signed_in()
    answer = await someone.send("/signout")
    assert (answer.status, answer.headers["location"]) == (303, "/")
    assert (await someone.get("/console/systems")).status == 303


async def test_who_is_signed_in_skips_the_form(signed_in: SignedIn) -> None:
    answer = await (await signed_in()).get("/signin?next=/start%3Fproduct%3Dhello")
    assert (answer.status, answer.headers["location"]) == (303, "/start?product=hello")


async def test_a_form_from_another_site_is_refused(signed_in: SignedIn) -> None:
    someone = await signed_in()
    someone.headers["sec-fetch-site"] = "cross-site"
    assert (await someone.send("/signout")).status == 403
    assert COOKIE in someone.headers["cookie"]


async def test_the_mailbox_is_for_development_only(visitor: Visitor, world: World) -> None:
    assert (await visitor.get("/mailbox")).status == 200
    world.platform.settings.__dict__["environment"] = "production"
    assert (await visitor.get("/mailbox")).status == 404
    assert b"/mailbox" not in (await visitor.get("/signin/code?email=a@example.com")).body


async def test_a_code_works_only_in_the_browser_that_asked_for_it(visitor: Visitor, world: World) -> None:
    await visitor.send("/signin", email=SARA)
    code = await newest_code(world)
    thief = Visitor(visitor.app)
    assert (await thief.send("/signin/code", email=SARA, code=code)).status == 422
    await thief.send("/signin", email=SARA)
    for _ in range(5):
        await thief.send("/signin/code", email=SARA, code="000000")
    assert (await visitor.send("/signin/code", email=SARA, code=code)).status == 303


async def test_strangers_cannot_use_up_the_owner_s_codes(visitor: Visitor, world: World) -> None:
    await visitor.send("/signin", email=SARA)
    await visitor.send("/signin/code", email=SARA, code=await newest_code(world))
    await visitor.send("/signout")
    for _ in range(6):
        await Visitor(visitor.app).send("/signin", email=SARA)
    assert (await Visitor(visitor.app).send("/signin", email=SARA)).status == 403
    assert (await visitor.send("/signin", email=SARA)).status == 303
    answer = await visitor.send("/signin/code", email=SARA, code=await newest_code(world))
    assert answer.headers["location"] == "/console/systems"


async def test_one_address_cannot_have_codes_sent_without_end(visitor: Visitor) -> None:
    statuses = [
        (await Visitor(visitor.app).send("/signin", email=f"victim{number}@example.com")).status
        for number in range(33)
    ]
    assert statuses[:31] == [303] * 31
    assert statuses[-1] == 403
