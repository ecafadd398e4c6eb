"""Ways to pay, payments, refunds, webhooks and reconciliation."""

from serai.modules.billing.payments import (
    approving,
    collecting,
    methods,
    overdue,
    paying,
    queries,
    reading,
    reconciling,
    refunds,
    staff_queries,
    webhook_events,
    writing_off,
)
from serai.modules.billing.payments import jobs as _jobs  # noqa: F401 - registers
from serai.modules.billing.payments.gateways import SANDBOX, WALLET, Gateways, set_up, shown, switch
from serai.modules.billing.payments.lanes import LANES
from serai.modules.billing.payments.models import (
    GatewayAccount,
    Payment,
    PaymentMethod,
    PaymentRefund,
    Payout,
)
from serai.modules.billing.payments.paying import PaymentIntent

__all__ = [
    "LANES",
    "SANDBOX",
    "WALLET",
    "GatewayAccount",
    "Gateways",
    "Payment",
    "PaymentIntent",
    "PaymentMethod",
    "PaymentRefund",
    "Payout",
    "approving",
    "collecting",
    "methods",
    "overdue",
    "paying",
    "queries",
    "reading",
    "reconciling",
    "refunds",
    "set_up",
    "shown",
    "staff_queries",
    "switch",
    "webhook_events",
    "writing_off",
]  # fmt: skip
