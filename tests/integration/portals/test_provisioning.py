"""The page that says how a directory is connected."""

from serai.modules import identity
from tests.factories import World
from tests.integration.portals.conftest import SignedIn

PATH = "/console/settings/provisioning"


async def test_it_shows_the_address_and_which_keys_provision(world: World, signed_in: SignedIn) -> None:
    owner = await world.account()
    theirs = await signed_in(owner)
    empty = await theirs.get(PATH)
    assert b"http://localhost:8080/scim/v2" in empty.body
    assert b"No directory is connected" in empty.body
    async with world.database.transaction() as session:
        await identity.create_token(session, owner, "Entra", scopes=["team:provision"])
        await identity.create_token(session, owner, "Script", scopes=["launches:read"])
    shown = (await theirs.get(PATH)).body
    assert b"Entra" in shown
    assert b"Script" not in shown


async def test_it_is_for_who_may_provision(world: World, signed_in: SignedIn) -> None:
    owner = await world.account()
    viewer = await signed_in(await world.member(owner, "viewer"))
    async with world.database.transaction() as session:
        person = await session.get_one(identity.User, viewer.actor.id)
        switched = await identity.sessions.open_session(session, person, owner.account_id)
    viewer.headers["cookie"] = viewer.headers["cookie"].partition("=")[0] + f"={switched.token}"
    assert (await viewer.get(PATH)).status == 403
    assert PATH.encode() not in (await viewer.get("/console/settings/sessions")).body
