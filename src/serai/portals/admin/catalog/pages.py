"""/admin/catalog: what is sold, what it costs, coupons and special prices."""

from fastapi import APIRouter

from serai.kit.i18n import lazy
from serai.kit.web.navigation import NavItem, register
from serai.modules import catalog
from serai.portals.admin.catalog import charges, coupons, packages, prices, products, special_prices
from serai.portals.admin.catalog.common import HERE
from serai.portals.shared.visibility import who_may

register(
    "admin",
    NavItem(lazy("Catalogue"), f"/admin{HERE}", "packages", order=35, visible=who_may(catalog.policy.READ)),
)

router = APIRouter()
for _part in (products, packages, prices, charges, coupons, special_prices):
    router.include_router(_part.router, prefix=HERE)
