"""Who may do what with money."""

from serai.kit.i18n import lazy
from serai.kit.permissions import define

READ = define("billing", "read", lazy("See subscriptions, invoices and payments"), roles=("billing", "staff:finance"))
PAY = define("billing", "pay", lazy("Pay, top the wallet up, and change ways to pay"), roles=("billing", "staff:finance"))
SUBSCRIBE = define("billing", "subscribe", lazy("Order, change and cancel subscriptions"), roles=("billing", "staff:finance"))
PROFILE = define("billing", "profile", lazy("Change the billing address and how invoices are sent"), roles=("billing", "staff:finance"))
# Not for customers: what is reported is what they are billed for.
REPORT_USAGE = define("usage", "report", lazy("Report usage"), "platform")
REFUND = define("billing", "refund", lazy("Refund payments and issue credit notes"), "platform", roles=("staff:finance",))
ADJUST = define("billing", "adjust", lazy("Adjust wallets and credit limits"), "platform", roles=("staff:finance",))
APPROVE = define("billing", "approve", lazy("Approve transfers that arrived"), "platform", roles=("staff:finance",))
CONFIGURE = define("billing", "configure", lazy("Set up sellers, taxes and ways to pay"), "platform", roles=("staff:finance",))
