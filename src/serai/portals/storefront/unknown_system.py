"""/no-such-system: what the edge shows at an address where no system answers."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from serai.kit.i18n import LazyText, lazy
from serai.kit.web.templates import render
from serai.modules import launches
from serai.portals.frame.access import desk, settings

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
_WORDS = {
    "launching": _SOON, "starting": _SOON, "restarting": _SOON, "running": _SOON,
    "stopping": _STOPPED, "stopped": _STOPPED, "terminating": _GONE, "terminated": _GONE,
}  # fmt: skip


@router.get("/no-such-system")
async def no_such_system(request: Request) -> HTMLResponse:
    """Tells visitors the state of the system and nothing else. Never signed in: another host."""
    host = request.headers.get("host", "").rsplit(":", 1)[0].lower()
    async with desk(request).transaction() as session:
        launch = await launches.by_host(session, host)
    heading, text, icon = _WORDS.get(launch.state, _NOTHING) if launch else _NOTHING
    return render(
        request, "storefront/no_such_system.html", status_code=404, headers={"Cache-Control": "no-store"},
        heading=heading, text=text, icon=icon, host=host, retry=launch is not None and icon == "rocket",
        storefront=settings(request).public_url,
    )  # fmt: skip
