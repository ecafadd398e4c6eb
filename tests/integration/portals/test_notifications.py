"""The bell, the settings, the way out, and the staff's view of all mails."""

import re

import pytest

from serai.modules import notifications
from tests.factories import World
from tests.integration.modules.notifications.conftest import Post
from tests.integration.portals.conftest import SignedIn, Visitor
from tests.queries import counted


@pytest.fixture
def post(world: World) -> Post:
    return Post(world)


async def tell(world: World, account_id: str | None, name: str = "nile") -> None:
    async with world.database.transaction() as session:
        await notifications.tell(
            session, "launches", "%(name)s is ready", account_id=account_id, link="/console/systems", name=name
        )


async def test_messages_are_listed_opened_and_marked(world: World, signed_in: SignedIn) -> None:
    theirs, other = await signed_in(), await signed_in()
    assert theirs.actor is not None
    await tell(world, theirs.actor.account_id)
    await tell(world, theirs.actor.account_id, "delta")
    body = (await theirs.get("/console/notifications")).body.decode()
    assert body.index("delta is ready") < body.index("nile is ready")
    assert b"nile is ready" not in (await other.get("/console/notifications")).body
    ids = re.findall(r'action="/console/notifications/(ntf_\w+)"', body)
    assert (await theirs.send(f"/console/notifications/{ids[0]}")).headers["location"] == "/console/systems"
    left = (await theirs.get("/console/notifications?unread=true")).body
    assert (b"delta" in left, b"nile" in left) == (False, True)
    assert (await other.send(f"/console/notifications/{ids[-1]}")).status == 404
    assert (await theirs.send("/console/notifications/read")).status == 303
    assert b"No unread messages" in (await theirs.get("/console/notifications?unread=true")).body


async def test_the_bell_speaks_the_reader_s_language(world: World, signed_in: SignedIn) -> None:
    theirs = await signed_in()
    assert theirs.actor is not None
    await tell(world, theirs.actor.account_id)
    theirs.headers["cookie"] += "; serai_lang=ar"
    assert "النظام nile جاهز" in (await theirs.get("/console/notifications")).body.decode()


async def test_messages_cost_the_same_queries_however_many_there_are(world: World, signed_in: SignedIn) -> None:
    theirs = await signed_in()
    assert theirs.actor is not None
    await tell(world, theirs.actor.account_id)
    await theirs.get("/console/notifications")
    with counted(world.database) as few:
        await theirs.get("/console/notifications")
    for _ in range(8):
        await tell(world, theirs.actor.account_id)
    with counted(world.database) as many:
        await theirs.get("/console/notifications")
    assert len(many) == len(few)


async def test_wishes_are_saved_and_shown(signed_in: SignedIn) -> None:
    theirs = await signed_in()
    path = "/console/settings/notifications"
    assert b'value="launches.mail" checked' in (await theirs.get(path)).body
    assert (await theirs.send(path, wanted="digest.mail")).status == 303
    body = (await theirs.get(path)).body
    assert b'value="digest.mail" checked' in body
    assert b'value="launches.mail" checked' not in body
    assert b'value="security.mail"' not in body
    for unused in (b"News of the product", b"Tips", b'value="billing.mail"'):
        assert unused not in body


async def test_one_click_leaves_a_group_and_a_link_asks_first(post: Post, visitor: Visitor) -> None:
    vault = post.world.platform.vault
    token = notifications.links.seal(vault, notifications.WayOut("guest@example.com", "launches", None))
    asked = await visitor.get(f"/unsubscribe/{token}")
    assert (asked.status, b"guest@example.com" in asked.body) == (200, True)
    assert await post.put("guest@example.com")
    mail_program = {"content-type": "application/x-www-form-urlencoded", "origin": "https://mail.example"}
    answer = await visitor.post(f"/unsubscribe/{token}", b"List-Unsubscribe=One-Click", headers=mail_program)
    assert (answer.status, b"You are unsubscribed" in answer.body) == (200, True)
    with pytest.raises(AssertionError):
        await post.put("guest@example.com")
    assert (await visitor.send(f"/unsubscribe/{token}/undo")).status == 200
    assert await post.put("guest@example.com")
    assert (await visitor.get(f"/unsubscribe/{token[:-2]}xx")).status == 404
    visitor.headers["cookie"] = "serai_lang=ar"
    assert 'dir="rtl"' in (await visitor.get(f"/unsubscribe/{token}")).body.decode()


async def test_staff_find_mails_and_read_all_but_secrets(post: Post, signed_in: SignedIn) -> None:
    staff = await signed_in(staff=True)
    code = await post.put("a@example.com", "sign_in_code", code="429134", minutes=15)
    ready = await post.put("b@example.com", account_id="acc_1")
    whole = (await staff.get("/admin/mails")).body
    assert b"429134" not in whole
    assert (await staff.get(f"/admin/mails/{code.id}")).body.count(b"429134") == 0
    assert (await staff.get(f"/admin/mails/{code.id}/html")).status == 404
    assert b"nile could not be launched" in (await staff.get(f"/admin/mails/{ready.id}")).body
    for query, found in (("search=B@example", 1), ("kind=sign_in_code", 1), ("state=sent", 0), ("account=acc_1", 1),
                         ("search=%25", 0)):  # fmt: skip
        body = (await staff.get(f"/admin/mails?{query}")).body.decode()
        assert len(set(re.findall(r"/admin/mails/(mail_\w+)", body))) == found, query


async def test_a_mail_s_html_is_a_page_in_which_nothing_happens(post: Post, signed_in: SignedIn) -> None:
    staff = await signed_in(staff=True)
    made = await post.put("b@example.com")
    for path in (f"/admin/mails/{made.id}/html", "/admin/mails/templates/launch_ready/ar/html"):
        shown = await staff.get(path)
        policy = shown.headers["content-security-policy"]
        assert (shown.status, "sandbox" in policy, "default-src 'none'" in policy) == (200, True, True)
        assert "script-src" not in policy
        assert b"unsubscribe/" not in shown.body
        assert b".invalid" not in shown.body
    assert (await staff.get("/admin/mails/templates/nothing/en")).status == 404
    assert (await staff.get("/admin/mails/templates/launch_ready/xx")).status == 404
    assert "النظام nile جاهز" in (await staff.get("/admin/mails/templates")).body.decode()


async def test_staff_retry_mails_and_lift_suppressions_if_they_may(post: Post, signed_in: SignedIn) -> None:
    async with post.world.database.transaction() as session:
        await notifications.suppressions.add_bounce(session, "gone@example.com", "550 nobody", None)
    made = await post.put("gone@example.com")
    operations, reader = await signed_in(staff=True), await post.world.account(staff=True, staff_role="read-only")
    reading = await signed_in(reader)
    assert b"gone@example.com" in (await reading.get("/admin/mails/suppressions")).body
    assert (await reading.send("/admin/mails/suppressions/lift", address="gone@example.com")).status == 403
    assert (await reading.send(f"/admin/mails/{made.id}/retry")).status == 403
    await operations.send("/admin/mails/suppressions/lift", address="Gone@example.com")
    await operations.send(f"/admin/mails/{made.id}/retry")
    assert (await post.get(made.id)).state == "queued"
    assert b"No address is held back" in (await reading.get("/admin/mails/suppressions")).body
    audited = "SELECT count(*) FROM audit_records WHERE action = 'notifications.suppression_lifted'"
    assert await post.world.scalar(audited) == 1


async def test_an_account_sees_its_own_log_without_texts(post: Post, signed_in: SignedIn) -> None:
    theirs, other = await signed_in(), await signed_in()
    assert theirs.actor is not None
    await post.put("b@example.com", account_id=theirs.actor.account_id)
    await post.put("c@example.com", account_id=None)
    body = (await theirs.get("/console/settings/mails")).body
    assert (b"b@example.com" in body, b"c@example.com" in body) == (True, False)
    assert b"b@example.com" not in (await other.get("/console/settings/mails")).body
    viewer = await signed_in(await post.world.member(theirs.actor, "viewer"))
    # Their own account comes first, so the viewer's right is asked for where they are a viewer.
    assert b"b@example.com" not in (await viewer.get("/console/settings/mails")).body
    assert (await other.get("/admin/mails")).status == 404


async def test_the_api_lists_an_account_s_mails(post: Post, signed_in: SignedIn) -> None:
    theirs = await signed_in()
    assert theirs.actor is not None
    await post.put("b@example.com", account_id=theirs.actor.account_id)
    await post.put("c@example.com")
    token = await post.world.token(theirs.actor)
    answer = await Visitor(theirs.app).get("/api/v1/mails", headers={"authorization": f"Bearer {token}"})
    assert [each["recipient"] for each in answer.json["data"]] == ["b@example.com"]
    assert "text" not in answer.json["data"][0]


async def test_production_without_a_driver_says_that_nothing_is_sent(
    post: Post, signed_in: SignedIn, caplog: pytest.LogCaptureFixture
) -> None:
    settings = post.settings(environment="production")
    assert settings.holds_mail
    assert not post.settings(environment="production", mail="smtp").holds_mail
    staff = await signed_in(staff=True)
    assert b"No mail is sent" not in (await staff.get("/admin/mails")).body
