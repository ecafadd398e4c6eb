"""Subscriptions: what happened to them, the state that follows, and what the clock brings."""

from serai.modules.billing.subscriptions.actions import allowed_actions
from serai.modules.billing.subscriptions.changing import (
    ChangePreview,
    change,
    preview_change,
    withdraw_change,
)
from serai.modules.billing.subscriptions.ending import (
    cancel,
    give_back,
    pause,
    preview_cancellation,
    resume,
    withdraw_cancellation,
)
from serai.modules.billing.subscriptions.models import Subscription, SubscriptionEvent
from serai.modules.billing.subscriptions.ordering import Order, Ordered, order
from serai.modules.billing.subscriptions.planning import Choice, choose
from serai.modules.billing.subscriptions.quoting import Quote, Totals, quote
from serai.modules.billing.subscriptions.reading import (
    find,
    history,
    launches_at_rest,
    of_account,
    of_launch,
    packages_of_launches,
    page,
    periods_with_coupons,
    to_pay,
)
from serai.modules.billing.subscriptions.renewal_run import renew_all
from serai.modules.billing.subscriptions.repricing import move_price
from serai.modules.billing.subscriptions.state import AT_REST, Item, Plan, State
from serai.modules.billing.subscriptions.store import rebuild, state_of
from serai.modules.billing.subscriptions.upcoming import UpcomingInvoice, preview_renewal

__all__ = [
    "AT_REST", "ChangePreview", "Choice", "Item", "Order", "Ordered", "Plan", "Quote", "State", "Subscription",
    "SubscriptionEvent", "Totals", "UpcomingInvoice", "allowed_actions", "cancel", "change", "choose", "find", "give_back", "history",
    "launches_at_rest", "move_price", "of_account", "of_launch", "order", "packages_of_launches", "page", "pause", "periods_with_coupons",
    "preview_cancellation", "preview_change", "preview_renewal", "quote", "rebuild", "renew_all", "resume",
    "state_of", "to_pay", "withdraw_cancellation", "withdraw_change",
]  # fmt: skip
