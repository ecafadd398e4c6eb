"""The second step: asked for after every first factor that is not enough, and never got around."""

from datetime import timedelta

import pyotp
import pytest

from serai.kit import clock
from serai.kit.actor import Actor
from serai.kit.clock import MovableClock
from serai.modules import identity
from tests.factories import World
from tests.integration.portals.conftest import Visitor
from tests.integration.portals.signing_in import (
    by_code,
    by_password,
    events,
    give_app,
    give_password,
    in_another_browser,
    is_signed_in,
    mails_to,
)

pytestmark = pytest.mark.usefixtures("moving")


@pytest.fixture
async def owner(world: World) -> Actor:
    actor = await world.account()
    await give_password(world, actor)
    return actor


@pytest.fixture
async def app_and_codes(owner: Actor, world: World, moving: MovableClock) -> tuple[pyotp.TOTP, list[str]]:
    found = await give_app(world, owner)
    moving.move(timedelta(seconds=30))
    return found


def now(app: pyotp.TOTP) -> str:
    return app.at(clock.now())


async def test_after_the_password_the_app_is_asked_for(
    visitor: Visitor, owner: Actor, app_and_codes: tuple[pyotp.TOTP, list[str]]
) -> None:
    answer = await by_password(visitor, owner.name, next="/start?product=hello")
    assert answer.headers["location"] == "/signin/second"
    assert not is_signed_in(visitor)
    assert (await visitor.get("/console/systems")).status == 303
    assert owner.name.encode() in (await visitor.get("/signin/second")).body
    answer = await visitor.send("/signin/second", code=now(app_and_codes[0]))
    assert (answer.status, answer.headers["location"]) == (303, "/start?product=hello")
    assert (await visitor.get("/console/systems")).status == 200


async def test_after_a_code_by_mail_too(
    visitor: Visitor, owner: Actor, world: World, app_and_codes: tuple[pyotp.TOTP, list[str]]
) -> None:
    assert (await by_code(visitor, world, owner.name)).headers["location"] == "/signin/second"
    await visitor.send("/signin/second", code=now(app_and_codes[0]))
    assert await world.scalar("SELECT method FROM sessions") == "code+totp"


async def test_a_used_code_is_refused_the_second_time(
    visitor: Visitor, owner: Actor, app_and_codes: tuple[pyotp.TOTP, list[str]], moving: MovableClock
) -> None:
    code = now(app_and_codes[0])
    await by_password(visitor, owner.name)
    await visitor.send("/signin/second", code=code)
    thief = in_another_browser(visitor)
    await by_password(thief, owner.name)
    assert (await thief.send("/signin/second", code=code)).status == 422
    moving.move(timedelta(seconds=30))
    assert (await thief.send("/signin/second", code=now(app_and_codes[0]))).status == 303


async def test_the_code_set_up_with_is_used_up_by_it(visitor: Visitor, owner: Actor, world: World) -> None:
    app, _codes = await give_app(world, owner)
    await by_password(visitor, owner.name)
    assert (await visitor.send("/signin/second", code=now(app))).status == 422


async def test_five_wrong_codes_end_the_sign_in(
    visitor: Visitor, owner: Actor, app_and_codes: tuple[pyotp.TOTP, list[str]]
) -> None:
    await by_password(visitor, owner.name)
    right = now(app_and_codes[0])
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    for _ in range(5):
        assert (await visitor.send("/signin/second", code=wrong)).status == 422
    answer = await visitor.send("/signin/second", code=right)
    assert (answer.status, answer.headers["location"]) == (303, "/signin")
    assert not is_signed_in(visitor)


async def test_codes_are_throttled_over_many_sign_ins_but_not_for_the_owner_s_own_browser(
    visitor: Visitor, owner: Actor, app_and_codes: tuple[pyotp.TOTP, list[str]], moving: MovableClock
) -> None:
    app = app_and_codes[0]
    await by_password(visitor, owner.name)
    await visitor.send("/signin/second", code=now(app))
    await visitor.send("/signout")
    statuses = []
    for _ in range(7):
        thief = in_another_browser(visitor)
        await by_password(thief, owner.name)
        statuses.append((await thief.send("/signin/second", code="000000")).status)
    assert statuses == [422] * 6 + [429]
    moving.move(timedelta(seconds=30))
    await by_password(visitor, owner.name)
    assert (await visitor.send("/signin/second", code=now(app))).status == 303


async def test_the_second_step_belongs_to_its_browser_and_ends_after_ten_minutes(
    visitor: Visitor, owner: Actor, app_and_codes: tuple[pyotp.TOTP, list[str]], moving: MovableClock
) -> None:
    await by_password(visitor, owner.name)
    other = in_another_browser(visitor)
    assert (await other.send("/signin/second", code=now(app_and_codes[0]))).headers["location"] == "/signin"
    moving.move(timedelta(minutes=10, seconds=1))
    assert (await visitor.send("/signin/second", code=now(app_and_codes[0]))).headers["location"] == "/signin"
    assert not is_signed_in(visitor)


async def test_without_a_first_step_there_is_no_second(visitor: Visitor) -> None:
    for path in ("/signin/second", "/signin/recovery"):
        assert (await visitor.get(path)).headers["location"] == "/signin"
        assert (await visitor.send(path, code="123456")).headers["location"] == "/signin"


async def test_each_recovery_code_works_once_and_its_use_is_mailed(
    visitor: Visitor, owner: Actor, world: World, app_and_codes: tuple[pyotp.TOTP, list[str]]
) -> None:
    code = app_and_codes[1][3]
    await by_password(visitor, owner.name)
    assert (await visitor.send("/signin/recovery", code=f" {code.upper()} ")).status == 303
    assert (await visitor.get("/console/systems")).status == 200
    mail = (await mails_to(world, owner.name))[0]
    assert (mail.subject, "9 are left" in mail.text) == ("A recovery code was used", True)
    assert await events(world, "identity.recovery_code_used") == 1
    other = in_another_browser(visitor)
    await by_password(other, owner.name)
    assert (await other.send("/signin/recovery", code=code)).status == 422
    assert (await other.send("/signin/recovery", code="aaaaa-bbbbb")).status == 422
    assert not is_signed_in(other)


async def test_somebody_else_s_recovery_code_is_worth_nothing(
    visitor: Visitor, owner: Actor, world: World, app_and_codes: tuple[pyotp.TOTP, list[str]]
) -> None:
    other = await world.account()
    _app, codes = await give_app(world, other)
    await by_password(visitor, owner.name)
    assert (await visitor.send("/signin/recovery", code=codes[0])).status == 422


async def test_secrets_are_sealed_and_codes_are_hashed(
    world: World, app_and_codes: tuple[pyotp.TOTP, list[str]]
) -> None:
    stored = await world.scalar("SELECT string_agg(t::text, ' ') FROM totp_credentials t")
    stored += await world.scalar("SELECT string_agg(t::text, ' ') FROM recovery_codes t")
    stored += await world.scalar("SELECT string_agg(t::text, ' ') FROM audit_records t")
    app, codes = app_and_codes
    assert app.secret not in stored
    assert not any(code in stored or code.replace("-", "") in stored for code in codes)


async def test_the_short_way_in_by_code_refuses_who_has_a_second_step(
    owner: Actor, world: World, app_and_codes: tuple[pyotp.TOTP, list[str]]
) -> None:
    from serai.kit.errors import Denied

    async with world.database.transaction() as session:
        issued = await identity.request_code(session, owner.name)
    with pytest.raises(Denied):
        async with world.database.transaction() as session:
            await identity.sign_in(session, owner.name, issued.code)


async def test_guesses_at_the_second_step_are_told_once(
    visitor: Visitor, owner: Actor, world: World, app_and_codes: tuple[pyotp.TOTP, list[str]]
) -> None:
    for _ in range(8):
        thief = in_another_browser(visitor)
        await by_password(thief, owner.name)
        await thief.send("/signin/second", code="000000")
    assert await events(world, "identity.sign_in_closed") == 1
    assert await world.scalar("SELECT subject FROM events WHERE type = 'identity.sign_in_closed'") == owner.id
