"""A directory keeps the account's people in step: who is invited, who is in, who is out."""

from typing import Any

import pytest
from sqlalchemy import text
from starlette.types import ASGIApp

from serai.modules import identity
from tests.client import Client
from tests.factories import World
from tests.integration.modules.identity.scim.conftest import Directory, directory_of, user

SARA = "sara@example.com"
SHUT, OPEN = ({"op": "replace", "path": "active", "value": value} for value in (False, True))


async def invitations(world: World) -> int:
    found: int = await world.scalar(
        "SELECT count(*) FROM invitations WHERE accepted_at IS NULL AND revoked_at IS NULL"
    )
    return found


async def test_whoever_is_created_is_invited_by_mail_and_is_no_member_yet(directory: Directory) -> None:
    made = await directory.create(SARA, externalId="42", displayName="Sara", title="Keeper")
    assert made["id"].startswith("scu_")
    assert (made["userName"], made["externalId"], made["displayName"], made["active"]) == (
        SARA,
        "42",
        "Sara",
        True,
    )
    assert "title" not in made, "what means nothing here is not kept"
    world = directory.world
    assert await world.scalar("SELECT count(*) FROM mails WHERE recipient = :who", who=SARA) == 1
    assert await world.scalar("SELECT count(*) FROM users WHERE email = :who", who=SARA) == 0


async def test_who_accepts_is_the_person_the_directory_knows(directory: Directory) -> None:
    made = await directory.create(SARA)
    joined = await directory.join(SARA)
    assert joined.account_id == directory.owner.account_id
    found = (await directory.ask("GET", f"/Users/{made['id']}")).json
    assert (found["active"], found["groups"][0]["value"]) == (True, "viewer")
    assert (await directory.ask("GET", "/Users")).json["totalResults"] == 2


async def test_an_existing_person_stays_who_they_are(directory: Directory) -> None:
    """Nothing a directory says touches somebody's own sign-in, name or other accounts."""
    world = directory.world
    sara = await world.account()
    made = await directory.create(sara.name, displayName="Taken over")
    async with world.database.transaction() as session:
        person = await session.get_one(identity.User, sara.id)
        assert (person.name, person.email) == ("", sara.name)
        assert [a.id for a, _ in await identity.accounts.mine(session, sara)] == [sara.account_id]
    await directory.join(sara.name)
    other = user("other@example.com", displayName="Taken over")
    assert (await directory.ask("PUT", f"/Users/{made['id']}", other)).status == 200
    await directory.patch(f"/Users/{made['id']}", SHUT)
    await directory.ask("DELETE", f"/Users/{made['id']}")
    async with world.database.transaction() as session:
        person = await session.get_one(identity.User, sara.id)
        assert (person.name, person.email, person.deactivated_at) == ("", sara.name, None)
        assert [a.id for a, _ in await identity.accounts.mine(session, sara)] == [sara.account_id]


@pytest.mark.parametrize("how", ["patch", "put", "delete", "path-less patch", "as Entra writes it"])
async def test_deactivating_ends_sessions_and_keys_here_at_once(directory: Directory, how: str) -> None:
    world, made = directory.world, await directory.create(SARA)
    sara = await directory.join(SARA)
    async with world.database.transaction() as session:
        person = await session.get_one(identity.User, sara.id)
        here = await identity.sessions.open_session(session, person, directory.owner.account_id)
        own = (await identity.accounts.mine(session, sara))[0][0].id
        elsewhere = await identity.sessions.open_session(session, person, own)
        await session.execute(text("UPDATE memberships SET role = 'developer' WHERE role = 'viewer'"))
        sara = await identity.actor_in(
            session, person, await session.get_one(identity.Account, directory.owner.account_id)
        )
        _, key = await identity.create_token(session, sara, "mine")
    assert (await Client(directory.app, key).get("/api/v1/launches")).status == 200
    path = f"/Users/{made['id']}"
    ways: dict[str, Any] = {
        "patch": lambda: directory.patch(path, SHUT),
        "put": lambda: directory.ask("PUT", path, user(SARA, active=False)),
        "delete": lambda: directory.ask("DELETE", path),
        "path-less patch": lambda: directory.patch(path, {"op": "replace", "value": {"active": False}}),
        "as Entra writes it": lambda: directory.patch(path, {"op": "Replace", "path": "active", "value": "False"}),
    }  # fmt: skip
    assert (await ways[how]()).status in {200, 204}
    assert (await Client(directory.app, key).get("/api/v1/launches")).status == 401
    async with world.database.transaction() as session:
        assert await identity.actor_of_session(session, here.token) is None
        assert await identity.actor_of_session(session, elsewhere.token) is not None, "that account is theirs"


async def test_activating_again_brings_the_member_back_in_the_former_role(directory: Directory) -> None:
    made = await directory.create(SARA)
    await directory.join(SARA)
    await directory.patch(
        "/Groups/developer", {"op": "add", "path": "members", "value": [{"value": made["id"]}]}
    )
    path = f"/Users/{made['id']}"
    gone = await directory.patch(path, SHUT)
    assert (gone.json["active"], gone.json.get("groups")) == (False, None)
    back = await directory.patch(path, OPEN)
    assert (back.json["active"], back.json["groups"][0]["value"]) == (True, "developer")


async def test_who_is_deactivated_before_joining_is_no_longer_invited(directory: Directory) -> None:
    made = await directory.create(SARA)
    await directory.patch(f"/Users/{made['id']}", SHUT)
    assert await invitations(directory.world) == 0
    await directory.patch(f"/Users/{made['id']}", OPEN)
    assert await invitations(directory.world) == 1
    assert (await directory.ask("DELETE", f"/Users/{made['id']}")).status == 204
    assert await invitations(directory.world) == 0
    assert (await directory.ask("GET", f"/Users/{made['id']}")).status == 404


async def test_another_address_before_joining_gets_the_invitation_instead(directory: Directory) -> None:
    made = await directory.create(SARA)
    await directory.ask("PUT", f"/Users/{made['id']}", user("s@example.com"))
    assert await invitations(directory.world) == 1
    await directory.join("s@example.com")
    assert (await directory.ask("GET", f"/Users/{made['id']}")).json["groups"]


async def test_owners_are_not_shut_out_by_a_directory(directory: Directory) -> None:
    owner = await directory.entry_of(directory.owner.name)
    for answer in (
        await directory.patch(f"/Users/{owner['id']}", SHUT),
        await directory.ask("DELETE", f"/Users/{owner['id']}"),
        await directory.ask("PUT", f"/Users/{owner['id']}", user(directory.owner.name, active=False)),
        await directory.patch("/Groups/owner", {"op": "remove", "path": f'members[value eq "{owner["id"]}"]'}),
        await directory.patch("/Groups/viewer", {"op": "add", "path": "members", "value": [{"value": owner["id"]}]}),
    ):  # fmt: skip
        assert (answer.status, answer.json["scimType"]) == (400, "mutability")
        assert answer.json["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
        assert "owner" in answer.json["detail"] or "owns" in answer.json["detail"]
    async with directory.world.database.transaction() as session:
        assert await identity.accounts.mine(session, directory.owner)


async def test_members_from_elsewhere_are_listed_and_leave_the_list_again(directory: Directory) -> None:
    member = await directory.world.member(directory.owner, "developer")
    found = await directory.entry_of(member.name)
    assert found["groups"][0]["value"] == "developer"
    async with directory.world.database.acting(directory.owner).transaction() as session:
        await identity.members.remove(session, directory.owner, member.id)
    assert (await directory.ask("GET", f"/Users/{found['id']}")).status == 404


async def test_the_same_name_or_address_is_known_once(directory: Directory) -> None:
    await directory.create(SARA)
    for again in (user(SARA), user("SARA@example.com"), user("other", emails=[{"value": SARA}])):
        answer = await directory.ask("POST", "/Users", again)
        assert (answer.status, answer.json["scimType"]) == (409, "uniqueness")
    assert await invitations(directory.world) == 1


async def test_lists_are_filtered_and_paged(directory: Directory) -> None:
    for number in range(3):
        await directory.create(f"user-{number}@directory.example", externalId=f"x{number}")
    for query, names in {
        'filter=userName eq "USER-1@directory.example"': ["user-1@directory.example"],
        'filter=externalId eq "x2"': ["user-2@directory.example"],
        'filter=userName eq "nobody"': [],
        'filter=emails.value ew "directory.example"&sortBy=userName&startIndex=2&count=1': ["user-1@directory.example"],
        "count=0": [],
    }.items():  # fmt: skip
        found = (await directory.ask("GET", "/Users?" + query.replace(" ", "%20"))).json
        assert [each["userName"] for each in found.get("Resources", [])] == names, query
    assert (await directory.ask("GET", "/Users?count=1")).json["totalResults"] == 4
    wrong = await directory.ask("GET", "/Users?filter=userName%20is%20odd")
    assert (wrong.status, wrong.json["scimType"]) == (400, "invalidFilter")


async def test_a_version_that_was_read_must_still_stand(directory: Directory) -> None:
    path = f"/Users/{(await directory.create(SARA))['id']}"
    read = await directory.ask("GET", path)
    assert read.headers["etag"] == read.json["meta"]["version"]
    assert (await directory.ask("GET", path, **{"if-none-match": read.headers["etag"]})).status == 304
    name = {"op": "replace", "path": "displayName", "value": "S"}
    assert (await directory.patch(path, name, **{"if-match": read.headers["etag"]})).status == 200
    late = await directory.patch(path, SHUT, **{"if-match": read.headers["etag"]})
    assert late.status == 412
    assert (await directory.ask("GET", path)).json["active"] is True


async def test_groups_are_roles_and_give_them(directory: Directory) -> None:
    listed = (await directory.ask("GET", "/Groups")).json["Resources"]
    assert {"owner", "admin", "developer", "viewer"} <= {each["id"] for each in listed}
    made = await directory.create(SARA)
    add = {"op": "add", "path": "members", "value": [{"value": made["id"]}]}
    assert (await directory.patch("/Groups/admin", add)).status == 200, "somebody invited"
    sara = await directory.join(SARA)
    assert "team:manage:account" in sara.grants
    put = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Developer",
           "members": [{"value": made["id"]}]}  # fmt: skip
    assert (await directory.ask("PUT", "/Groups/developer", put)).status == 200
    assert "members" not in (await directory.ask("GET", "/Groups/admin")).json
    taken = {"op": "remove", "path": f'members[value eq "{made["id"]}"]'}
    assert "members" not in (await directory.patch("/Groups/developer", taken)).json
    assert (await directory.entry_of(SARA))["groups"][0]["value"] == "viewer"
    assert (await directory.ask("POST", "/Groups", put)).status == 403
    assert (await directory.ask("DELETE", "/Groups/viewer")).status == 403


async def test_nobody_becomes_owner_by_a_directory(directory: Directory) -> None:
    made = await directory.create(SARA)
    await directory.join(SARA)
    add = {"op": "add", "path": "members", "value": [{"value": made["id"]}]}
    assert (await directory.patch("/Groups/owner", add)).json["scimType"] == "mutability"


async def test_a_key_provisions_no_higher_than_its_maker(directory: Directory) -> None:
    """An admin's key goes on working, but no better than the admin may."""
    world, made = directory.world, await directory.create(SARA)
    await directory.join(SARA)
    admin = await world.member(directory.owner, "admin")
    theirs = await directory_of(world, directory.app, admin)
    async with world.database.transaction() as session:
        await identity.members.change_role(session, directory.owner, admin.id, "developer")
    add = {"op": "add", "path": "members", "value": [{"value": made["id"]}]}
    assert (await theirs.patch("/Groups/admin", add)).status == 403
    assert (await theirs.ask("GET", "/Users")).status == 403, "a developer's key provisions nobody"


async def test_only_keys_that_may_provision_and_only_their_account(
    directory: Directory, world: World
) -> None:
    made = await directory.create(SARA)
    other = await directory_of(world, directory.app, await world.account())
    for method, path in (("GET", f"/Users/{made['id']}"), ("DELETE", f"/Users/{made['id']}")):
        assert (await other.ask(method, path)).status == 404
    assert (await other.patch(f"/Users/{made['id']}", SHUT)).status == 404
    assert (await other.ask("GET", "/Users")).json["totalResults"] == 1
    weak = await directory_of(world, directory.app, directory.owner, "team:read")
    assert (await weak.ask("GET", "/Users")).status == 403
    for key in ("", "serai_wrong"):
        nobody = Directory(directory.app, world, directory.owner, key)
        answer = await nobody.ask("GET", "/Users")
        assert (answer.status, answer.headers["www-authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize(
    ("body", "kind"),
    [(b"{", "invalidSyntax"), (b"[]", "invalidSyntax"), (b'"x"', "invalidSyntax"), (b"{}", "invalidValue"),
     (b'{"userName": "x"}', "invalidValue"), (b'{"userName": 5, "emails": [{"value": "a@example.com"}]}', "invalidValue"),
     (b'{"userName": "x", "emails": [{"value": "nonsense"}]}', "invalidValue"),
     (b'{"userName": "x", "emails": [{"value": "a@example.com"}], "active": "perhaps"}', "invalidValue")],
)  # fmt: skip
async def test_odd_bodies_are_refused_in_scim_s_words(directory: Directory, body: bytes, kind: str) -> None:
    answer = await directory.ask("POST", "/Users", body)
    assert (answer.status, answer.json["scimType"], answer.json["status"]) == (400, kind, "400")


async def test_odd_addresses_are_refused_in_scim_s_words(directory: Directory) -> None:
    assert (await directory.ask("GET", "/Nothing")).status == 404
    assert (await directory.ask("POST", "/Bulk", {})).status == 501
    wrong = await directory.ask("PUT", "/Users", {})
    assert (wrong.status, wrong.headers["allow"]) == (405, "GET, POST")
    assert (await directory.ask("POST", "/Users", b"{}", **{"content-type": "text/plain"})).status == 400
    assert (await directory.ask("POST", "/Users", b"x" * 140_000)).status == 400


async def test_every_change_is_an_event(directory: Directory) -> None:
    made = await directory.create(SARA)
    await directory.join(SARA)
    await directory.patch(f"/Users/{made['id']}", SHUT)
    await directory.ask("DELETE", f"/Users/{made['id']}")
    kinds = (
        await directory.world.scalar(
            "SELECT string_agg(type, ' ') FROM events WHERE actor->>'kind' = 'token'"
        )
    ).split()
    for kind in ("provisioned", "invited", "member_suspended", "member_removed", "deprovisioned"):
        assert f"identity.{kind}" in kinds


async def test_a_directory_promises_nobody_more_than_its_maker_has(world: World, app: ASGIApp) -> None:
    """Not upwards to a role above the maker's, and nobody who was promised one is pulled down."""
    owner = await world.account()
    permissions = {each.removesuffix(":account") for each in identity.builtin_roles.account_grants("viewer")}
    async with world.database.acting(owner).transaction() as session:
        role = await identity.roles.create_role(
            session, owner, "HR", sorted(permissions | {"team:manage", "team:provision", "keys:manage"})
        )
    weak = await directory_of(world, app, await world.member(owner, role.id))
    made = await weak.create(SARA)
    admins = {"op": "add", "path": "members", "value": [{"value": made["id"]}]}
    assert (await weak.patch("/Groups/admin", admins)).status == 403
    strong = await directory_of(world, app, owner)
    assert (await strong.patch("/Groups/admin", admins)).status == 200
    viewers = {"op": "add", "path": "members", "value": [{"value": made["id"]}]}
    assert (await weak.patch("/Groups/viewer", viewers)).status == 403
    await weak.join(SARA)
    assert await world.scalar("SELECT role FROM memberships WHERE role IN ('admin', 'viewer')") == "admin"
