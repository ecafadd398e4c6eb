"""What the storefront offers: bundles too, and what is hidden by link only."""

from serai.kit.actor import SYSTEM
from serai.modules import catalog
from tests.factories import World
from tests.integration.modules.catalog.goods import call, selling, sync
from tests.integration.portals.conftest import SignedIn, Visitor

START = "/start?product=hello&package={}"


async def test_packages_and_bundles_are_offered_and_addons_are_not(visitor: Visitor, world: World) -> None:
    await sync(world, selling(amount=0))
    page = (await visitor.get("/products/hello")).body.decode()
    assert "package=free" in page
    assert "package=both" in page
    assert "package=more" not in page


async def test_what_is_hidden_is_sold_by_its_link_and_what_is_retired_is_not(
    signed_in: SignedIn, world: World
) -> None:
    customer, package = await signed_in(), (await sync(world)).packages[0]
    for visibility, listed, by_link in (
        ("hidden", False, 200),
        ("retired", False, 404),
        ("public", True, 200),
    ):
        await call(world, catalog.edit_package, SYSTEM, package.id, visibility=visibility)
        shown = (await customer.get("/products/hello")).body
        assert (b"package=free" in shown, (await customer.get(START.format("free"))).status) == (
            listed,
            by_link,
        )
    assert (await customer.get(START.format("more"))).status == 404
