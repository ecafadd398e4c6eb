"""What stands below /admin/billing, and its group in the navigation."""

from fastapi import APIRouter

from serai.kit.i18n import lazy
from serai.kit.web.navigation import NavItem, register
from serai.modules import billing
from serai.portals.admin.billing import (
    account_money,
    approvals,
    change,
    dashboard,
    dunning,
    gateways,
    invoice,
    invoices,
    payment,
    payments,
    reconciliation,
    sellers,
    subscriptions,
    taxes,
)
from serai.portals.admin.billing.common import HERE
from serai.portals.shared.visibility import who_may

_SEES = who_may(billing.policy.READ)
_GROUP = lazy("Billing")

for _order, _label, _path, _icon in (
    (80, lazy("Revenue"), "", "chart-line"),
    (81, lazy("Subscriptions"), "/subscriptions", "repeat"),
    (82, lazy("Invoices"), "/invoices", "file-invoice"),
    (83, lazy("Payments"), "/payments", "credit-card"),
    (84, lazy("Transfers to approve"), "/approvals", "hand-stop"),
    (85, lazy("Past due"), "/dunning", "alert-circle"),
    (86, lazy("Payouts"), "/payouts", "truck"),
    (87, lazy("Books"), "/books", "book"),
    (88, lazy("Gateways"), "/gateways", "plug"),
    (89, lazy("Sellers"), "/sellers", "building-store"),
    (90, lazy("Tax rates"), "/taxes", "receipt"),
):
    register(
        "admin",
        NavItem(
            _label, f"/admin{HERE}{_path}", _icon, order=_order, group=_GROUP, exact=not _path, visible=_SEES
        ),
    )

router = APIRouter()
for _part in (
    dashboard, change, subscriptions, invoices, invoice, payments, payment, approvals, reconciliation, dunning,
    gateways, sellers, taxes,
):  # fmt: skip
    router.include_router(_part.router, prefix=HERE)
router.include_router(account_money.router)
