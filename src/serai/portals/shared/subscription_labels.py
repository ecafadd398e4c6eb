"""What happened to a subscription, in words."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from serai.kit.i18n import LazyText, _, format_date, lazy
from serai.modules import billing

_Look = tuple[LazyText, str, str]
_PLAIN: Mapping[str, _Look] = {
    "created": (lazy("Ordered"), "shopping-cart", "neutral"),
    "ordered": (lazy("Waiting for its payment"), "clock", "warning"),
    "trial_started": (lazy("The trial began"), "flag", "info"),
    "activated": (lazy("A paid period began"), "check", "success"),
    "renewed": (lazy("Renewed"), "repeat", "success"),
    "changed": (lazy("Changed"), "switch-horizontal", "info"),
    "change_scheduled": (lazy("A change was planned for the next period"), "calendar", "info"),
    "change_withdrawn": (lazy("The planned change was taken back"), "arrow-back-up", "neutral"),
    "cancellation_scheduled": (lazy("Cancelled for the end of the period"), "calendar", "warning"),
    "cancellation_withdrawn": (lazy("The cancellation was taken back"), "arrow-back-up", "success"),
    "payment_failed": (lazy("A payment failed"), "alert-circle", "danger"),
    "paid_up": (lazy("What was overdue is paid"), "check", "success"),
    "suspended": (lazy("Suspended: it was not paid"), "lock", "danger"),
    "resumed": (lazy("Back after its payment"), "lock-open", "success"),
    "pause_withdrawn": (lazy("The planned pause was taken back"), "arrow-back-up", "info"),
    "pause_scheduled": (lazy("A pause was planned for the end of the period"), "calendar", "info"),
    "paused": (lazy("Paused"), "player-pause", "neutral"),
    "unpaused": (lazy("The pause ended"), "player-play", "success"),
    "cancelled": (lazy("Cancelled"), "x", "warning"),
    "ended": (lazy("Ended"), "x", "neutral"),
    "method_changed": (lazy("Another way to pay was chosen"), "credit-card", "neutral"),
    "coupon_added": (lazy("A coupon was used"), "ticket", "info"),
}
_REASONS: Mapping[str, LazyText] = {
    "by_customer": lazy("As you wished."),
    "unpaid": lazy("It stayed unpaid for too long."),
    "not_paid": lazy("The order was not paid within a day."),
    "launch_failed": lazy("The system could not be launched; everything was given back."),
    "by_staff": lazy("By our staff."),
    "system_removed": lazy("Its system was removed."),
}


def timeline(events: Sequence[billing.subscriptions.SubscriptionEvent], names: Mapping[str, str]) -> list[dict[str, Any]]:
    """As `ui.timeline` takes it, newest first. What is of no interest to its customer is left out."""
    shown = [each for each in events if each.type in _PLAIN and not _was_paid_at_once(each, events)]
    return [_entry(each, names) for each in reversed(shown)]


def reason_text(reason: str | None) -> str:
    return str(_REASONS.get(reason or "", ""))


def plan_text(plan: billing.subscriptions.Plan, names: Mapping[str, str]) -> str:
    """“Business, 2 × Disk”"""
    parts = []
    for item in plan.items:
        name = names.get(item.package_id, item.package)
        many = _("%(count)s × %(name)s", count=item.quantity, name=name)
        parts.append(name if item.quantity == 1 else many)
    return _(", ").join(parts)


def _was_paid_at_once(event: billing.subscriptions.SubscriptionEvent, events: Sequence[billing.subscriptions.SubscriptionEvent]) -> bool:
    """From the wallet: then nobody waited for anything."""
    return event.type == "ordered" and any(
        each.type == "activated" and each.at == event.at for each in events
    )


def _entry(event: billing.subscriptions.SubscriptionEvent, names: Mapping[str, str]) -> dict[str, Any]:
    title, icon, tone = _PLAIN[event.type]
    text = _TEXTS.get(event.type, _nothing)(event.data, names)
    return {"title": str(title), "text": text, "at": event.at, "icon": icon, "tone": tone}


def _nothing(data: Mapping[str, Any], names: Mapping[str, str]) -> str:
    return ""


def _plan(data: Mapping[str, Any], names: Mapping[str, str]) -> str:
    return plan_text(msgspec.convert(data["plan"], billing.subscriptions.Plan), names)


def _span(data: Mapping[str, Any], names: Mapping[str, str]) -> str:
    return _("%(start)s to %(end)s", start=_day(data["start"]), end=_day(data["end"]))


def _until(data: Mapping[str, Any], names: Mapping[str, str]) -> str:
    return _("Until %(day)s.", day=_day(data["until"]))


def _why(data: Mapping[str, Any], names: Mapping[str, str]) -> str:
    return reason_text(data.get("reason"))


def _resume(data: Mapping[str, Any], names: Mapping[str, str]) -> str:
    found = data.get("resume_at")
    return _("It goes on by itself on %(day)s.", day=_day(found)) if found else ""


def _coupon(data: Mapping[str, Any], names: Mapping[str, str]) -> str:
    return str(data["discount"]["code"])


def _day(value: str | datetime) -> str:
    return format_date(value if isinstance(value, datetime) else datetime.fromisoformat(value))


_TEXTS: Mapping[str, Callable[[Mapping[str, Any], Mapping[str, str]], str]] = {
    "created": _plan, "changed": _plan, "change_scheduled": _plan, "activated": _span, "renewed": _span,
    "trial_started": _until, "cancelled": _why, "ended": _why, "paused": _resume, "pause_scheduled": _resume,
    "coupon_added": _coupon,
}  # fmt: skip
