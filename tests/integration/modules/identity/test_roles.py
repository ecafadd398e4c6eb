"""Built-in roles, own roles, and that no role makes more of its maker."""

import pytest

from serai.kit.errors import Conflict, Denied, Invalid, NotFound
from serai.kit.permissions import defined
from serai.modules import identity
from serai.modules.identity import builtin_roles
from tests.factories import World


async def test_an_own_role_allows_what_it_names_and_changes_at_once(world: World) -> None:
    owner = await world.account()
    async with world.platform.database.acting(owner).transaction() as session:
        role = await identity.roles.create_role(session, owner, "Night shift", ["launches:read", "launches:operate"])
    member = await world.member(owner, role.id)
    assert {each for each in member.grants if each.endswith(":account")} == {
        "launches:read:account", "launches:operate:account"
    }  # fmt: skip
    async with world.platform.database.acting(owner).transaction() as session:
        await identity.roles.update_role(session, owner, role.id, "Day shift", ["launches:read"])
    async with world.database.transaction() as session:
        user = await session.get_one(identity.User, member.id)
        account = await session.get_one(identity.Account, owner.account_id)
        now = await identity.actor_in(session, user, account)
    assert not now.may("launches:operate", account_id=owner.account_id)


@pytest.mark.parametrize("permissions", [[], ["nothing:known"], ["staff:manage"], ["launches:*"], ["*"]])
async def test_a_role_names_permissions_of_accounts_one_by_one(world: World, permissions: list[str]) -> None:
    owner = await world.account()
    with pytest.raises(Invalid):
        async with world.database.transaction() as session:
            await identity.roles.create_role(session, owner, "Odd", permissions)


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "a\x07b", "Owner", "VIEWER"])
async def test_a_role_needs_a_name_of_its_own(world: World, name: str) -> None:
    owner = await world.account()
    with pytest.raises((Invalid, Conflict)):
        async with world.database.transaction() as session:
            await identity.roles.create_role(session, owner, name, ["launches:read"])


async def test_two_roles_of_one_name_are_a_conflict_and_nothing_else_is_lost(world: World) -> None:
    owner = await world.account()
    async with world.database.transaction() as session:
        await identity.roles.create_role(session, owner, "Shift", ["launches:read"])
        with pytest.raises(Conflict):
            await identity.roles.create_role(session, owner, "Shift", ["team:read"])
        other = await identity.roles.create_role(session, owner, "Team", ["team:read"])
        with pytest.raises(Conflict):
            await identity.roles.update_role(session, owner, other.id, "Shift", ["team:read"])
    assert await world.scalar("SELECT count(*) FROM roles") == 2


async def test_nobody_makes_or_widens_a_role_beyond_their_own_rights(world: World) -> None:
    owner = await world.account()
    async with world.database.transaction() as session:
        role = await identity.roles.create_role(session, owner, "Role makers", ["roles:read", "roles:manage"])
        strong = await identity.roles.create_role(session, owner, "Strong", ["launches:terminate"])
    maker = await world.member(owner, role.id)
    async with world.database.transaction() as session:
        for wanted in (["launches:terminate"], ["account:close"], ["roles:read", "keys:manage"]):
            with pytest.raises(Denied):
                await identity.roles.create_role(session, maker, "More", wanted)
            with pytest.raises(Denied):
                await identity.roles.update_role(session, maker, role.id, "More", wanted)
        with pytest.raises(Denied):
            await identity.roles.update_role(session, maker, strong.id, "Weak", ["roles:read"])


async def test_a_role_in_use_stays(world: World) -> None:
    owner = await world.account()
    async with world.database.transaction() as session:
        role = await identity.roles.create_role(session, owner, "Shift", ["launches:read"])
        await identity.invitations.invite(session, owner, "new@example.com", role.id)
        with pytest.raises(Conflict):
            await identity.roles.delete_role(session, owner, role.id)


async def test_a_role_of_another_account_is_not_there(world: World) -> None:
    owner, stranger = await world.account(), await world.account()
    async with world.database.transaction() as session:
        role = await identity.roles.create_role(session, owner, "Shift", ["launches:read"])
    async with world.database.transaction() as session:
        for call in (
            identity.roles.get_role(session, stranger, role.id),
            identity.roles.update_role(session, stranger, role.id, "x", ["launches:read"]),
            identity.roles.delete_role(session, stranger, role.id),
        ):
            with pytest.raises(NotFound):
                await call


def test_only_the_owner_closes_and_hands_over() -> None:
    for role in builtin_roles.ACCOUNT_ROLES:
        grants = builtin_roles.account_grants(role.key)
        assert ({"account:close:account", "account:transfer:account"} <= grants) == (role.key == "owner")


def test_a_viewer_and_read_only_staff_change_nothing() -> None:
    assert all(":read:" in grant for grant in builtin_roles.account_grants("viewer"))
    assert all(":read:" in grant for grant in builtin_roles.staff_grants("read-only"))


def test_every_permission_belongs_to_somebody() -> None:
    for each in defined("account"):
        assert f"{each.name}:account" in builtin_roles.account_grants("owner")
    for each in defined("platform"):
        assert f"{each.name}:platform" in builtin_roles.staff_grants("superadmin")
    assert builtin_roles.account_grants("nobody knows") == frozenset()
