"""Members, invitations, ownership: who may change whom, and that an owner always remains."""

import asyncio
from datetime import timedelta

import pytest

from serai.kit.actor import Actor
from serai.kit.errors import Conflict, Denied, Invalid, NotFound
from serai.modules import identity
from tests.factories import World


async def role_of(world: World, account: Actor, user_id: str) -> str | None:
    async with world.database.transaction() as session:
        member = await session.get(identity.Membership, (account.account_id, user_id))
    return member.role if member else None


async def again(world: World, actor: Actor, account_id: str | None = None) -> Actor:
    """The same person as they are now."""
    async with world.database.transaction() as session:
        user = await session.get_one(identity.User, actor.id)
        account = await session.get_one(identity.Account, account_id or actor.account_id)
        return await identity.actor_in(session, user, account)


async def test_a_role_holds_from_the_next_request_on(world: World) -> None:
    owner = await world.account()
    member = await world.member(owner, "viewer")
    assert not member.may("launches:create", account_id=owner.account_id)
    async with world.platform.database.acting(owner).transaction() as session:
        await identity.members.change_role(session, owner, member.id, "developer")
    assert (await again(world, member)).may("launches:create", account_id=owner.account_id)


@pytest.mark.parametrize(
    ("who", "whom", "to", "fine"),
    [
        ("owner", "admin", "viewer", True), ("owner", "viewer", "owner", True),
        ("admin", "viewer", "developer", True), ("admin", "viewer", "admin", True),
        ("admin", "viewer", "owner", False), ("admin", "owner", "viewer", False),
        ("developer", "viewer", "billing", False), ("viewer", "viewer", "admin", False),
        ("billing", "viewer", "developer", False), ("support", "viewer", "developer", False),
    ],
)  # fmt: skip
async def test_nobody_gives_or_takes_more_than_they_have(
    world: World, who: str, whom: str, to: str, fine: bool
) -> None:
    owner = await world.account()
    actor = owner if who == "owner" else await world.member(owner, who)
    other = owner if whom == "owner" else await world.member(owner, whom)
    async with world.platform.database.acting(actor).transaction() as session:
        if fine:
            await identity.members.change_role(session, actor, other.id, to)
        else:
            with pytest.raises(Denied):
                await identity.members.change_role(session, actor, other.id, to)
    assert await role_of(world, owner, other.id) == (to if fine else whom)


async def test_the_last_owner_stays(world: World) -> None:
    owner = await world.account()
    for change in (
        lambda s: identity.members.change_role(s, owner, owner.id, "viewer"),
        lambda s: identity.members.remove(s, owner, owner.id),
        lambda s: identity.members.suspend(s, owner, owner.id),
        lambda s: identity.people.delete_me(s, owner, owner.name),
    ):
        with pytest.raises(Conflict):
            async with world.platform.database.acting(owner).transaction() as session:
                await change(session)
    second = await world.member(owner, "owner")
    async with world.platform.database.acting(owner).transaction() as session:
        await identity.members.remove(session, owner, owner.id)
    assert await role_of(world, second, second.id) == "owner"


async def test_of_two_owners_who_leave_at_once_one_remains(world: World) -> None:
    for _ in range(10):
        one = await world.account()
        two = await world.member(one, "owner")

        async def leave(who: Actor) -> bool:
            try:
                async with world.platform.database.acting(who).transaction() as session:
                    await identity.members.remove(session, who, who.id)
            except Conflict:
                return False
            return True

        assert sorted(await asyncio.gather(leave(one), leave(two))) == [False, True]


async def test_who_is_removed_or_shut_out_is_out_at_once(world: World) -> None:
    owner = await world.account()
    for change in (identity.members.remove, identity.members.suspend):
        member = await world.member(owner, "admin")
        key = await world.token(member)
        async with world.database.transaction() as session:
            user = await session.get_one(identity.User, member.id)
            signed = await identity.sessions.open_session(session, user, owner.account_id)
        async with world.platform.database.acting(owner).transaction() as session:
            await change(session, owner, member.id)
        async with world.database.transaction() as session:
            assert await identity.actor_of_session(session, signed.token) is None
            with pytest.raises(Denied):
                await identity.actor_of_token(session, key)
        assert not (await again(world, member, owner.account_id)).grants & {"launches:read:account"}
    async with world.platform.database.acting(owner).transaction() as session:
        await identity.members.resume(session, owner, member.id)
    assert "launches:read:account" in (await again(world, member, owner.account_id)).grants


async def test_ownership_goes_over_whole(world: World) -> None:
    owner = await world.account()
    heir, stranger = await world.member(owner, "billing"), await world.account()
    async with world.platform.database.acting(owner).transaction() as session:
        for wrong in (owner.id, stranger.id, "usr_none"):
            with pytest.raises((Conflict, NotFound)):
                await identity.members.transfer_ownership(session, owner, wrong)
        await identity.members.transfer_ownership(session, owner, heir.id)
    assert await role_of(world, owner, heir.id) == "owner"
    assert await role_of(world, owner, owner.id) == "admin"
    with pytest.raises(Denied):
        async with world.database.transaction() as session:
            await identity.members.transfer_ownership(session, await again(world, owner), owner.id)


async def invite(world: World, actor: Actor, email: str, role: str = "developer") -> identity.IssuedInvitation:
    async with world.platform.database.acting(actor).transaction() as session:
        return await identity.invitations.invite(session, actor, email, role)


async def accept(world: World, actor: Actor, token: str) -> identity.Account:
    async with world.platform.database.acting(actor).transaction() as session:
        return await identity.invitations.accept(session, actor, token)


async def test_an_invitation_lets_its_address_in_once(world: World) -> None:
    owner, guest = await world.account(), await world.account()
    issued = await invite(world, owner, guest.name.upper())
    assert (await accept(world, guest, issued.token)).id == owner.account_id
    assert await role_of(world, owner, guest.id) == "developer"
    with pytest.raises(identity.InvitationGone):
        await accept(world, guest, issued.token)


async def test_a_stolen_link_is_worth_nothing_to_another_address(world: World) -> None:
    owner, guest, thief = await world.account(), await world.account(), await world.account()
    issued = await invite(world, owner, guest.name)
    with pytest.raises(Denied):
        await accept(world, thief, issued.token)
    assert await role_of(world, owner, thief.id) is None
    await accept(world, guest, issued.token)


@pytest.mark.parametrize("end", ["revoked", "expired", "replaced", "closed", "made up"])
async def test_an_invitation_that_is_over_lets_nobody_in(world: World, end: str, moving) -> None:
    owner, guest = await world.account(), await world.account()
    issued = await invite(world, owner, guest.name)
    token = issued.token
    if end == "revoked":
        async with world.platform.database.acting(owner).transaction() as session:
            await identity.invitations.revoke_invitation(session, owner, issued.invitation.id)
    elif end == "expired":
        moving.move(timedelta(days=7, seconds=1))
    elif end == "replaced":
        await invite(world, owner, guest.name)
    elif end == "closed":
        async with world.platform.database.acting(owner).transaction() as session:
            await identity.accounts.deactivate(session, owner)
    else:
        token = "made-up"
    with pytest.raises(identity.InvitationGone):
        await accept(world, guest, token)
    assert await role_of(world, owner, guest.id) is None


@pytest.mark.parametrize(
    ("email", "role", "error"),
    [("nobody", "viewer", Invalid), ("x@example.com", "emperor", Invalid), ("x@example.com", "owner", Denied)],
)
async def test_a_wrong_invitation_is_refused(world: World, email: str, role: str, error: type) -> None:
    admin = await world.member(await world.account(), "admin")
    with pytest.raises(error):
        await invite(world, admin, email, role)


async def test_members_are_not_invited_again_and_a_role_of_another_account_is_none(world: World) -> None:
    owner, other = await world.account(), await world.account()
    member = await world.member(owner, "viewer")
    with pytest.raises(Conflict):
        await invite(world, owner, member.name)
    async with world.platform.database.acting(other).transaction() as session:
        theirs = await identity.roles.create_role(session, other, "Theirs", ["launches:read"])
    with pytest.raises(Invalid):
        await invite(world, owner, "new@example.com", theirs.id)


async def test_a_person_switches_between_accounts_they_are_in_and_no_others(world: World) -> None:
    owner, member = await world.account(), await world.account()
    issued = await invite(world, owner, member.name, "viewer")
    await accept(world, member, issued.token)
    async with world.database.transaction() as session:
        user = await session.get_one(identity.User, member.id)
        signed = await identity.sessions.open_session(session, user)

    async def now() -> Actor:
        async with world.database.transaction() as session:
            found = await identity.actor_of_session(session, signed.token)
        assert found is not None
        return found

    assert (await now()).account_id == member.account_id
    there = await now()
    async with world.platform.database.acting(there).transaction() as session:
        await identity.sessions.switch_account(session, there, owner.account_id or "")
    assert ((await now()).account_id, (await now()).may("launches:create", account_id=owner.account_id)) == (
        owner.account_id, False
    )  # fmt: skip
    stranger = await world.account()
    with pytest.raises(NotFound):
        async with world.platform.database.acting(there).transaction() as session:
            await identity.sessions.switch_account(session, there, stranger.account_id or "")


async def test_support_on_a_visit_changes_nobody_s_place(world: World) -> None:
    """Least of all that of the owner it stands in for."""
    from dataclasses import replace

    owner = await world.account()
    await world.member(owner, "owner")
    for read_only in (True, False):
        visit = replace(owner, impersonator="support@example.com", read_only=read_only,
                        grants=frozenset(each for each in owner.grants if not each.startswith("team:")))  # fmt: skip
        for change in (
            lambda s, who=visit: identity.members.remove(s, who, owner.id),
            lambda s, who=visit: identity.members.suspend(s, who, owner.id),
            lambda s, who=visit: identity.members.change_role(s, who, owner.id, "viewer"),
        ):
            with pytest.raises(Denied):
                async with world.database.transaction() as session:
                    await change(session)
    assert await role_of(world, owner, owner.id) == "owner"


async def test_only_leaving_needs_no_right(world: World) -> None:
    owner = await world.account()
    member = await world.member(owner, "viewer")
    for change in (
        lambda s: identity.members.suspend(s, member, member.id),
        lambda s: identity.members.change_role(s, member, member.id, "viewer"),
    ):
        with pytest.raises(Denied):
            async with world.database.transaction() as session:
                await change(session)
    async with world.platform.database.acting(member).transaction() as session:
        await identity.members.remove(session, member, member.id)
    assert await role_of(world, owner, member.id) is None


async def test_a_role_with_the_permission_alone_hands_nothing_over(world: World) -> None:
    owner = await world.account()
    async with world.database.transaction() as session:
        role = await identity.roles.create_role(session, owner, "Heir", ["account:read", "account:transfer"])
    holder, friend = await world.member(owner, role.id), await world.member(owner, "viewer")
    with pytest.raises(Denied, match="owner"):
        async with world.database.transaction() as session:
            await identity.members.transfer_ownership(session, holder, friend.id)


async def test_an_old_invitation_changes_no_member_and_dies_with_other_changes(world: World) -> None:
    owner = await world.account()
    member = await world.member(owner, "developer")
    async with world.database.transaction() as session:
        await identity.members.suspend(session, owner, member.id)
    issued = await invite(world, owner, member.name, "viewer")
    async with world.database.transaction() as session:
        await identity.members.resume(session, owner, member.id)
    with pytest.raises(identity.InvitationGone):
        await accept(world, member, issued.token)
    assert await role_of(world, owner, member.id) == "developer"


async def test_an_admin_does_not_get_at_a_suspended_owner_by_inviting(world: World) -> None:
    owner = await world.account()
    second, admin = await world.member(owner, "owner"), await world.member(owner, "admin")
    async with world.database.transaction() as session:
        await identity.members.suspend(session, owner, second.id)
    with pytest.raises(Denied):
        await invite(world, admin, second.name, "viewer")


async def test_an_invitation_is_worth_what_its_maker_may_now(world: World) -> None:
    owner, guest = await world.account(), await world.account()
    admin = await world.member(owner, "admin")
    issued = await invite(world, admin, guest.name, "admin")
    async with world.database.transaction() as session:
        await identity.members.change_role(session, owner, admin.id, "viewer")
    with pytest.raises(identity.InvitationGone):
        await accept(world, guest, issued.token)
    async with world.database.transaction() as session:
        await identity.members.remove(session, owner, admin.id)
    with pytest.raises(identity.InvitationGone):
        await accept(world, guest, issued.token)


async def test_nobody_is_flooded_with_invitations(world: World) -> None:
    owner = await world.account()
    for _ in range(3):
        await invite(world, owner, "stranger@example.com")
    with pytest.raises(Conflict, match="several times"):
        await invite(world, owner, "stranger@example.com")
    await invite(world, owner, "other@example.com")
