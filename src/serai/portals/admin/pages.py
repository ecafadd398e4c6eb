"""The admin: an overview of the platform, and the console's pages over all accounts."""

from datetime import timedelta

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from serai.kit import heartbeats
from serai.kit.errors import Conflict
from serai.kit.i18n import lazy
from serai.kit.web.navigation import NavItem, register
from serai.modules import audit, catalog, fleet, identity, launches, operations
from serai.portals.admin import accounts, mails, sign_in_providers, staff
from serai.portals.admin.billing import pages as billing_pages
from serai.portals.admin.catalog import pages as catalog_pages
from serai.portals.shared import audit as audit_pages
from serai.portals.shared import operations as operation_pages
from serai.portals.shared import systems as system_pages
from serai.portals.shared.access import ADMIN, acting, back_to, database, enter, page
from serai.portals.shared.visibility import who_may

register(
    "admin",
    NavItem(lazy("Overview"), "/admin", "layout-dashboard", order=10, exact=True),
    NavItem(lazy("Systems"), "/admin/systems", "server-2", order=20),
    NavItem(lazy("Operations"), "/admin/operations", "list-check", order=30),
    NavItem(lazy("Audit log"), "/admin/audit", "history", order=70, visible=who_may(audit.READ)),
)

router = APIRouter(prefix=ADMIN.base, include_in_schema=False, dependencies=[Depends(enter(ADMIN))])
_WORKER_SILENCE = timedelta(seconds=10)
_UNDER_WAY = ("queued", "running", "undoing")


@router.get("")
async def overview(request: Request) -> Response:
    identity.policy.PLATFORM_READ.require(acting(request))
    async with database(request).transaction() as session:
        systems = await launches.count_by_state(session, acting(request))
        work = await operations.count_by_state(session)
        workers = await heartbeats.alive(session, _WORKER_SILENCE)
        servers = await fleet.servers(session)
        products = await catalog.list_products(session, listed_only=False)
        releases = {each.id: each for each in await catalog.list_releases(session)}
    return page(
        request, "admin/overview.html", systems=systems, workers=workers, servers=servers,
        under_way=sum(work.get(state, 0) for state in _UNDER_WAY), failed=work.get("failed", 0),
        products=[(each, releases.get(each.release_id or "")) for each in products],
    )  # fmt: skip


@router.post("/releases/{release_id}/build")
async def build(request: Request, release_id: str) -> Response:
    """Ahead of the first launch, so that no customer waits for it."""
    try:
        async with database(request).transaction() as session:
            operation = await launches.request_build(session, acting(request), release_id)
    except Conflict as error:
        return back_to(request, "", error.message, "danger")
    return RedirectResponse(f"{ADMIN.base}/operations/{operation.id}", status_code=303)


for _part in (accounts, staff, audit_pages, system_pages, operation_pages, sign_in_providers, mails, catalog_pages, billing_pages):
    router.include_router(_part.router)
