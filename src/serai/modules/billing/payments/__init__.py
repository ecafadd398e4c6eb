"""Ways to pay, payments, refunds, webhooks and reconciliation."""

from serai.modules.billing.payments import (
    approving,
    collecting,
    desk,
    methods,
    notices,
    overdue,
    paying,
    queries,
    reading,
    reconciling,
    refunds,
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
from serai.modules.billing.payments.paying import Wish

__all__ = [
    "LANES", "SANDBOX", "WALLET", "GatewayAccount", "Gateways", "Payment", "PaymentMethod", "PaymentRefund",
    "Payout", "Wish", "approving", "collecting", "desk", "methods", "notices", "overdue", "paying", "queries",
    "reading", "reconciling", "refunds", "set_up", "shown", "switch", "writing_off",
]  # fmt: skip
