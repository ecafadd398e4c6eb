"""Systems: the list, one system, and what can be done with it. Served below /console and /admin."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.errors import Conflict, Invalid
from serai.kit.i18n import LazyText, _, lazy
from serai.modules import launches, operations
from serai.portals.shared.access import acting, back_to, database, page, portal_of, servers, vault
from serai.portals.shared.rows import Names, cut, system_row
from serai.portals.shared.system_detail import read_system

router = APIRouter()
_A_PAGE = 20
_LONGEST_SEARCH = 64
_STATES = ("running", "stopped", "awaiting_payment", "suspended", "failed", "terminated")


@dataclass(frozen=True, slots=True)
class _Change:
    work: Callable[[Session, Actor, str], Awaitable[operations.Operation]]
    said: LazyText


_CHANGES: Mapping[str, _Change] = {
    "stop": _Change(launches.stop, lazy("%(name)s is being stopped.")),
    "start": _Change(launches.start, lazy("%(name)s is being started.")),
    "restart": _Change(launches.restart, lazy("%(name)s is being restarted.")),
    "reset-password": _Change(launches.reset_password, lazy("%(name)s gets a new password.")),
    "terminate": _Change(launches.terminate, lazy("%(name)s is being removed.")),
}


@router.get("/systems")
async def systems(request: Request, search: str = "", state: str = "", cursor: str = "") -> Response:
    search, state = search.strip()[:_LONGEST_SEARCH], state if state in _STATES else ""
    async with database(request).transaction() as session:
        found = await launches.page(
            session, acting(request), state=state or None, search=search or None, before=cursor or None,
            limit=_A_PAGE + 1,
        )  # fmt: skip
        names = await Names.read(session)
    shown, next_cursor = cut(found, _A_PAGE)
    return page(
        request, "console/systems.html", rows=[system_row(each, names) for each in shown],
        next_cursor=next_cursor, cursor=cursor, search=search, state=state, states=_STATES,
    )  # fmt: skip


@router.get("/systems/{launch_id}")
async def system(request: Request, launch_id: str) -> Response:
    async with database(request).transaction() as session:
        detail = await read_system(session, acting(request), portal_of(request), launch_id)
    status = await launches.process_status(servers(request), detail.launch.id)
    return page(request, "console/system.html", system=detail, process=status)


@router.get("/systems/{launch_id}/credentials")
async def no_credentials(request: Request, launch_id: str) -> Response:
    """They are shown by the button only; a reload or a bookmark ends at the system."""
    return RedirectResponse(f"{portal_of(request).base}/systems/{launch_id}", status_code=303)


@router.post("/systems/{launch_id}/credentials")
async def credentials(request: Request, launch_id: str) -> Response:
    """Once, and to the customer only: staff would use it up for them."""
    if portal_of(request).for_staff:
        raise HTTPException(404)
    try:
        async with database(request).transaction() as session:
            detail = await read_system(session, acting(request), portal_of(request), launch_id)
            found = await launches.credentials(
                session, acting(request), vault(request), detail.launch.id, once=True
            )
    except Conflict as error:
        return back_to(request, f"/systems/{launch_id}", error.message, "danger")
    response = page(request, "console/credentials.html", system=detail, credentials=found)
    response.headers["Cache-Control"] = "no-store"
    return response


@router.post("/systems/{launch_id}/{change}")
async def change_system(request: Request, launch_id: str, change: str) -> Response:
    action = _CHANGES.get(change)
    if action is None:
        raise HTTPException(404)
    confirmed = str((await request.form()).get("confirmed_name", "")).strip()
    try:
        async with database(request).transaction() as session:
            launch = await launches.find(session, acting(request), launch_id)
            if change == "terminate":
                _require_name(launch, confirmed)
            await action.work(session, acting(request), launch.id)
    except (Conflict, Invalid) as error:
        return back_to(request, f"/systems/{launch_id}", error.message, "danger")
    return back_to(request, f"/systems/{launch_id}", action.said % {"name": launch.name}, "info")


def _require_name(launch: launches.Launch, typed: str) -> None:
    if typed != launch.name:
        raise Invalid(_("Type the name %(name)s to confirm.", name=launch.name))
