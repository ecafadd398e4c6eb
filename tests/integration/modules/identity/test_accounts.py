"""Accounts at rest and deleted, what becomes of their systems; persons deleted; staff; support."""

from datetime import timedelta

import pytest

from serai.kit.actor import Actor
from serai.kit.clock import MovableClock
from serai.kit.errors import Conflict, Denied, Invalid, NotFound
from serai.modules import audit, identity, launches
from tests.factories import World


async def as_now(world: World, actor: Actor) -> Actor:
    async with world.database.transaction() as session:
        user = await session.get_one(identity.User, actor.id)
        account = await session.get_one(identity.Account, actor.account_id)
        return await identity.actor_in(session, user, account)


async def work_off(world: World) -> None:
    """Handle the waiting events, and run the operations they ask for."""
    await world.handle_events()
    async with world.database.transaction() as session:
        from sqlalchemy import text

        waiting = (await session.execute(text("SELECT id FROM operations WHERE state = 'queued'"))).scalars()
        found = list(waiting)
    for operation_id in found:
        await world.run(operation_id)


async def test_a_deactivated_account_rests_and_comes_back(world: World) -> None:
    owner = await world.ground()
    await world.launch(owner, "acme")
    async with world.platform.database.acting(owner).transaction() as session:
        await identity.accounts.deactivate(session, owner)
    await work_off(world)
    assert (await world.find("acme")).state == "stopped"
    resting = await as_now(world, owner)
    assert {each for each in resting.grants if each.endswith(":account") and ":read:" not in each} == {
        "account:close:account"
    }
    with pytest.raises(Denied):
        async with world.platform.database.acting(resting).transaction() as session:
            await launches.start(session, resting, "acme")
    async with world.platform.database.acting(resting).transaction() as session:
        await identity.accounts.reactivate(session, resting)
    await work_off(world)
    assert (await world.find("acme")).state == "running"


async def test_a_deleted_account_leaves_nothing_running_and_nobody_in(world: World) -> None:
    owner = await world.ground()
    member = await world.member(owner, "developer")
    key = await world.token(member)
    await world.launch(owner, "acme")
    with pytest.raises(Invalid):
        async with world.platform.database.acting(owner).transaction() as session:
            await identity.accounts.delete(session, owner, "something else")
    async with world.platform.database.acting(owner).transaction() as session:
        await identity.accounts.delete(session, owner, owner.name)
    await work_off(world)
    assert (await world.find("acme")).state == "terminated"
    assert await world.nothing_is_left()
    async with world.database.transaction() as session:
        with pytest.raises(Denied):
            await identity.actor_of_token(session, key)
    assert (await as_now(world, owner)).account_id is None
    with pytest.raises((Conflict, Denied, NotFound)):
        async with world.platform.database.acting(owner).transaction() as session:
            await identity.accounts.reactivate(session, owner)


async def test_a_busy_system_follows_its_account_later_and_holds_no_other_up(world: World) -> None:
    owner = await world.ground()
    await world.launch(owner, "acme")
    _, operation_id = await world.order(owner, "busy")
    async with world.platform.database.acting(owner).transaction() as session:
        await identity.accounts.delete(session, owner, owner.name)
    await world.handle_events()
    assert (await world.find("acme")).state == "terminating"
    assert (await world.find("busy")).state == "launching"
    await world.run(operation_id)
    await world.run_schedules("launches.queue_accounts")
    await work_off(world)
    assert {(await world.find(name)).state for name in ("acme", "busy")} == {"terminated"}
    operations = await world.scalar("SELECT count(*) FROM operations")
    await world.run_schedules("launches.queue_accounts")
    assert await world.scalar("SELECT count(*) FROM operations") == operations


async def test_what_was_stopped_before_the_rest_stays_stopped_after_it(world: World) -> None:
    owner = await world.ground()
    await world.launch(owner, "acme")
    await world.launch(owner, "asleep")
    await world.change(launches.stop, owner, "asleep")
    async with world.platform.database.acting(owner).transaction() as session:
        await identity.accounts.deactivate(session, owner)
    await work_off(world)
    async with world.platform.database.acting(owner).transaction() as session:
        await identity.accounts.reactivate(session, await as_now(world, owner))
    await work_off(world)
    assert ((await world.find("acme")).state, (await world.find("asleep")).state) == ("running", "stopped")


async def test_a_change_that_is_heard_late_does_what_holds_now(world: World) -> None:
    owner = await world.ground()
    await world.launch(owner, "acme")
    async with world.platform.database.acting(owner).transaction() as session:
        await identity.accounts.deactivate(session, owner)
        await identity.accounts.reactivate(session, owner)
    await work_off(world)
    assert (await world.find("acme")).state == "running"


async def test_an_order_that_began_before_the_end_does_not_go_through_after_it(world: World) -> None:
    owner = await world.ground()
    async with world.platform.database.acting(owner).transaction() as session:
        await identity.accounts.delete(session, owner, owner.name)
    with pytest.raises(Conflict, match="not active"):
        await world.order(owner, "acme")


async def test_what_staff_put_to_rest_its_owner_does_not_bring_back(world: World) -> None:
    owner, boss = await world.account(), await world.account(staff=True)
    async with world.database.transaction() as session:
        await identity.accounts.deactivate(session, boss, owner.account_id)
        with pytest.raises(Denied, match="staff"):
            await identity.accounts.reactivate(session, await as_now(world, owner))
        await identity.accounts.reactivate(session, boss, owner.account_id)


async def test_only_the_owner_closes_the_account(world: World) -> None:
    owner = await world.account()
    for role in ("admin", "billing", "developer", "support", "viewer"):
        member = await world.member(owner, role)
        for change in (identity.accounts.deactivate, identity.accounts.reactivate):
            with pytest.raises(Denied):
                async with world.platform.database.acting(member).transaction() as session:
                    await change(session, member)


async def test_a_deleted_person_is_forgotten_and_out_everywhere(world: World) -> None:
    owner = await world.account()
    member = await world.member(owner, "admin")
    async with world.database.transaction() as session:
        user = await session.get_one(identity.User, member.id)
        await identity.accounts.delete(session, await as_of_own(session, user), user.email)
        signed = await identity.sessions.open_session(session, user, owner.account_id)
    with pytest.raises(Invalid):
        async with world.database.transaction() as session:
            await identity.people.delete_me(session, member, "other@example.com")
    async with world.platform.database.acting(member).transaction() as session:
        await identity.people.delete_me(session, member, member.name)
    async with world.database.transaction() as session:
        assert await identity.actor_of_session(session, signed.token) is None
        assert await session.get(identity.Membership, (owner.account_id, member.id)) is None
        assert member.name not in (await session.get_one(identity.User, member.id)).email
    fresh = await world.scalar("SELECT count(*) FROM users WHERE email = :email", email=member.name)
    assert fresh == 0, "the address is free for somebody new"


async def as_of_own(session, user: identity.User) -> Actor:
    """The person in the account they got with their sign-up."""
    mine = Actor("user", user.id, None, user.email, user_id=user.id)
    for account, membership in await identity.accounts.mine(session, mine):
        if membership.role == "owner":
            return await identity.actor_in(session, user, account)
    raise AssertionError(user.email)


async def enter(world: World, staff: Actor, account_id: str | None, reason: str = "") -> identity.SignedIn:
    async with world.database.transaction() as session:
        user = await session.get_one(identity.User, staff.id)
        signed = await identity.sessions.open_session(session, user)
        actor = await identity.actor_of_session(session, signed.token)
        assert actor is not None
        return await identity.support.enter(session, actor, account_id or "", reason)


async def visitor(world: World, visit: identity.SignedIn) -> Actor | None:
    async with world.database.transaction() as session:
        return await identity.actor_of_session(session, visit.token, visit=True)


async def test_support_enters_with_a_reason_to_look_and_both_names_are_told(world: World) -> None:
    owner, staff = await world.ground(), await world.account(staff=True, staff_role="support")
    with pytest.raises(Invalid):
        await enter(world, staff, owner.account_id, "short")
    visit = await enter(world, staff, owner.account_id, "The customer called about an invoice")
    actor = await visitor(world, visit)
    assert actor is not None
    assert (actor.account_id, actor.impersonator, actor.read_only) == (owner.account_id, staff.name, True)
    with pytest.raises(Denied, match="read only"):
        await world.order(actor, "acme")
    async with world.database.transaction() as session:
        (record,) = await audit.page(session, owner, audit.Search(action="identity.support_entered"))
    assert record.data["staff"] == staff.name
    assert record.data["reason"] == "The customer called about an invoice"


async def test_with_consent_support_may_change_what_the_consent_says(world: World) -> None:
    owner, staff = await world.ground(), await world.account(staff=True, staff_role="support")
    async with world.platform.database.acting(owner).transaction() as session:
        await identity.support.consent(session, owner, 24, may_change=True)
    actor = await visitor(world, await enter(world, staff, owner.account_id))
    assert actor is not None
    assert not actor.read_only
    await world.order(actor, "acme")
    async with world.database.transaction() as session:
        (record,) = await audit.page(session, owner, audit.Search(action="launches.requested"))
    view = audit.record_view(record)
    assert (view.actor_name, view.impersonator) == (owner.name, staff.name)
    assert not actor.may("profile:manage", owner_id=actor.user_id), "nothing of the person's own"


async def test_a_visit_is_over_after_an_hour_or_when_the_rights_are_gone(
    world: World, moving: MovableClock
) -> None:
    owner, boss = await world.account(), await world.account(staff=True)
    staff = await world.account(staff=True, staff_role="support")
    reason = "Looking into a failed launch"
    visit = await enter(world, staff, owner.account_id, reason)
    moving.move(timedelta(minutes=59))
    assert await visitor(world, visit) is not None
    moving.move(timedelta(minutes=1))
    assert await visitor(world, visit) is None
    visit = await enter(world, staff, owner.account_id, reason)
    async with world.database.transaction() as session:
        await identity.staff.appoint(session, boss, staff.name, "finance")
    assert await visitor(world, visit) is None


async def test_withdrawing_consent_ends_the_visit_that_rests_on_it(world: World) -> None:
    owner, staff = await world.account(), await world.account(staff=True, staff_role="support")
    async with world.platform.database.acting(owner).transaction() as session:
        grant = await identity.support.consent(session, owner, 1, may_change=True)
    visit = await enter(world, staff, owner.account_id)
    async with world.platform.database.acting(owner).transaction() as session:
        await identity.support.withdraw(session, owner, grant.id)
    assert await visitor(world, visit) is None


async def test_customers_and_other_staff_do_not_enter_and_staff_is_not_entered(world: World) -> None:
    owner, other = await world.account(), await world.account()
    finance = await world.account(staff=True, staff_role="finance")
    support, boss = await world.account(staff=True, staff_role="support"), await world.account(staff=True)
    for who in (other, finance):
        with pytest.raises(Denied):
            await enter(world, who, owner.account_id, "Because I would like to")
    with pytest.raises(Conflict):
        await enter(world, support, boss.account_id, "Because I would like to")


async def test_the_platform_keeps_a_superadmin(world: World) -> None:
    boss = await world.account(staff=True)
    for change in (
        lambda s: identity.staff.dismiss(s, boss, boss.id),
        lambda s: identity.staff.appoint(s, boss, boss.name, "finance"),
        lambda s: identity.staff.set_active(s, boss, boss.id, active=False),
    ):
        with pytest.raises(Conflict):
            async with world.database.transaction() as session:
                await change(session)


async def test_only_superadmins_appoint(world: World) -> None:
    await world.account(staff=True)
    for role in ("operations", "finance", "support", "read-only"):
        staff = await world.account(staff=True, staff_role=role)
        with pytest.raises(Denied):
            async with world.database.transaction() as session:
                await identity.staff.appoint(session, staff, staff.name, "superadmin")


async def test_staff_sign_a_person_out_everywhere(world: World) -> None:
    owner, boss = await world.account(), await world.account(staff=True)
    async with world.database.transaction() as session:
        user = await session.get_one(identity.User, owner.id)
        signed = [await identity.sessions.open_session(session, user) for _ in range(2)]
        assert await identity.staff.end_sessions(session, boss, owner.id) == 2
        for each in signed:
            assert await identity.actor_of_session(session, each.token) is None
        with pytest.raises(Denied):
            await identity.staff.end_sessions(session, owner, boss.id)


async def test_a_visit_gives_itself_nothing(world: World) -> None:
    """Not more time, not a place in the team, no role, no key, no password."""
    owner, staff = await world.ground(), await world.account(staff=True, staff_role="support")
    await world.launch(owner, "acme")
    async with world.platform.database.acting(owner).transaction() as session:
        await identity.support.consent(session, owner, 1, may_change=True)
    actor = await visitor(world, await enter(world, staff, owner.account_id))
    assert actor is not None
    for call in (
        lambda s: identity.support.consent(s, actor, 168, may_change=True),
        lambda s: identity.invitations.invite(s, actor, staff.name, "owner"),
        lambda s: identity.roles.create_role(s, actor, "Mine", ["launches:read"]),
        lambda s: identity.create_token(s, actor, "mine"),
        lambda s: identity.accounts.deactivate(s, actor),
        lambda s: launches.credentials(s, actor, world.platform.vault, "acme", once=True),
    ):
        with pytest.raises(Denied):
            async with world.platform.database.acting(actor).transaction() as session:
                await call(session)


async def test_a_visit_ends_with_its_consent_or_when_that_is_replaced(
    world: World, moving: MovableClock
) -> None:
    owner, staff = await world.account(), await world.account(staff=True, staff_role="support")
    async with world.platform.database.acting(owner).transaction() as session:
        await identity.support.consent(session, owner, 1, may_change=True)
    moving.move(timedelta(minutes=59))
    visit = await enter(world, staff, owner.account_id)
    moving.move(timedelta(minutes=1))
    assert await visitor(world, visit) is None
    async with world.platform.database.acting(owner).transaction() as session:
        await identity.support.consent(session, owner, 1, may_change=True)
    visit = await enter(world, staff, owner.account_id)
    async with world.platform.database.acting(owner).transaction() as session:
        await identity.support.consent(session, owner, 1, may_change=False)
    assert await visitor(world, visit) is None


async def test_a_visit_s_cookie_alone_opens_nothing_and_ends_with_its_maker_s_sessions(world: World) -> None:
    owner, boss = await world.account(), await world.account(staff=True)
    staff = await world.account(staff=True, staff_role="support")
    visit = await enter(world, staff, owner.account_id, "Looking into a failed launch")
    async with world.database.transaction() as session:
        assert await identity.actor_of_session(session, visit.token) is None
        await identity.sign_out(session, visit.token)
    assert await visitor(world, visit) is not None, "nor is it signed out as if it were the customer"
    async with world.database.transaction() as session:
        await identity.staff.end_sessions(session, boss, staff.id)
    assert await visitor(world, visit) is None


async def test_a_visit_sees_nothing_of_the_owner_s_other_accounts(world: World) -> None:
    from serai.modules import notifications

    owner, staff = await world.account(), await world.account(staff=True, staff_role="support")
    async with world.platform.database.acting(owner).transaction() as session:
        other = await identity.accounts.create(session, owner, "Secret company")
        await notifications.tell(session, "launches", "Secret", account_id=other.id, link="/", icon="rocket")
    actor = await visitor(world, await enter(world, staff, owner.account_id, "Looking into a failed launch"))
    assert actor is not None
    async with world.platform.database.acting(actor).transaction() as session:
        assert [account.id for account, _ in await identity.accounts.mine(session, actor)] == [owner.account_id]
        assert await notifications.bell.page(session, actor) == []
        assert await notifications.bell.unread(session, actor) == 0


async def test_staff_are_dismissed_before_they_delete_themselves(world: World) -> None:
    boss = await world.account(staff=True)
    with pytest.raises(Conflict, match="staff"):
        async with world.database.transaction() as session:
            await identity.people.delete_me(session, boss, boss.name)


async def test_a_shut_out_superadmin_can_be_dismissed(world: World) -> None:
    boss, gone = await world.account(staff=True), await world.account(staff=True)
    async with world.database.transaction() as session:
        await identity.staff.set_active(session, boss, gone.id, active=False)
        await identity.staff.dismiss(session, boss, gone.id)
