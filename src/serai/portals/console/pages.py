"""The console: what its navigation holds and which pages stand below /console."""

from fastapi import APIRouter, Depends
from fastapi.responses import RedirectResponse

from serai.kit.i18n import lazy
from serai.kit.web.navigation import NavItem, register
from serai.portals.console import operations, systems
from serai.portals.frame.access import CONSOLE, enter

register(
    "console",
    NavItem(lazy("Systems"), "/console/systems", "server-2", order=10),
    NavItem(lazy("Operations"), "/console/operations", "list-check", order=20),
)

router = APIRouter(prefix=CONSOLE.base, include_in_schema=False, dependencies=[Depends(enter(CONSOLE))])


@router.get("")
async def home() -> RedirectResponse:
    return RedirectResponse("/console/systems", status_code=303)


for _part in (systems, operations):
    router.include_router(_part.router)
