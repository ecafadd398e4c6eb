"""“Open”: a token that works once, within a minute, for the system it was made for."""

import asyncio
from datetime import timedelta

from serai.kit.clock import MovableClock
from serai.modules import launches, operations
from tests.factories import World
from tests.integration.modules.identity.provider.conftest import ISSUER, System, answered, launched
from tests.integration.portals.conftest import SignedIn, Visitor


async def token_for(system: System, person: Visitor) -> str:
    answer = await person.send(f"/console/systems/{system.id}/open")
    assert answer.headers["location"].startswith(f"{system.url}/open?token=")
    return answered(answer)["token"]


async def test_open_leads_into_the_system_with_a_token_for_the_person_s_claims(
    system: System, sara: Visitor
) -> None:
    assert b"/open" in (await sara.get(f"/console/systems/{system.id}")).body
    who = await system.open(await token_for(system, sara))
    assert who.status == 200
    assert who.headers["cache-control"] == "no-store"
    claims = (await system.userinfo((await system.tokens_for(sara))["access_token"])).json
    assert who.json == claims
    assert who.json["email"] == sara.actor.name


async def test_after_the_button_a_page_goes_on_since_browsers_stop_the_redirect(
    system: System, sara: Visitor
) -> None:
    sara.headers["sec-fetch-site"] = "same-origin"
    page = await sara.send(f"/console/systems/{system.id}/open")
    assert page.status == 200
    assert f"url={system.url}/open?token=".encode() in page.body
    assert page.headers["cache-control"] == "no-store"


async def test_a_token_works_once_also_for_two_at_once(system: System, sara: Visitor) -> None:
    token = await token_for(system, sara)
    answers = await asyncio.gather(*(system.open(token) for _ in range(4)))
    assert sorted(answer.status for answer in answers) == [200, 400, 400, 400]
    assert (await system.open(token)).json["error"] == "invalid_grant"


async def test_a_token_lives_a_minute(system: System, sara: Visitor, moving: MovableClock) -> None:
    token = await token_for(system, sara)
    moving.move(timedelta(seconds=60))
    assert (await system.open(token)).json["error"] == "invalid_grant"


async def test_a_token_is_good_at_its_own_system_only_and_is_then_used_up(
    world: World, system: System, sara: Visitor
) -> None:
    other = await launched(world, system.app, system.owner, "other")
    token = await token_for(system, sara)
    assert (await other.open(token)).status == 400
    assert (await system.open(token)).status == 400


async def test_a_token_is_no_code_and_a_code_no_token(system: System, sara: Visitor) -> None:
    assert (await system.redeem(await token_for(system, sara))).status == 400
    assert (await system.open(await system.code_for(sara))).status == 400


async def test_a_token_ends_with_the_session_it_was_made_in(system: System, sara: Visitor) -> None:
    token = await token_for(system, sara)
    await sara.send("/signout")
    assert (await system.open(token)).status == 400


async def test_nobody_opens_what_they_do_not_see(system: System, signed_in: SignedIn) -> None:
    stranger, staff = await signed_in(), await signed_in(staff=True)
    assert (await stranger.send(f"/console/systems/{system.id}/open")).status == 404
    assert (await staff.send(f"/console/systems/{system.id}/open")).status == 404
    assert (await staff.send(f"/admin/systems/{system.id}/open")).status == 404


async def test_a_system_that_does_not_run_is_not_opened(world: World, system: System, sara: Visitor) -> None:
    await world.change(launches.stop, system.owner, system.id)
    answer = await sara.send(f"/console/systems/{system.id}/open")
    assert answer.headers["location"] == f"/console/systems/{system.id}"
    assert await world.scalar("SELECT count(*) FROM sign_in_grants") == 0


async def test_a_terminated_system_is_no_client_any_more(world: World, system: System, sara: Visitor) -> None:
    token, code = await token_for(system, sara), await system.code_for(sara)
    await world.change(launches.terminate, system.owner, system.id)
    assert (await sara.get(system.question())).status == 422
    for answer in (await system.open(token), await system.redeem(code)):
        assert (answer.status, answer.json["error"]) == (401, "invalid_client")
    assert await world.scalar("SELECT count(*) FROM sign_in_grants") == 0


async def test_a_launch_that_failed_is_no_client_until_it_is_tried_again(
    world: World, system: System, sara: Visitor
) -> None:
    _, operation_id = await world.order(system.owner, "second")
    async with world.database.transaction() as session:
        await operations.cancel(session, system.owner, operation_id)
    assert (await world.run(operation_id)).state == "cancelled"
    ended = "SELECT count(*) FROM sign_in_clients WHERE ended_at IS NOT NULL"
    assert await world.scalar(ended) == 1
    async with world.database.transaction() as session:
        await operations.retry(session, system.owner, operation_id)
    assert await world.scalar(ended) == 0
    assert (await world.run(operation_id)).state == "succeeded"


async def test_the_system_is_told_where_serai_is_and_what_it_shows_itself_with(
    world: World, system: System
) -> None:
    environment = world.runtime.processes[system.id].environment
    assert environment["SIGN_IN_ISSUER"] == ISSUER
    assert environment["SIGN_IN_CLIENT_ID"] == system.id
    assert environment["SIGN_IN_CLIENT_SECRET"] == system.secret
    assert len(system.secret) >= 43
