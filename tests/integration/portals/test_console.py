"""Systems and operations: who sees what, credentials once, changes that ask first."""

import re

import pytest

from serai.modules import catalog
from tests.factories import World
from tests.integration.portals.conftest import SignedIn, Visitor
from tests.queries import counted


async def test_a_customer_sees_own_systems_and_staff_all(world: World, signed_in: SignedIn) -> None:
    owner = await world.ground()
    launch_id = await world.launch(owner, "acme")
    theirs, others, staff = await signed_in(owner), await signed_in(), await signed_in(staff=True)
    assert b"acme" in (await theirs.get("/console/systems")).body
    assert b"acme" not in (await others.get("/console/systems")).body
    assert (await others.get(f"/console/systems/{launch_id}")).status == 404
    assert (await others.get("/admin/systems")).status == 404
    assert b"acme" in (await staff.get("/admin/systems")).body
    # In the console staff are customers of their own.
    assert b"acme" not in (await staff.get("/console/systems")).body
    assert (await staff.get(f"/console/systems/{launch_id}")).status == 404
    assert (await staff.get(f"/admin/systems/{launch_id}")).status == 200


async def test_credentials_are_shown_once_and_to_the_customer_only(
    world: World, signed_in: SignedIn
) -> None:
    owner = await world.ground()
    path = f"systems/{await world.launch(owner, 'acme')}/credentials"
    theirs, staff = await signed_in(owner), await signed_in(staff=True)
    assert (await staff.send(f"/admin/{path}")).status == 404
    shown = await theirs.send(f"/console/{path}")
    assert (shown.status, shown.headers["cache-control"]) == (200, "no-store")
    assert len(re.findall(rb"data-secret ", shown.body)) == 3
    again = await theirs.send(f"/console/{path}")
    assert again.status == 303
    assert (await theirs.get(again.headers["location"])).body.count(b"data-secret ") == 0
    assert (await theirs.get(f"/console/{path}")).status == 303


async def test_terminating_needs_the_typed_name_also_at_the_server(
    world: World, signed_in: SignedIn
) -> None:
    owner = await world.ground()
    launch_id = await world.launch(owner, "acme")
    theirs = await signed_in(owner)
    await theirs.send(f"/console/systems/{launch_id}/terminate", confirmed_name="other")
    assert (await world.find("acme")).state == "running"
    await theirs.send(f"/console/systems/{launch_id}/terminate", confirmed_name="acme")
    assert (await world.find("acme")).state == "terminating"


async def test_a_change_that_does_not_fit_comes_back_with_a_toast(
    world: World, signed_in: SignedIn
) -> None:
    owner = await world.ground()
    launch_id = await world.launch(owner, "acme")
    theirs = await signed_in(owner)
    answer = await theirs.send(f"/console/systems/{launch_id}/start")
    assert (answer.status, answer.headers["location"]) == (303, f"/console/systems/{launch_id}")
    assert "serai_flash" in answer.headers["set-cookie"]
    assert (await theirs.send(f"/console/systems/{launch_id}/explode")).status == 404


async def test_an_operation_is_cancelled_and_tried_again(world: World, signed_in: SignedIn) -> None:
    owner = await world.ground()
    _, operation_id = await world.order(owner, "acme")
    theirs = await signed_in(owner)
    path = f"/console/operations/{operation_id}"
    assert b"data-open-dialog" in (await theirs.get(path)).body
    await theirs.send(f"{path}/cancel")
    assert (await world.run(operation_id)).state == "cancelled"
    await theirs.send(f"{path}/retry")
    assert (await world.run(operation_id)).state == "succeeded"
    snapshot = (await theirs.get(f"{path}/snapshot?after=0")).json
    assert (snapshot["state"], snapshot["progress"], snapshot["message"]) == (
        "succeeded", 100, "Everything is done.",
    )  # fmt: skip
    assert snapshot["redirect"].startswith("/console/systems/lch_")
    assert (await (await signed_in()).get(path)).status == 404


async def test_progress_is_told_in_the_reader_s_language(world: World, signed_in: SignedIn) -> None:
    owner = await world.ground()
    _, operation_id = await world.order(owner, "acme")
    theirs = await signed_in(owner)
    theirs.headers["cookie"] += "; serai_lang=ar"
    snapshot = (await theirs.get(f"/console/operations/{operation_id}/snapshot")).json
    assert snapshot["title"] == "إطلاق"
    assert all(not re.search("[A-Za-z]", step["title"]) for step in snapshot["steps"])


@pytest.mark.parametrize("path", ["/console/systems", "/console/operations", "/admin/systems", "/admin"])
async def test_a_list_costs_the_same_queries_however_long_it_is(
    world: World, signed_in: SignedIn, path: str
) -> None:
    owner = await world.ground()
    await world.order(owner, "first")
    theirs = await signed_in(owner, staff=False) if "console" in path else await signed_in(staff=True)
    await theirs.get(path)
    with counted(world.database) as few:
        await theirs.get(path)
    for number in range(8):
        await world.order(owner, f"more{number}")
    with counted(world.database) as many:
        await theirs.get(path)
    assert len(many) == len(few)


async def test_lists_are_paged_searched_and_filtered(world: World, signed_in: SignedIn) -> None:
    await world.server(capacity=50)
    await world.product()
    owner = await world.account()
    for number in range(23):
        await world.order(owner, f"shop{number}")
    theirs = await signed_in(owner)
    first = (await theirs.get("/console/systems")).body.decode()
    cursor = re.search(r"cursor=(lch_\w+)", first)
    assert cursor is not None
    second = (await theirs.get(f"/console/systems?cursor={cursor[1]}")).body.decode()
    assert [len(re.findall(r'<td><a href="/console/systems/', each)) for each in (first, second)] == [20, 3]
    assert b"shop22" in (await theirs.get("/console/systems?search=SHOP22")).body
    assert b"No system matches" in (await theirs.get("/console/systems?search=%25")).body
    assert b"No system matches" in (await theirs.get("/console/systems?state=stopped")).body


async def test_staff_have_a_release_built(world: World, signed_in: SignedIn) -> None:
    await world.server()
    release = await world.product(ready=False)
    staff = await signed_in(staff=True)
    assert b"Not built yet" in (await staff.get("/admin")).body
    answer = await staff.send(f"/admin/releases/{release.id}/build")
    assert answer.headers["location"].startswith("/admin/operations/op_")
    assert (await staff.get(answer.headers["location"])).status == 200
    async with world.database.transaction() as session:
        assert (await catalog.get_release(session, release.id)).state == "building"


async def test_an_order_that_cannot_be_is_told_in_the_form(
    world: World, signed_in: SignedIn, visitor: Visitor
) -> None:
    await world.server(capacity=1)
    await world.product()
    someone = await signed_in()
    order = {"product": "hello", "package": "free", "period": "monthly", "language": "en"}
    assert (await someone.send("/start", name="acme", **order)).status == 303
    taken = await someone.send("/start", name="acme", **order)
    assert (taken.status, b"acme is taken" in taken.body) == (409, True)
    full = await someone.send("/start", name="other", **order)
    assert (full.status, b"There is no room" in full.body) == (503, True)
    assert (await someone.send("/start", name="x y", **order)).status == 422
    assert (await someone.get("/start?product=hello&package=gone")).status == 404
    assert (await visitor.send("/start", name="acme", **order)).headers["location"] == "/signin"
