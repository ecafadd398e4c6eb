"""Texts the browser's scripts need, as JSON in each page."""

from typing import Any

from serai.kit.i18n import _
from serai.portals.ui import states

_WORK_STATES = (
    "queued", "pending", "running", "retrying", "succeeded", "done", "failed", "skipped",
    "undoing", "undone", "cancelling", "cancelled",
)  # fmt: skip


def browser_messages() -> dict[str, Any]:
    """Keys are those of assets/src/messages.js; `{name}` marks a place."""
    return {
        "close": _("Close"),
        "copied": _("Copied"),
        "copy_failed": _("Copying is not allowed here: select the text and copy it yourself."),
        "request_failed": _("That did not work. Please try again."),
        "passkey_failed": _("The passkey was not used. Try again, or choose another way."),
        "passkey_known": _("This device has a passkey here already."),
        "attempt": _("attempt {number}"),
        "states": {
            name: {
                "label": states.label(name, work=True),
                "tone": states.tone(name, work=True),
                "icon": states.icon(name, work=True),
            }
            for name in _WORK_STATES
        },
    }
