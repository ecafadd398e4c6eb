"""/no-such-system: what the edge shows at an address where no system answers."""

from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from serai.kit.i18n import LazyText, lazy
from serai.kit.web.templates import render
from serai.modules import launches
from serai.portals.shared.access import settings, system_database

router = APIRouter()

_Words = tuple[LazyText, LazyText, str]
_NOTHING: _Words = (
    lazy("There is no system at this address"),
    lazy("The address may be mistyped. If you were sent here, ask for the right one."),
    "search",
)
_SOON: _Words = (
    lazy("This system is being started"),
    lazy("It will be here in a moment. Try again in a few seconds."),
    "rocket",
)
_STOPPED: _Words = (
    lazy("This system is stopped"),
    lazy("Whoever runs it can start it again in the console."),
    "player-stop",
)
_GONE: _Words = (
    lazy("This system has been removed"),
    lazy("Its data and its address are gone for good."),
    "trash",
)
_UNPAID: _Words = (
    lazy("This system is suspended"),
    lazy("Something of it is still to be paid. Nothing is lost: it is back minutes after the payment."),
    "lock",
)
_AWAITED: _Words = (
    lazy("This system waits for its payment"),
    lazy("It begins as soon as its order is paid."),
    "credit-card",
)
_PAUSED: _Words = (
    lazy("This system is paused"),
    lazy("Whoever runs it can end the pause in the console. Its data stays."),
    "player-pause",
)
_CANCELLED: _Words = (
    lazy("This system has been cancelled"),
    lazy("Its data is kept for some days more, for a change of mind."),
    "player-pause",
)
_RESIZED: _Words = (
    lazy("This system gets more room"),
    lazy("It is restarted for that and back in a moment."),
    "rocket",
)
_WORDS = {
    "launching": _SOON, "starting": _SOON, "restarting": _SOON, "running": _SOON, "resuming": _SOON,
    "stopping": _STOPPED, "stopped": _STOPPED, "terminating": _GONE, "terminated": _GONE,
    "resizing": _RESIZED, "awaiting_payment": _AWAITED,
}  # fmt: skip
_RESTING = {"unpaid": _UNPAID, "paused": _PAUSED, "cancelled": _CANCELLED}
_BACK_SOON = {"Retry-After": "30"}


@router.get("/no-such-system")
async def no_such_system(request: Request) -> HTMLResponse:
    """Tells visitors the state of the system and nothing else. Never signed in: another host."""
    host = request.headers.get("host", "").rsplit(":", 1)[0].lower()
    async with system_database(request).transaction() as session:
        launch = await launches.by_host(session, host)
    heading, text, icon = _words_of(launch)
    status = _status_of(launch)
    public, name = settings(request).public_url, host.partition(".")[0]
    return render(
        request, "storefront/no_such_system.html", status_code=status,
        headers={"Cache-Control": "no-store"} | (_BACK_SOON if status == 503 else {}),
        heading=heading, text=text, icon=icon, host=host, retry=launch is not None and icon == "rocket",
        storefront=public, console=f"{public}/console/systems?search={quote(name)}" if status != 404 else "",
        pays=status == 402,
    )  # fmt: skip


def _words_of(launch: launches.Launch | None) -> _Words:
    if launch is None:
        return _NOTHING
    if launch.state in {"suspending", "suspended"}:
        return _RESTING.get(launch.suspension or "unpaid", _UNPAID)
    return _WORDS.get(launch.state, _NOTHING)


def _status_of(launch: launches.Launch | None) -> int:
    """402 for what a payment brings back, 503 for what comes back otherwise."""
    if launch is None:
        return 404
    if launch.state == "awaiting_payment" or _words_of(launch) is _UNPAID:
        return 402
    return 503 if launch.state in {"suspending", "suspended", "resuming", "resizing"} else 404
