"""The storefront's pages and their place in its navigation."""

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from serai.kit.actor import Actor
from serai.kit.i18n import lazy
from serai.kit.web.navigation import NavItem, register
from serai.kit.web.templates import render
from serai.modules import catalog
from serai.portals.shared import offers, offers_charges, offers_special
from serai.portals.shared.access import database, recognise
from serai.portals.storefront import (
    invitations,
    payments,
    payments_webhook,
    signing_in,
    start,
    support,
    unknown_system,
    unsubscribe,
)

router = APIRouter(include_in_schema=False)
_known = APIRouter(dependencies=[Depends(recognise)])


def _is_signed_in(actor: Actor | None) -> bool:
    return actor is not None


register(
    "storefront",
    NavItem(lazy("Products"), "/", "building-store", order=10, exact=True),
    NavItem(lazy("My systems"), "/console/systems", "server-2", order=20, visible=_is_signed_in),
)


@_known.get("/")
async def home(request: Request) -> HTMLResponse:
    async with database(request).transaction() as session:
        products = await catalog.list_products(session)
    return render(request, "storefront/home.html", cards=[offers.card(product) for product in products])


@_known.get("/products/{slug}")
async def product(request: Request, slug: str, period: str = "", currency: str = "") -> HTMLResponse:
    """The texts, packages and prices of one product."""
    async with database(request).transaction() as session:
        found = await offers.product_called(session, slug)
        offered = offers.currencies(found)
        chosen = offers.choose_currency(offered, currency)
        sold = (*found.packages, *found.bundles)
        charges = await offers_charges.texts_of(session, found.id, [each.id for each in sold], chosen)
        special = await offers_special.prices_for(session, request.state.acting, (*sold, *found.addons))
    periods = offers.periods(found)
    period = offers.choose_period(periods, period or offers.most_offered(found))
    return render(
        request, "storefront/product.html", product=found, icon=offers.icon_of(found),
        packages=offers.packages(found, chosen, special=special, charges=charges), periods=periods,
        addons=offers.addons(found, chosen, special), currencies=offered, currency=chosen, period=period,
    )  # fmt: skip


for part in (signing_in, start, payments, invitations, support, unsubscribe):
    _known.include_router(part.router)
for part_router in (_known, unknown_system.router, payments_webhook.router):
    router.include_router(part_router)
