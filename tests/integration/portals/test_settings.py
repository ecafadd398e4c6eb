"""Account, profile, team, roles, keys, audit, accounts, support: the pages and what their forms do."""

import json
import re
from typing import Any

import pytest

from serai.modules import identity
from tests.factories import World
from tests.integration.portals.conftest import SignedIn, Visitor

PAGES = (
    "/console/accounts", "/console/settings/profile", "/console/settings/account", "/console/settings/team",
    "/console/settings/roles", "/console/settings/roles/new", "/console/settings/keys",
    "/console/settings/keys/new", "/console/settings/audit",
)  # fmt: skip
ADMIN_PAGES = ("/admin", "/admin/staff", "/admin/accounts", "/admin/audit")


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_every_page_is_there_in_both_languages(
    world: World, signed_in: SignedIn, language: str
) -> None:
    owner = await world.ground()
    await world.member(owner, "developer")
    theirs, staff = await signed_in(owner), await signed_in(staff=True)
    for path in PAGES:
        answer = await theirs.get(f"{path}?lang={language}")
        assert (answer.status, f'lang="{language}"'.encode() in answer.body) == (200, True), path
    for path in (*ADMIN_PAGES, f"/admin/accounts/{owner.account_id}"):
        assert (await staff.get(f"{path}?lang={language}")).status == 200, path


async def test_a_viewer_is_shown_what_they_may_and_no_more(world: World, signed_in: SignedIn) -> None:
    owner = await world.account()
    viewer = await signed_in(await world.member(owner, "viewer"), account=owner.account_id)
    page = (await viewer.get("/console/settings/team")).body.decode()
    assert owner.name in page
    assert "Invite somebody" not in page
    assert "/console/settings/keys" not in page, "no way to a page that would refuse"
    assert (await viewer.get("/console/settings/keys")).status == 403
    assert (await viewer.get("/console/settings/audit")).status == 403


async def test_the_account_is_renamed_and_a_name_that_will_not_do_is_told_in_place(
    world: World, signed_in: SignedIn
) -> None:
    owner = await signed_in()
    answer = await owner.send("/console/settings/account/name", name="Nile Trading")
    assert (answer.status, answer.headers["location"]) == (303, "/console/settings/account")
    assert b"Nile Trading" in (await owner.get("/console/settings/account")).body
    wrong = await owner.send("/console/settings/account/name", name="  ")
    assert (wrong.status, b"field-error" in wrong.body) == (422, True)


async def test_somebody_is_invited_by_mail_and_joins(world: World, signed_in: SignedIn) -> None:
    owner = await signed_in()
    guest = await signed_in()
    assert guest.actor is not None
    answer = await owner.send("/console/settings/team/invitations", email=guest.actor.name, role="developer")
    assert answer.status == 303
    text = await world.scalar("SELECT text FROM mails WHERE recipient = :to AND kind = 'invitation'", to=guest.actor.name)
    path = re.search(r"(/invitations/\S+)", text)[1]  # type: ignore[index]
    assert b"Join the team" in (await guest.get(path)).body
    assert b"You are signed in as" in (await owner.get(path)).body
    assert (await owner.send(path)).status == 403
    joined = await guest.send(path)
    assert joined.headers["location"] == "/console"
    assert (await guest.send(path)).status == 404
    page = (await owner.get("/console/settings/team")).body.decode()
    assert guest.actor.name in page
    assert b"Developer" in (await guest.get("/console/accounts")).body


async def test_an_invitation_sent_again_replaces_the_link(world: World, signed_in: SignedIn) -> None:
    owner = await signed_in()
    for _ in range(2):
        await owner.send("/console/settings/team/invitations", email="new@example.com", role="viewer")
    assert await world.scalar("SELECT count(*) FROM invitations WHERE revoked_at IS NULL") == 1
    page = (await owner.get("/console/settings/team")).body.decode()
    path = re.search(r"(/console/settings/team/invitations/inv_\w+/revoke)", page)[1]  # type: ignore[index]
    await owner.send(path)
    assert b"new@example.com" not in (await owner.get("/console/settings/team")).body


async def test_a_role_is_made_given_and_changed(world: World, signed_in: SignedIn) -> None:
    owner = await signed_in()
    made = await owner.send(
        "/console/settings/roles/new", name="Night shift", permissions=["launches:read", "launches:operate"]
    )
    assert made.status == 303
    role_id = await world.scalar("SELECT id FROM roles")
    page = (await owner.get(f"/console/settings/roles/{role_id}")).body.decode()
    assert re.search(r'value="launches:operate" checked', page)
    await owner.send(f"/console/settings/roles/{role_id}", name="Day shift", permissions="launches:read")
    assert await world.scalar("SELECT permissions FROM roles") == ["launches:read"]
    assert b"Day shift" in (await owner.get("/console/settings/roles")).body
    empty = await owner.send("/console/settings/roles/new", name="Empty")
    assert (empty.status, b"Choose at least one" in empty.body) == (422, True)
    await owner.send(f"/console/settings/roles/{role_id}/delete")
    assert await world.scalar("SELECT count(*) FROM roles") == 0


async def test_a_key_is_shown_once_and_works_until_it_is_revoked(
    world: World, signed_in: SignedIn, visitor: Visitor
) -> None:
    owner = await signed_in()
    shown = await owner.send("/console/settings/keys/new", name="Deploy", days="30", scopes="launches:read")
    assert (shown.status, shown.headers["cache-control"]) == (200, "no-store")
    key = re.search(r"(serai_[\w-]{40,})", shown.body.decode())[1]  # type: ignore[index]
    assert key.encode() not in (await owner.get("/console/settings/keys")).body
    bearer = {"authorization": f"Bearer {key}", "accept": "application/json"}
    assert (await visitor.get("/api/v1/launches", headers=bearer)).status == 200
    assert (await visitor.get("/api/v1/members", headers=bearer)).status == 403
    key_id = await world.scalar("SELECT id FROM api_tokens WHERE name = 'Deploy'")
    await owner.send(f"/console/settings/keys/{key_id}/revoke")
    assert (await visitor.get("/api/v1/launches", headers=bearer)).status == 401
    assert b"Ended" in (await owner.get("/console/settings/keys")).body


async def test_dangerous_things_ask_who_it_is_after_a_while(
    world: World, signed_in: SignedIn, moving: Any
) -> None:
    from datetime import timedelta

    owner = await signed_in()
    assert (await owner.get("/console/settings/keys/new")).status == 200
    moving.move(timedelta(minutes=15))
    for path in ("/console/settings/keys/new", "/console/settings/account/delete"):
        answer = await owner.send(path)
        assert answer.headers["location"].startswith("/console/confirm"), path
    assert (await owner.get("/console/settings/keys")).status == 200


async def test_the_audit_log_is_searched_read_and_exported(world: World, signed_in: SignedIn) -> None:
    owner = await signed_in()
    await owner.send("/console/settings/account/name", name="Nile Trading")
    page = (await owner.get("/console/settings/audit?action=identity.account_renamed")).body.decode()
    path = re.search(r'href="(/console/settings/audit/aud_\w+)"', page)[1]  # type: ignore[index]
    record = (await owner.get(path)).body.decode()
    assert "Nile Trading" in record
    assert "identity.signed_in" not in page.split("<tbody", 1)[1]
    lines = await owner.get("/console/settings/audit/export.jsonl?action=identity.account_renamed")
    assert lines.headers["content-type"] == "application/jsonl"
    assert json.loads(lines.body.splitlines()[0])["after"] == {"name": "Nile Trading"}
    assert (await owner.get("/console/settings/audit/export.xml")).status == 404
    assert b"Nothing matches" in (await owner.get("/console/settings/audit?text=zzzz")).body


async def test_support_looks_with_a_banner_and_leaves(world: World, signed_in: SignedIn) -> None:
    owner = await world.ground()
    await world.launch(owner, "acme")
    staff = await signed_in(await world.account(staff=True, staff_role="support"))
    path = f"/admin/accounts/{owner.account_id}/enter"
    refused = await staff.send(path, reason="short")
    assert refused.headers["location"] == f"/admin/accounts/{owner.account_id}"
    await staff.send(path, reason="The customer asked about a launch")
    page = (await staff.get("/console/systems")).body.decode()
    assert "acme" in page
    assert "support-banner" in page
    stopped = await staff.send(f"/console/systems/{(await world.find('acme')).id}/stop")
    assert stopped.status == 403
    assert (await staff.get("/admin")).status == 200, "the admin stays their own"
    left = await staff.send("/support/leave")
    assert left.headers["location"] == "/admin/accounts"
    after = (await staff.get("/console/systems")).body.decode()
    assert "acme" not in after
    assert "support-banner" not in after


async def test_who_was_removed_is_led_to_their_other_accounts(world: World, signed_in: SignedIn) -> None:
    owner = await world.account()
    member = await world.member(owner, "viewer")
    theirs = await signed_in(member, account=owner.account_id)
    assert (await theirs.get("/console/systems")).status == 200
    async with world.database.transaction() as session:
        await session.delete(await session.get_one(identity.Membership, (owner.account_id, member.id)))
    answer = await theirs.get("/console/systems")
    assert (answer.status, answer.headers["location"]) == (303, "/console/accounts")
    assert (await theirs.get("/console/accounts")).status == 200


async def test_a_person_makes_another_account_and_switches(world: World, signed_in: SignedIn) -> None:
    owner = await signed_in()
    await owner.send("/console/accounts", name="Second company")
    assert b"Second company" in (await owner.get("/console/settings/account")).body
    assert owner.actor is not None
    await owner.send(f"/console/accounts/{owner.actor.account_id}/switch")
    assert b"Second company" not in (await owner.get("/console/settings/account")).body


async def test_a_deleted_account_is_left_and_a_deleted_login_signed_out(
    world: World, signed_in: SignedIn
) -> None:
    owner = await signed_in()
    assert owner.actor is not None
    wrong = await owner.send("/console/settings/account/delete", confirmed_name="other")
    assert "danger" in _toast(wrong)
    await owner.send("/console/settings/account/delete", confirmed_name=owner.actor.name)
    assert await world.scalar("SELECT deleted_at IS NOT NULL FROM accounts WHERE id = :id", id=owner.actor.account_id)


async def test_staff_are_appointed_and_dismissed_on_their_page(world: World, signed_in: SignedIn) -> None:
    boss = await signed_in(staff=True)
    await boss.send("/admin/staff", email="new@example.com", role="finance")
    assert b"new@example.com" in (await boss.get("/admin/staff")).body
    user_id = await world.scalar("SELECT id FROM users WHERE email = 'new@example.com'")
    await boss.send(f"/admin/staff/{user_id}/dismiss")
    assert await world.scalar("SELECT staff_role FROM users WHERE id = :id", id=user_id) is None
    assert boss.actor is not None
    refused = await boss.send(f"/admin/staff/{boss.actor.id}/dismiss")
    assert "danger" in _toast(refused)


def _toast(answer: Any) -> str:
    import base64

    cookie = re.search(r"serai_flash=([^;]+)", answer.headers.get("set-cookie", ""))
    return base64.urlsafe_b64decode(cookie[1].strip('"')).decode() if cookie else ""
