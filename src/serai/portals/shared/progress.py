"""An operation as browsers show it, in the reader's language: in pages, by polling and by socket."""

from typing import Any

import msgspec

from serai.kit.i18n import _, gettext
from serai.modules.operations import OperationSnapshot


def progress_of(snapshot: OperationSnapshot, *, redirect: str | None = None) -> dict[str, Any]:
    """What assets/src/operation-view.js reads. `redirect` is where "Open" leads at the end."""
    shown: dict[str, Any] = msgspec.to_builtins(snapshot)
    shown["title"] = gettext(snapshot.title)
    for step, source in zip(shown["steps"], snapshot.steps, strict=True):
        step["title"] = gettext(source.title)
    shown["message"] = _message(snapshot)
    shown["redirect"] = redirect
    return shown


def _message(snapshot: OperationSnapshot) -> str:
    if snapshot.state == "failed":
        return snapshot.error or _("It failed.")
    if snapshot.state == "cancelled":
        return _("What had been done was undone.")
    if snapshot.state == "undoing":
        return _("What was done is being undone.")
    if snapshot.cancel_requested and not snapshot.finished:
        return _("It is being cancelled.")
    if snapshot.state == "queued":
        return _("Waiting for its turn.")
    running = next((step for step in snapshot.steps if step.state == "running"), None)
    if running is not None:
        return gettext(running.title)
    return _("Everything is done.") if snapshot.state == "succeeded" else ""
