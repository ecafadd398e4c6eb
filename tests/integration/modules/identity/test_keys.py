"""API keys: never more than their maker, rotated with an overlap, ended at once."""

from datetime import timedelta

import pytest

from serai.kit.actor import Actor
from serai.kit.clock import MovableClock
from serai.kit.errors import Conflict, Denied, Invalid, Unauthenticated
from serai.modules import identity
from tests.factories import World


async def holder(world: World, clear: str) -> Actor:
    async with world.database.transaction() as session:
        return await identity.actor_of_token(session, clear)


async def make(world: World, actor: Actor, *scopes: str, days: int | None = None) -> tuple[str, str]:
    async with world.database.transaction() as session:
        row, clear = await identity.create_token(session, actor, "key", scopes=scopes, days=days)
    return row.id, clear


async def test_a_key_may_what_its_scopes_name(world: World) -> None:
    owner = await world.account()
    _, clear = await make(world, owner, "launches:read", "operations:*")
    assert (await holder(world, clear)).grants == {
        "launches:read:account", "operations:read:account", "operations:manage:account"
    }  # fmt: skip


async def test_a_key_loses_what_its_maker_loses(world: World) -> None:
    owner = await world.account()
    member = await world.member(owner, "admin")
    _, clear = await make(world, member, "*")
    assert "team:manage:account" in (await holder(world, clear)).grants
    async with world.database.transaction() as session:
        await identity.members.change_role(session, owner, member.id, "viewer")
    assert all(":read:" in each for each in (await holder(world, clear)).grants)
    async with world.database.transaction() as session:
        await identity.members.remove(session, owner, member.id)
    with pytest.raises(Unauthenticated):
        await holder(world, clear)


async def test_a_key_makes_no_key_that_may_more(world: World) -> None:
    """Neither by naming it, nor by asking for everything its maker may."""
    owner = await world.account()
    _, clear = await make(world, owner, "keys:manage", "keys:read")
    key = await holder(world, clear)
    for scopes in (["*"], ["keys:*", "launches:read"], ["*:*"]):
        with pytest.raises(Denied):
            await make(world, key, *scopes)
    _, second = await make(world, key, "keys:read")
    assert (await holder(world, second)).grants == {"keys:read:account"}


@pytest.mark.parametrize(
    ("name", "scopes", "days"),
    [("", ["*"], None), ("x" * 101, ["*"], None), ("k", [], None), ("k", ["no:such"], None),
     ("k", ["staff:manage"], None), ("k", ["*"], 0), ("k", ["*"], 367)],
)  # fmt: skip
async def test_a_key_that_makes_no_sense_is_refused(
    world: World, name: str, scopes: list[str], days: int | None
) -> None:
    owner = await world.account()
    with pytest.raises(Invalid):
        async with world.database.transaction() as session:
            await identity.create_token(session, owner, name, scopes=scopes, days=days)


async def test_rotating_leaves_a_time_in_which_both_work(world: World, moving: MovableClock) -> None:
    owner = await world.account()
    old_id, old = await make(world, owner, "launches:read", days=30)
    async with world.database.transaction() as session:
        row, new = await identity.rotate_token(session, owner, old_id, timedelta(hours=2))
    assert (row.rotated_from, row.scopes, row.name) == (old_id, ["launches:read"], "key")
    assert (await holder(world, old)).grants == (await holder(world, new)).grants
    moving.move(timedelta(hours=2, seconds=1))
    with pytest.raises(Unauthenticated):
        await holder(world, old)
    await holder(world, new)
    async with world.database.transaction() as session:
        with pytest.raises(Conflict):
            await identity.rotate_token(session, owner, old_id)
        with pytest.raises(Invalid):
            await identity.rotate_token(session, owner, row.id, timedelta(days=8))


async def test_its_last_use_is_noted_once_a_minute(world: World, moving: MovableClock) -> None:
    owner = await world.account()
    key_id, clear = await make(world, owner, "*")
    seen = []
    for pause in (0, 30, 31):
        moving.move(timedelta(seconds=pause))
        await holder(world, clear)
        seen.append(await world.scalar("SELECT last_used_at FROM api_tokens WHERE id = :id", id=key_id))
    assert seen[0] == seen[1] < seen[2]


async def test_a_platform_key_is_for_staff_and_goes_with_their_role(world: World) -> None:
    staff, boss = await world.account(staff=True, staff_role="support"), await world.account(staff=True)
    with pytest.raises(Denied):
        await world.token(staff, platform=True)
    clear = await world.token(boss, platform=True)
    assert (await holder(world, clear)).may("staff:manage")
    async with world.database.transaction() as session:
        await identity.staff.appoint(session, boss, staff.name, "superadmin")
        await identity.staff.appoint(session, boss, boss.name, "read-only")
    assert not (await holder(world, clear)).may("staff:manage")


async def test_a_deactivated_maker_s_keys_are_dead(world: World) -> None:
    owner, boss = await world.account(), await world.account(staff=True)
    clear = await world.token(owner)
    async with world.database.transaction() as session:
        await identity.staff.set_active(session, boss, owner.id, active=False)
    with pytest.raises(Unauthenticated):
        await holder(world, clear)


async def test_a_key_of_somebody_else_s_rights_is_not_rotated_into_one_s_own(world: World) -> None:
    owner = await world.account()
    member = await world.member(owner, "developer")
    key_id, clear = await make(world, member, "*")
    with pytest.raises(Denied):
        async with world.database.transaction() as session:
            await identity.rotate_token(session, owner, key_id)
    async with world.database.transaction() as session:
        _, new = await identity.rotate_token(session, member, key_id)
    assert (await holder(world, new)).grants == (await holder(world, clear)).grants


def test_what_people_type_as_a_pattern_costs_nothing_and_gives_nothing() -> None:
    from serai.kit.permissions import expand

    odd = tuple(f"[a-z]*{number}?:*[" for number in range(200))
    assert expand(odd, "account") == frozenset()
    assert expand(("launches:re*", "l*:read", "launches:read:x"), "account") == frozenset()
    assert expand(("launches:read",), "account") == {"launches:read:account"}
