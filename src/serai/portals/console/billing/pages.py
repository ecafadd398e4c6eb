"""What stands below /console/billing, and its place in the navigation."""

from fastapi import APIRouter

from serai.kit.i18n import lazy
from serai.kit.web.navigation import NavItem, register
from serai.modules import billing
from serai.portals.console.billing import (
    change,
    details,
    export,
    invoices,
    limits,
    methods,
    overview,
    paying,
    statement,
    subscriptions,
    top_up,
    wallet,
)
from serai.portals.shared.visibility import who_may

_HERE = "/console/billing"
_SEES = who_may(billing.policy.READ)

register("console", NavItem(lazy("Billing"), _HERE, "receipt", order=30, visible=_SEES))
for _order, _label, _path, _icon in (
    (10, lazy("Overview"), _HERE, "layout-dashboard"),
    (20, lazy("Invoices"), f"{_HERE}/invoices", "file-invoice"),
    (30, lazy("Statement of account"), f"{_HERE}/statement", "clipboard-list"),
    (40, lazy("Wallet"), f"{_HERE}/wallet", "wallet"),
    (50, lazy("Ways to pay"), f"{_HERE}/methods", "credit-card"),
    (60, lazy("Billing details"), f"{_HERE}/details", "building"),
):
    register("billing", NavItem(_label, _path, _icon, order=_order, exact=_path == _HERE, visible=_SEES))

router = APIRouter()
for _part in (
    overview, export, change, limits, subscriptions, paying, invoices, statement, wallet, top_up, methods, details,
):  # fmt: skip
    router.include_router(_part.router, prefix="/billing")
