"""Money: the books, wallets, subscriptions, usage, invoices and payments.

Owns: the ledger (`ledger_*`), `wallet_holds`, `legal_entities`, `billing_profiles`, `tax_rates`,
`subscriptions` and their events, `invoices` and their lines, `billed_periods`, `usage_*`, `gateways` and
all payments. Calls: catalog, notifications, identity.
Emits: `billing.subscription_{activated, changed, paused, unpaused, past_due, suspended, resumed, paid_up,
ended, …}` with `launch_id`, `billing.invoice_issued`, `.credit_note_issued`, `.invoice_credited`,
`.payment_{succeeded, failed, action_required}`, `.refund_{asked, succeeded, failed}`, `.dunning_{suspend,
warn, terminate}`, `.payout_arrived`, `.usage_{alert, cap}_reached` and changes of profiles, sellers,
gateways, methods and wallets.
"""

from serai.modules.billing import (
    invoices,
    ledger,
    notifications,
    payments,
    policy,
    previews,
    reports,
    revenue_recognition,
    subscriptions,
    tax,
    wallets,
)
from serai.modules.billing import jobs as _jobs  # noqa: F401 - registers
from serai.modules.billing import reactions as _following  # noqa: F401 - registers
from serai.modules.billing.errors import (
    ChangedMeanwhile,
    GatewayNotFound,
    InvoiceNotFound,
    MethodNotFound,
    NotRefundable,
    PaymentNotFound,
    PaymentRequired,
    SubscriptionNotFound,
    WrongStatus,
)
from serai.modules.billing.invoices import invoice_documents
from serai.modules.billing.payments import Gateways
from serai.modules.billing.plan_change import PlanChange, PlanChanged, plan_changed
from serai.modules.billing.profiles import countries, sellers
from serai.modules.billing.profiles import service as profiles
from serai.modules.billing.profiles.models import BillingProfile
from serai.modules.billing.schemas import InvoiceView, invoice_view
from serai.modules.billing.usage import ingesting, limits, watching

__all__ = [
    "BillingProfile",
    "ChangedMeanwhile",
    "GatewayNotFound",
    "Gateways",
    "InvoiceNotFound",
    "InvoiceView",
    "MethodNotFound",
    "NotRefundable",
    "PaymentNotFound",
    "PaymentRequired",
    "PlanChange",
    "PlanChanged",
    "SubscriptionNotFound",
    "WrongStatus",
    "countries",
    "ingesting",
    "invoice_documents",
    "invoice_view",
    "invoices",
    "ledger",
    "limits",
    "notifications",
    "payments",
    "plan_changed",
    "policy",
    "previews",
    "profiles",
    "reports",
    "revenue_recognition",
    "sellers",
    "subscriptions",
    "tax",
    "wallets",
    "watching",
]  # fmt: skip
