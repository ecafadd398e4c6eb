"""What people hear of: preferences, the way out of a mail, the bell, the digest."""

import re
from datetime import timedelta

import pytest

from serai.kit import clock
from serai.kit.actor import Actor
from serai.kit.errors import Denied, Invalid, NotFound
from serai.kit.i18n import N_
from serai.modules import identity, notifications
from tests.factories import World
from tests.integration.modules.notifications.conftest import Post

READY = N_("%(name)s is ready")


async def tell(world: World, **whom: str) -> int:
    async with world.database.transaction() as session:
        return await notifications.tell(session, "launches", READY, link="/console/systems", name="nile", **whom)


async def choose(world: World, actor: Actor, **wanted: bool) -> None:
    async with world.platform.database.acting(actor).transaction() as session:
        keys = {tuple(name.split("_")): value for name, value in wanted.items()}
        await notifications.preferences.choose(session, actor, keys)  # type: ignore[arg-type]


async def digests(world: World) -> int:
    """How many a turn of the schedule mails."""
    mails = "SELECT count(*) FROM mails WHERE kind = 'digest'"
    before = await world.scalar(mails)
    await world.run_schedules("notifications.queue_digests")
    return int(await world.scalar(mails)) - int(before)


async def unread(world: World, actor: Actor) -> int:
    async with world.platform.database.acting(actor).transaction() as session:
        return await notifications.bell.unread(session, actor)


async def test_an_optional_group_can_be_switched_off_and_safety_cannot(post: Post) -> None:
    mona = await post.world.account()
    await choose(post.world, mona, launches_mail=False)
    with pytest.raises(AssertionError):
        await post.put(mona.name, user_id=mona.user_id)
    assert await post.put(mona.name, "sign_in_code", user_id=mona.user_id, code="1", minutes=10)
    for locked in ("security_mail", "billing_mail", "digest_bell", "tips_mail"):
        with pytest.raises(Invalid):
            await choose(post.world, mona, **{locked: False})
    await choose(post.world, mona, launches_mail=True)
    assert await post.put(mona.name, user_id=mona.user_id)


async def test_the_owner_of_an_address_has_their_wishes_respected_when_a_system_is_ready(world: World) -> None:
    mona = await world.ground()
    mails = "SELECT count(*) FROM mails WHERE kind = 'launch_ready' AND recipient = :address"
    await choose(world, mona, launches_mail=False)
    await world.launch(mona, email=mona.name)
    assert await world.handle_events()
    assert await world.scalar(mails, address=mona.name) == 0
    await choose(world, mona, launches_mail=True)
    await world.launch(mona, "other", email=mona.name)
    await world.handle_events()
    assert await world.scalar(mails, address=mona.name) == 1


async def test_there_is_nothing_to_choose_about_what_is_never_sent(world: World) -> None:
    mona = await world.account()
    async with world.database.transaction() as session:
        offered = {group for group, _ in await notifications.preferences.choices(session, mona)}
    assert offered == {"launches", "digest"}
    shown = {each.name for each in notifications.groups_in_use()}
    assert shown == {kind.group for kind in notifications.KINDS.values()}


async def test_a_mail_of_a_kind_one_can_do_without_brings_its_way_out(post: Post) -> None:
    mona = await post.world.account()
    await post.put(mona.name, user_id=mona.user_id)
    await post.put(mona.name, kind="sign_in_code", code="429134", minutes=15)
    async with post.sender():
        await post.until_done()
    code, ready = sorted(post.driver.mails, key=lambda each: "List-Unsubscribe" in each.headers)
    assert "List-Unsubscribe" not in code.headers
    assert ready.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = ready.headers["List-Unsubscribe"].strip("<>")
    assert address in ready.text
    assert address in (ready.html or "")
    assert "invalid" not in ready.text + (ready.html or "")
    way = notifications.links.unseal(post.world.platform.vault, address.rpartition("/")[2])
    assert way == notifications.WayOut(mona.name, "launches", mona.user_id)
    async with post.world.database.transaction() as session:
        await notifications.preferences.unsubscribe(session, way)
        assert await notifications.mail(
            session, "launch_failed", mona.name, language="en", user_id=mona.user_id, name="x", link="/"
        ) is None  # fmt: skip
    await choose(post.world, mona, launches_mail=True)
    assert await post.put(mona.name, user_id=mona.user_id)


async def test_an_address_without_a_user_can_leave_and_come_back(post: Post) -> None:
    way = notifications.WayOut("guest@example.com", "launches", None)
    async with post.world.database.transaction() as session:
        await notifications.preferences.unsubscribe(session, way)
        await notifications.preferences.unsubscribe(session, way)
    with pytest.raises(AssertionError):
        await post.put("Guest@Example.com")
    async with post.world.database.transaction() as session:
        await notifications.preferences.subscribe_again(session, way)
    assert await post.put("guest@example.com")


@pytest.mark.parametrize("token", ["", "x", "gAAAAAB", "é" * 9, "a" * 300])
def test_a_made_up_way_out_is_refused(world: World, token: str) -> None:
    with pytest.raises(NotFound):
        notifications.links.unseal(world.platform.vault, token)
    with pytest.raises(NotFound):
        notifications.links.unseal(world.platform.vault, world.platform.vault.seal('["other", "a", "tips", null]'))


async def test_the_bell_rings_for_everybody_of_an_account_but_who_switched_it_off(world: World) -> None:
    owner, stranger = await world.account(), await world.account()
    member, quiet = await world.member(owner, "viewer"), await world.member(owner, "viewer")
    await choose(world, quiet, launches_bell=False)
    assert owner.account_id is not None
    assert await tell(world, account_id=owner.account_id) == 2
    assert [await unread(world, each) for each in (owner, member, quiet, stranger)] == [1, 1, 0, 0]


async def test_messages_are_read_one_by_one_and_all_at_once_and_only_by_their_owner(world: World) -> None:
    mona, other = await world.account(), await world.account()
    assert mona.user_id is not None
    for _ in range(3):
        await tell(world, user_id=mona.user_id)
    async with world.platform.database.acting(mona).transaction() as session:
        first = (await notifications.bell.page(session, mona))[0]
        await notifications.bell.read(session, mona, first.id)
    assert await unread(world, mona) == 2
    async with world.platform.database.acting(other).transaction() as session:
        with pytest.raises(NotFound):
            await notifications.bell.read(session, other, first.id)
        assert await notifications.bell.read_all(session, other) == 0
    async with world.platform.database.acting(mona).transaction() as session:
        assert await notifications.bell.read_all(session, mona) == 2
        assert not await notifications.bell.page(session, mona, unread_only=True)
        assert len(await notifications.bell.page(session, mona)) == 3


async def test_the_bell_leads_to_our_pages_only(world: World) -> None:
    for link in ("https://evil.example", "//evil.example"):
        with pytest.raises(ValueError, match="pages of ours"):
            async with world.database.transaction() as session:
                await notifications.tell(session, "launches", READY, link=link, user_id="usr_1")


async def test_the_digest_comes_once_a_day_to_who_asked_for_it(world: World, moving: clock.MovableClock) -> None:
    mona, other = await world.account(), await world.account()
    await choose(world, mona, digest_mail=True)
    for actor in (mona, other):
        assert actor.user_id is not None
        for _ in range(2):
            await tell(world, user_id=actor.user_id)
    assert await digests(world) == 1
    await tell(world, user_id=mona.user_id or "")
    assert await digests(world) == 0, "the next one is tomorrow's"
    moving.move(timedelta(hours=24))
    assert await digests(world) == 1
    async with world.database.transaction() as session:
        newest, first = await notifications.mailbox(session)
    assert (first.recipient, first.subject) == (mona.name, "2 messages are waiting for you")
    assert (newest.subject, newest.text.count("nile is ready")) == ("1 message is waiting for you", 1)


async def test_a_digest_shows_the_newest_and_says_how_many_more_there_are(world: World) -> None:
    mona = await world.account()
    await choose(world, mona, digest_mail=True)
    for _ in range(25):
        await tell(world, user_id=mona.user_id or "")
    assert await digests(world) == 1
    async with world.database.transaction() as session:
        (mail,) = await notifications.mailbox(session)
    assert mail.subject == "25 messages are waiting for you"
    assert mail.html is not None
    assert mail.text.count("nile is ready") == mail.html.count("nile is ready") == 20
    assert "and 5 more" in mail.text
    assert "and 5 more" in mail.html
    assert await world.scalar("SELECT count(*) FROM notifications WHERE digested_at IS NULL") == 0


async def test_no_digest_goes_to_who_left_or_is_shut_out_and_nothing_of_theirs_is_marked(world: World) -> None:
    left, out = await world.account(), await world.account()
    for actor in (left, out):
        await choose(world, actor, digest_mail=True)
        await tell(world, user_id=actor.user_id or "")
    async with world.database.transaction() as session:
        await notifications.preferences.unsubscribe(session, notifications.WayOut(left.name, "digest", None))
        (await session.get_one(identity.User, out.user_id)).deactivated_at = clock.now()
    assert await digests(world) == 0
    unmarked = "SELECT count(*) FROM notifications WHERE digested_at IS NULL"
    assert await world.scalar(unmarked) == 2
    await choose(world, left, digest_mail=False)
    await choose(world, left, digest_mail=True)
    assert await digests(world) == 1, "once wanted again, it is all there"


async def test_what_a_digest_would_hold_stays_unmarked_when_no_mail_was_queued(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    mona = await world.account()
    await choose(world, mona, digest_mail=True)
    await tell(world, user_id=mona.user_id or "")

    async def unwanted(*_arguments: object, **_more: object) -> None: ...

    with monkeypatch.context() as without:
        without.setattr(notifications.digest, "mail", unwanted)
        assert await digests(world) == 0
    assert await digests(world) == 1


async def test_a_read_only_visit_changes_no_wishes(world: World) -> None:
    mona = await world.account()
    visit = Actor("user", mona.id, mona.account_id, mona.name, mona.user_id, mona.grants, read_only=True)
    with pytest.raises(Denied):
        await choose(world, visit, launches_mail=False)


async def test_staff_without_the_right_see_no_mails_although_they_own_an_account(world: World) -> None:
    finance = await world.account(staff=True, staff_role="finance")
    async with world.database.transaction() as session:
        with pytest.raises(Denied):
            await notifications.log.page(session, finance)


async def test_what_is_old_goes(post: Post, moving: clock.MovableClock) -> None:
    mona = await post.world.account()
    await tell(post.world, user_id=mona.user_id or "")
    await post.put()
    async with post.sender():
        await post.until_done()
    waiting = await post.put()
    moving.move(timedelta(days=100))
    assert await notifications.tidy(post.world.database, post.settings()) == 1
    assert (await post.get(waiting.id)).state == "queued"
    assert await unread(post.world, mona) == 0


def test_every_kind_has_both_parts_in_both_languages() -> None:
    for kind in notifications.KINDS:
        english, arabic = (notifications.rendering.sample(kind, each) for each in ("en", "ar"))
        for made in (english, arabic):
            assert made.subject
            assert "\n" not in made.subject
            assert re.search("[A-Za-z]", made.text)
            assert not re.search(r"%\(|\{\{", made.subject + made.text + made.html), kind
        assert 'dir="rtl"' in arabic.html
        assert re.search("[؀-ۿ]", arabic.subject + arabic.text), kind


def test_what_opens_a_door_is_worth_sending_exactly_as_long_as_it_opens_it() -> None:
    lives = {"sign_in_code": 10, "password_reset": 30, "email_change": 60}
    for kind, minutes in lives.items():
        known = notifications.KINDS[kind]
        assert (known.lifetime, known.sample["minutes"]) == (timedelta(minutes=minutes), minutes)
    assert identity.tickets.minutes(identity.tickets.PASSWORD_RESET) == lives["password_reset"]


def test_what_a_customer_types_is_no_markup() -> None:
    made = notifications.rendering.render("launch_failed", "en", {"name": "<b>x</b>\nBcc: a@b", "link": "/c"})
    assert "<b>" not in made.html
    assert "<b>x</b> Bcc: a@b" in made.subject
    assert "&lt;" not in made.text
