"""Who may do what with money."""

from serai.kit.i18n import lazy
from serai.kit.permissions import define

READ = define("billing", "read", lazy("See subscriptions, invoices and payments"))
PAY = define("billing", "pay", lazy("Pay, top the wallet up, and change ways to pay"))
SUBSCRIBE = define("billing", "subscribe", lazy("Order, change and cancel subscriptions"))
PROFILE = define("billing", "profile", lazy("Change the billing address and how invoices are sent"))
# Not for customers: what is reported is what they are billed for.
REPORT_USAGE = define("usage", "report", lazy("Report usage"), "platform")
REFUND = define("billing", "refund", lazy("Refund payments and issue credit notes"), "platform")
ADJUST = define("billing", "adjust", lazy("Adjust wallets and credit limits"), "platform")
APPROVE = define("billing", "approve", lazy("Approve transfers that arrived"), "platform")
CONFIGURE = define("billing", "configure", lazy("Set up sellers, taxes and ways to pay"), "platform")
