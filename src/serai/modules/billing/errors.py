"""What can go wrong with money. `ledger` has its own."""

from serai.kit.errors import Conflict, Invalid, NotFound


class SubscriptionNotFound(NotFound):
    code = "billing.subscription_not_found"


class InvoiceNotFound(NotFound):
    code = "billing.invoice_not_found"


class PaymentNotFound(NotFound):
    code = "billing.payment_not_found"


class MethodNotFound(NotFound):
    code = "billing.method_not_found"


class GatewayNotFound(NotFound):
    code = "billing.gateway_not_found"


class WrongStatus(Conflict):
    """The subscription's status does not allow this."""

    code = "billing.wrong_status"


class ChangedMeanwhile(Conflict):
    """Somebody else changed the subscription at the same moment; nothing was done."""

    code = "billing.changed_meanwhile"


class PaymentRequired(Conflict):
    """The order waits for its payment."""

    code = "billing.payment_required"


class NotRefundable(Invalid):
    code = "billing.not_refundable"
