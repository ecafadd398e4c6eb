"""The security settings: each change with a fresh proof, told by mail, and for oneself only."""

from datetime import timedelta

import pyotp
import pytest

from serai.kit import clock
from serai.kit.actor import Actor
from serai.kit.clock import MovableClock
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
    mails_to,
)

SESSIONS = "/console/settings/sessions"
FRESH = "seven brass kettles sing"


pytestmark = pytest.mark.usefixtures("moving")


@pytest.fixture
async def person(signed_in: SignedIn) -> Visitor:
    return await signed_in()


def actor_of(person: Visitor) -> Actor:
    assert person.actor is not None
    return person.actor


async def subjects(world: World, person: Visitor) -> list[str]:
    return [mail.subject for mail in await mails_to(world, actor_of(person).name)]


async def test_the_page_shows_every_way_in(person: Visitor) -> None:
    body = (await person.get(SECURITY)).body.decode()
    for heading in ("E-mail", "Password", "Authenticator app", "Passkeys"):
        assert f"<h2>{heading}</h2>" in body


async def test_a_password_is_set_and_used(person: Visitor, world: World) -> None:
    answer = await person.send(f"{SECURITY}/password", password=FRESH)
    assert (answer.status, answer.headers["location"]) == (303, SECURITY)
    assert (await by_password(in_another_browser(person), actor_of(person).name, FRESH)).status == 303
    assert "Your password was changed" in await subjects(world, person)
    assert await events(world, "identity.password_set") == 1


async def test_a_change_needs_the_present_password_and_ends_other_sessions(
    person: Visitor, world: World, signed_in: SignedIn
) -> None:
    await give_password(world, actor_of(person))
    elsewhere = await signed_in(actor_of(person))
    before = person.headers["cookie"]
    for current in ("", "not the present one"):
        answer = await person.send(f"{SECURITY}/password", current=current, password=FRESH)
        assert (answer.status, b"not your present password" in answer.body) == (422, True)
    answer = await person.send(f"{SECURITY}/password", current=PASSWORD, password=FRESH)
    assert answer.status == 303
    assert (await elsewhere.get(SECURITY)).status == 303
    assert (await person.get(SECURITY)).status == 200
    stale = in_another_browser(person)
    stale.headers["cookie"] = before
    assert (await stale.get(SECURITY)).headers["location"].startswith("/signin")


async def test_a_weak_password_is_refused_with_advice(person: Visitor) -> None:
    own = actor_of(person).name
    for weak in ("short", "password1234", f"{own}!"):
        answer = await person.send(f"{SECURITY}/password", password=weak)
        assert (answer.status, b"field-error" in answer.body) == (422, True)


async def test_a_password_is_removed(person: Visitor, world: World) -> None:
    await give_password(world, actor_of(person))
    await person.send(f"{SECURITY}/password/remove")
    assert (await by_password(in_another_browser(person), actor_of(person).name)).status == 422
    assert (await subjects(world, person))[0] == "Your password was removed"


def app_on(body: bytes) -> pyotp.TOTP:
    key = body.decode().split('data-copy="')[1].split('"')[0]
    return pyotp.TOTP(key.replace(" ", ""))


async def test_an_app_is_set_up_with_a_picture_and_brings_recovery_codes(person: Visitor, world: World) -> None:
    page = await person.get(f"{SECURITY}/app")
    assert b'src="data:image/svg+xml' in page.body
    assert page.headers["cache-control"] == "no-store"
    again = await person.get(f"{SECURITY}/app")
    assert app_on(page.body).secret == app_on(again.body).secret
    assert (await person.send(f"{SECURITY}/app", code="000000")).status == 422
    assert (await by_code(in_another_browser(person), world, actor_of(person).name)).headers["location"] != "/signin/second"
    answer = await person.send(f"{SECURITY}/app", code=app_on(page.body).at(clock.now()))
    assert (answer.status, answer.body.count(b"<li><code>")) == (200, 10)
    assert "Two-step sign-in is on" in await subjects(world, person)
    assert (await person.get(f"{SECURITY}/app")).headers["location"] == SECURITY


async def test_removing_the_app_switches_the_second_step_off(person: Visitor, world: World) -> None:
    await give_app(world, actor_of(person))
    await person.send(f"{SECURITY}/app/remove")
    answer = await by_code(in_another_browser(person), world, actor_of(person).name)
    assert answer.headers["location"] == "/console/systems"
    assert await world.scalar("SELECT count(*) FROM recovery_codes") == 0
    assert "The authenticator app was removed" in await subjects(world, person)


async def test_new_recovery_codes_replace_the_old_ones_and_renew_the_session(person: Visitor, world: World) -> None:
    assert (await person.send(f"{SECURITY}/recovery-codes")).status == 422
    _app, old = await give_app(world, actor_of(person))
    before = person.headers["cookie"]
    answer = await person.send(f"{SECURITY}/recovery-codes")
    assert answer.body.count(b"<li><code>") == 10
    assert old[0].encode() not in answer.body
    assert "New recovery codes were made" in await subjects(world, person)
    assert (await person.get(SECURITY)).status == 200
    stale = in_another_browser(person)
    stale.headers["cookie"] = before
    assert (await stale.get(SECURITY)).headers["location"].startswith("/signin")
    visitor = in_another_browser(person)
    await by_code(visitor, world, actor_of(person).name)
    assert (await visitor.send("/signin/recovery", code=old[0])).status == 422


DANGEROUS = [
    ("GET", "/password"), ("POST", "/password"), ("POST", "/password/remove"), ("GET", "/email"),
    ("POST", "/email"), ("GET", "/app"), ("POST", "/app"), ("POST", "/app/remove"), ("POST", "/recovery-codes"),
    ("GET", "/passkeys/new"), ("POST", "/passkeys/options"), ("POST", "/passkeys"), ("POST", "/passkeys/x/remove"),
    ("POST", "/passkeys/x/rename"), ("GET", "/link"), ("POST", "/link"), ("GET", "/links/idp"),
    ("POST", "/links/x/remove"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), DANGEROUS)
async def test_each_change_needs_a_proof_of_the_last_quarter_of_an_hour(
    person: Visitor, moving: MovableClock, method: str, path: str
) -> None:
    moving.move(timedelta(minutes=15, seconds=1))
    headers = {"referer": f"http://localhost:8080{SECURITY}"}
    answer = await person.request(method, f"{SECURITY}{path}", headers=headers)
    wanted = SECURITY + (path if method == "GET" else "")
    assert answer.status == 303
    assert answer.headers["location"] == f"/console/confirm?next={wanted.replace('/', '%2F')}"


async def test_the_confirm_page_goes_on_by_a_code_and_renews_the_session(
    person: Visitor, world: World, moving: MovableClock
) -> None:
    moving.move(timedelta(minutes=16))
    before = person.headers["cookie"]
    await person.send("/console/confirm/code/send", next=f"{SECURITY}/password")
    code = await code_for(world, actor_of(person).name)
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    assert (await person.send("/console/confirm/code", code=wrong, next="/")).status == 422
    answer = await person.send("/console/confirm/code", code=code, next=f"{SECURITY}/password")
    assert (answer.status, answer.headers["location"]) == (303, f"{SECURITY}/password")
    assert (await person.get(f"{SECURITY}/password")).status == 200
    stale = in_another_browser(person)
    stale.headers["cookie"] = before
    assert (await stale.get(SECURITY)).headers["location"].startswith("/signin")
    assert await events(world, "identity.confirmed") == 1


async def test_it_goes_on_by_the_password(person: Visitor, world: World, moving: MovableClock) -> None:
    await give_password(world, actor_of(person))
    moving.move(timedelta(minutes=16))
    answer = await person.send("/console/confirm/password", password="wrong wrong wrong", next=SECURITY)
    assert (answer.status, b"This password is wrong" in answer.body) == (422, True)
    assert (await person.send("/console/confirm/password", password=PASSWORD, next=SECURITY)).status == 303
    assert (await person.get(f"{SECURITY}/email")).status == 200


async def test_it_goes_on_by_the_app(person: Visitor, world: World, moving: MovableClock) -> None:
    app, _codes = await give_app(world, actor_of(person))
    moving.move(timedelta(minutes=16))
    assert (await person.send("/console/confirm/app", code="000000", next=SECURITY)).status == 422
    assert (await person.send("/console/confirm/app", code=app.at(clock.now()), next=SECURITY)).status == 303
    assert (await person.get(f"{SECURITY}/email")).status == 200


async def test_who_has_a_second_step_cannot_confirm_by_mail(
    person: Visitor, world: World, moving: MovableClock
) -> None:
    await give_app(world, actor_of(person))
    moving.move(timedelta(minutes=16))
    assert b"Code by e-mail" not in (await person.get("/console/confirm")).body
    assert (await person.send("/console/confirm/code/send", next=SECURITY)).status == 403
    async with world.database.transaction() as session:
        from serai.modules import identity

        issued = await identity.request_code(session, actor_of(person).name)
    assert (await person.send("/console/confirm/code", code=issued.code, next=SECURITY)).status == 422
    assert (await person.get(f"{SECURITY}/email")).status == 303


async def test_guesses_at_the_confirm_page_are_throttled(
    person: Visitor, world: World, moving: MovableClock
) -> None:
    await give_password(world, actor_of(person))
    moving.move(timedelta(minutes=16))
    for _ in range(6):
        await person.send("/console/confirm/password", password="wrong wrong wrong", next=SECURITY)
    answer = await person.send("/console/confirm/password", password=PASSWORD, next=SECURITY)
    assert b"Too many tries" in answer.body


async def test_the_confirm_page_sends_nobody_elsewhere(person: Visitor, world: World) -> None:
    await give_password(world, actor_of(person))
    answer = await person.send("/console/confirm/password", password=PASSWORD, next="https://evil.example")
    assert answer.headers["location"] == "/console/systems"


async def test_sessions_are_listed_with_their_device_and_ended_one_by_one(
    person: Visitor, world: World
) -> None:
    phone = in_another_browser(person)
    phone.headers["user-agent"] = (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
        "Version/17.5 Mobile/15E148 Safari/604.1"
    )
    phone.ip = "203.0.113.9"
    await by_code(phone, world, actor_of(person).name)
    body = (await person.get(SESSIONS)).body.decode()
    assert "Mobile Safari on iOS" in body
    assert "203.0.113.9" in body
    assert body.count("This one") == 1
    session_id = await world.scalar("SELECT id FROM sessions WHERE ip = '203.0.113.9'")
    await person.send(f"{SESSIONS}/{session_id}/revoke")
    assert (await phone.get(SESSIONS)).status == 303
    assert (await person.get(SESSIONS)).status == 200


async def test_all_other_sessions_are_ended_at_once(person: Visitor, world: World, signed_in: SignedIn) -> None:
    others = [await signed_in(actor_of(person)) for _ in range(2)]
    stranger = await signed_in()
    await person.send(f"{SESSIONS}/revoke-others")
    for other in others:
        assert (await other.get(SESSIONS)).status == 303
    for alive in (person, stranger):
        assert (await alive.get(SESSIONS)).status == 200


async def test_nobody_ends_a_session_of_somebody_else(person: Visitor, world: World, signed_in: SignedIn) -> None:
    stranger = await signed_in()
    session_id = await world.scalar("SELECT id FROM sessions WHERE user_id = :id", id=actor_of(stranger).id)
    assert (await person.send(f"{SESSIONS}/{session_id}/revoke")).status == 404
    assert (await stranger.get(SESSIONS)).status == 200
