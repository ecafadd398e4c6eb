"""The words of states, kinds and steps, as staff read them."""

from collections.abc import Mapping

from serai.kit.i18n import LazyText, lazy

_Look = tuple[LazyText, str]

_SUBSCRIPTION: Mapping[str, _Look] = {
    "incomplete": (lazy("Waits for its payment"), "warning"),
    "trialing": (lazy("Trial"), "info"),
    "active": (lazy("Active"), "success"),
    "past_due": (lazy("Past due"), "danger"),
    "suspended": (lazy("Suspended"), "warning"),
    "paused": (lazy("Paused"), "neutral"),
    "cancelled": (lazy("Cancelled"), "neutral"),
    "ended": (lazy("Ended"), "neutral"),
}
_INVOICE: Mapping[str, _Look] = {
    "open": (lazy("Open"), "warning"),
    "paid": (lazy("Paid"), "success"),
    "uncollectible": (lazy("Written off"), "danger"),
    "draft": (lazy("Draft"), "neutral"),
    "void": (lazy("Void"), "neutral"),
}
_PAYMENT: Mapping[str, _Look] = {
    "pending": (lazy("Under way"), "info"),
    "requires_action": (lazy("Waits for the payer"), "warning"),
    "succeeded": (lazy("Succeeded"), "success"),
    "failed": (lazy("Failed"), "danger"),
    "cancelled": (lazy("Given up"), "neutral"),
}
_LOOKS = {"subscription": _SUBSCRIPTION, "invoice": _INVOICE, "payment": _PAYMENT, "refund": _PAYMENT}

MOVES: Mapping[str, LazyText] = {
    "new": lazy("New"), "expansion": lazy("Expansion"), "contraction": lazy("Contraction"),
    "churn": lazy("Churn"), "reactivation": lazy("Reactivation"),
}  # fmt: skip
BUCKETS: Mapping[str, LazyText] = {
    "not_due": lazy("Not due yet"), "days_30": lazy("1–30 days"), "days_60": lazy("31–60 days"),
    "days_90": lazy("61–90 days"), "older": lazy("Over 90 days"),
}  # fmt: skip
STEPS: Mapping[str, LazyText] = {
    "retry": lazy("Try to collect"), "suspend": lazy("Suspend"), "warn": lazy("Warn of the removal"),
    "terminate": lazy("Remove the system"),
}  # fmt: skip
PURPOSES: Mapping[str, LazyText] = {
    "invoice": lazy("Invoice"), "top_up": lazy("Top-up"), "save_method": lazy("Save a way to pay"),
}  # fmt: skip
KINDS: Mapping[str, LazyText] = {"invoice": lazy("Invoice"), "credit_note": lazy("Credit note")}
INVOICE_REASONS: Mapping[str, LazyText] = {
    "order": lazy("Order"), "renewal": lazy("Renewal"), "change": lazy("Change of plan"),
    "cancellation": lazy("Cancellation"), "manual": lazy("By staff"), "usage": lazy("Usage"),
    "trial_end": lazy("End of the trial"), "launch_failed": lazy("The launch failed"),
}  # fmt: skip
ACCOUNTS: Mapping[str, LazyText] = {
    "bank": lazy("Bank"), "gateway_clearing": lazy("On its way from gateways"), "gateway_fees": lazy("Gateways' fees"),
    "receivable": lazy("Owed by customers"), "wallet": lazy("Wallets"), "wallet_held": lazy("Set aside in wallets"),
    "revenue": lazy("Revenue"), "deferred_revenue": lazy("Revenue not earned yet"), "tax_payable": lazy("Tax to pay"),
    "write_offs": lazy("Written off"), "adjustments": lazy("Adjustments"),
    "commission_expense": lazy("Partners’ commissions"), "commission_payable": lazy("Owed to partners"),
}  # fmt: skip
TRANSFERS: Mapping[str, LazyText] = {
    "invoice": lazy("Invoice"), "credit_note": lazy("Credit note"), "payment": lazy("Payment"),
    "top_up": lazy("Top-up"), "gateway_fee": lazy("Gateway's fee"), "payout": lazy("Payout"),
    "adjustment": lazy("Adjustment"), "credit_to_wallet": lazy("Credited to the wallet"),
    "write_off": lazy("Written off"), "earned": lazy("Revenue earned"), "refund_asked": lazy("Refund asked for"),
    "refund_sent": lazy("Refund sent"), "refund_kept": lazy("Refund failed, kept in the wallet"),
    "wallet_payment": lazy("Paid from the wallet"), "wallet_refund": lazy("Given back to the wallet"),
    "hold_held": lazy("Set aside"), "hold_captured": lazy("Spent of what was set aside"),
    "hold_released": lazy("Free again"), "hold_rest": lazy("Rest free again"),
}  # fmt: skip
RULES: Mapping[str, LazyText] = {
    "every transfer's entries add up to zero": lazy("Every transfer's entries add up to zero"),
    "every transfer has at least two entries": lazy("Every transfer has at least two entries"),
    "every entry belongs to an account and is in its currency":
        lazy("Every entry belongs to an account and is in its currency"),
    "every kept balance is the sum of its entries": lazy("Every kept balance is the sum of its entries"),
    "no balance is below its limit": lazy("No balance is below its limit"),
    "all debits are all credits, in each currency": lazy("All debits are all credits, in each currency"),
}  # fmt: skip
_NOTICE_RESULTS: Mapping[str, LazyText] = {
    "about nothing of ours": lazy("About nothing of ours"), "pending": lazy("Payment under way"),
    "requires_action": lazy("Payment waits for the payer"), "succeeded": lazy("Payment succeeded"),
    "failed": lazy("Payment failed"), "cancelled": lazy("Payment given up"),
}  # fmt: skip


def badge(kind: str, state: str) -> tuple[str, str]:
    """Label and tone of a badge."""
    label, tone = _LOOKS[kind].get(state, (state, "neutral"))
    return str(label), tone


def states(kind: str) -> list[tuple[str, str]]:
    """For a filter."""
    return [(key, str(label)) for key, (label, _tone) in _LOOKS[kind].items()]


def said(texts: Mapping[str, LazyText], key: str) -> str:
    """What nobody has worded stands as it is."""
    return str(texts.get(key, key))


def notice_result(result: str | None) -> str:
    return said(_NOTICE_RESULTS, result or "")
