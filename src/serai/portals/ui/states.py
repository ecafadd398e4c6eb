"""States of operations, steps, launches and money as people see them: label, tone, icon."""

from serai.kit.i18n import LazyText, lazy

_Look = tuple[LazyText, str, str]

STATES: dict[str, _Look] = {
    "queued": (lazy("Queued"), "neutral", "clock"),
    "absent": (lazy("Not started"), "neutral", "circle-dashed"),
    "pending": (lazy("Waiting"), "neutral", "circle"),
    "running": (lazy("Running"), "success", "player-play"),
    "retrying": (lazy("Trying again"), "warning", "refresh"),
    "succeeded": (lazy("Done"), "success", "check"),
    "done": (lazy("Done"), "success", "check"),
    "failed": (lazy("Failed"), "danger", "x"),
    "skipped": (lazy("Skipped"), "neutral", "circle-minus"),
    "undoing": (lazy("Undoing"), "warning", "arrow-back-up"),
    "undone": (lazy("Undone"), "neutral", "arrow-back-up"),
    "cancelling": (lazy("Cancelling"), "warning", "ban"),
    "cancelled": (lazy("Cancelled"), "neutral", "ban"),
    "launching": (lazy("Launching"), "info", "rocket"),
    "creating": (lazy("Being created"), "info", "rocket"),
    "building": (lazy("Being built"), "info", "tool"),
    "ready": (lazy("Ready"), "success", "check"),
    "starting": (lazy("Starting"), "info", "player-play"),
    "stopping": (lazy("Stopping"), "warning", "player-stop"),
    "stopped": (lazy("Stopped"), "neutral", "player-stop"),
    "restarting": (lazy("Restarting"), "info", "reload"),
    "crashing": (lazy("Keeps failing"), "danger", "alert-triangle"),
    "suspended": (lazy("Suspended"), "warning", "player-pause"),
    "terminating": (lazy("Being removed"), "warning", "trash"),
    "terminated": (lazy("Removed"), "neutral", "trash"),
    "active": (lazy("Active"), "success", "check"),
    "deactivated": (lazy("At rest"), "warning", "player-pause"),
    "deleted": (lazy("Deleted"), "neutral", "trash"),
    "disabled": (lazy("Disabled"), "neutral", "ban"),
    "trial": (lazy("Trial"), "info", "clock"),
    "draft": (lazy("Draft"), "neutral", "edit"),
    "paid": (lazy("Paid"), "success", "check"),
    "due": (lazy("Due"), "warning", "clock"),
    "overdue": (lazy("Overdue"), "danger", "alert-circle"),
    "expired": (lazy("Expired"), "neutral", "clock"),
    "incomplete": (lazy("Awaiting payment"), "warning", "credit-card"),
    "awaiting_payment": (lazy("Awaiting payment"), "warning", "credit-card"),
    "requires_action": (lazy("Waiting for you"), "warning", "user"),
    "trialing": (lazy("Trial"), "info", "clock"),
    "past_due": (lazy("Payment overdue"), "danger", "alert-circle"),
    "paused": (lazy("Paused"), "neutral", "player-pause"),
    "ended": (lazy("Ended"), "neutral", "x"),
    "open": (lazy("Open"), "warning", "clock"),
    "void": (lazy("Void"), "neutral", "ban"),
    "uncollectible": (lazy("Written off"), "danger", "alert-circle"),
    "suspending": (lazy("Being suspended"), "warning", "player-pause"),
    "resuming": (lazy("Coming back"), "info", "player-play"),
    "resizing": (lazy("Being resized"), "info", "refresh"),
}
# In an operation or a step, "running" is on its way; of a system it is the goal.
WORK: dict[str, _Look] = {"running": (lazy("In progress"), "info", "player-play")}
_MOVING = {
    "launching", "creating", "building", "starting", "stopping", "restarting", "terminating",
    "suspending", "resuming", "resizing", "cancelling", "undoing", "retrying",
}  # fmt: skip


def _look(state: str, *, work: bool) -> _Look | None:
    return (WORK.get(state) if work else None) or STATES.get(state)


def tone(state: str, *, work: bool = False) -> str:
    """success, warning, danger, info or neutral; unknown states are neutral."""
    found = _look(state, work=work)
    return found[1] if found else "neutral"


def label(state: str, *, work: bool = False) -> str:
    found = _look(state, work=work)
    return str(found[0]) if found else state.replace("_", " ").capitalize()


def icon(state: str, *, work: bool = False) -> str:
    found = _look(state, work=work)
    return found[2] if found else "circle"


def is_moving(state: str, *, work: bool = False) -> bool:
    return state in _MOVING or (work and state == "running")
