"""A second step that is not one's own choice: for an account's members, and for staff."""

from dataclasses import replace
from datetime import timedelta

import pytest

from serai.kit import clock
from serai.kit.actor import Actor
from serai.kit.clock import MovableClock
from serai.kit.errors import Conflict
from serai.main import create_app
from serai.modules import identity
from tests.factories import World
from tests.integration.portals.conftest import SignedIn, Visitor
from tests.integration.portals.signing_in import give_app, give_password

_HERE = "/console/settings/account/second-step"


async def require(world: World, owner: Actor) -> None:
    async with world.database.transaction() as session:
        account = await session.get_one(identity.Account, owner.account_id)
        account.second_step_required = True


async def test_members_without_one_are_led_to_set_it_up_and_may_nothing_before(
    world: World, signed_in: SignedIn, moving: MovableClock
) -> None:
    owner = await world.ground()
    await world.launch(owner, "acme")
    member = await world.member(owner, "developer")
    theirs = await signed_in(member, account=owner.account_id)
    assert b"acme" in (await theirs.get("/console/systems")).body
    await require(world, owner)
    for path in ("/console/systems", "/console/settings/team", "/console/operations"):
        assert (await theirs.get(path)).headers["location"] == "/console/settings/security"
    launched = await theirs.send("/start", product="hello", package="free", period="monthly", name="nile",
                                 language="en")  # fmt: skip
    assert launched.status == 403, "also where no page leads the way"
    app, _codes = await give_app(world, member)
    moving.move(timedelta(seconds=30))
    led = await theirs.get("/console/systems")
    assert led.headers["location"].startswith("/console/confirm?next=")
    assert b'name="password"' not in (await theirs.get("/console/confirm")).body
    await theirs.send("/console/confirm/app", code=app.at(clock.now()), next="/console/systems")
    assert b"acme" in (await theirs.get("/console/systems")).body


async def test_their_keys_go_on_and_their_other_accounts_stay_open(
    world: World, signed_in: SignedIn, visitor: Visitor
) -> None:
    owner = await world.account()
    member = await world.member(owner, "developer")
    key = await world.token(member)
    await require(world, owner)
    bearer = {"authorization": f"Bearer {key}", "accept": "application/json"}
    assert (await visitor.get("/api/v1/launches", headers=bearer)).status == 200
    theirs = await signed_in(member, account=owner.account_id)
    assert (await theirs.get("/console/accounts")).status == 200
    async with world.database.transaction() as session:
        user = await session.get_one(identity.User, member.id)
        own = [account for account, at in await identity.accounts.mine(session, member) if at.role == "owner"]
    assert user is not None
    await theirs.send(f"/console/accounts/{own[0].id}/switch")
    assert (await theirs.get("/console/systems")).status == 200


async def test_nobody_shuts_themselves_out(world: World, signed_in: SignedIn) -> None:
    owner = await world.account()
    theirs = await signed_in(owner)
    await theirs.send(_HERE, required="1")
    assert not await world.scalar("SELECT bool_or(second_step_required) FROM accounts")
    with pytest.raises(Conflict):
        async with world.database.transaction() as session:
            await identity.accounts.require_second_step(session, owner, required=True)
    async with world.database.transaction() as session:
        user = await session.get_one(identity.User, owner.id)
        signed = await identity.sessions.open_session(session, user, method="passkey")
    strong = Visitor(theirs.app, signed.token, owner)
    await strong.send(_HERE, required="1")
    assert await world.scalar("SELECT second_step_required FROM accounts WHERE id = :id", id=owner.account_id)
    assert b"Compulsory" in (await strong.get("/console/settings/account")).body
    assert (await theirs.get("/console/systems")).status == 303
    await strong.send(_HERE)
    assert (await theirs.get("/console/systems")).status == 200


async def test_staff_need_one_where_the_platform_says_so(world: World) -> None:
    settings = world.platform.settings.model_copy(update={"staff_second_step": True})
    app = create_app(replace(world.platform, settings=settings))
    staff = await world.account(staff=True)
    await give_password(world, staff)
    tokens = {}
    async with world.database.transaction() as session:
        user = await session.get_one(identity.User, staff.id)
        for method in ("password", "code", "google", "passkey", "password+totp"):
            tokens[method] = (await identity.sessions.open_session(session, user, method=method)).token
    for method, token in tokens.items():
        answer = await Visitor(app, token).get("/admin")
        strong = method in {"passkey", "password+totp"}
        assert (answer.status, method) == (200 if strong else 303, method)
        assert (await Visitor(app, token).get("/console/systems")).status == 200
    assert world.platform.settings.model_copy(update={"environment": "production"}).staff_needs_second_step
    assert not world.platform.settings.staff_needs_second_step
