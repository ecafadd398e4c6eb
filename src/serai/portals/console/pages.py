"""The console: what its navigation holds and which pages stand below /console."""

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse

from serai.kit.i18n import lazy
from serai.kit.web.navigation import NavItem, register
from serai.modules import audit as audit_log
from serai.modules import launches
from serai.modules import operations as operations_
from serai.portals.console import (
    accounts,
    confirm,
    notifications,
    notifications_mails,
    notifications_settings,
    opening,
)
from serai.portals.console.billing import pages as billing
from serai.portals.console.settings import (
    account,
    keys,
    profile,
    provisioning,
    roles,
    security,
    sessions,
    team,
)
from serai.portals.shared import audit, operations, systems
from serai.portals.shared.access import CONSOLE, acting, enter
from serai.portals.shared.visibility import who_may

register(
    "console",
    NavItem(lazy("Systems"), "/console/systems", "server-2", order=10, visible=who_may(launches.policy.READ)),
    NavItem(
        lazy("Operations"),
        "/console/operations",
        "list-check",
        order=20,
        visible=who_may(operations_.policy.READ),
    ),
    NavItem(lazy("Settings"), "/console/settings", "settings", order=90),
)

register(
    "settings",
    NavItem(
        lazy("Audit log"),
        "/console/settings/audit",
        "history",
        order=70,
        group=lazy("Account"),
        visible=who_may(audit_log.READ),
    ),
)

router = APIRouter(prefix=CONSOLE.base, include_in_schema=False, dependencies=[Depends(enter(CONSOLE))])


@router.get("")
async def home(request: Request) -> RedirectResponse:
    """Where the person's role has something to see."""
    actor = acting(request)
    sees_systems = launches.policy.READ.allows(actor, account_id=actor.account_id)
    where = "/console/systems" if sees_systems else "/console/settings/profile"
    return RedirectResponse(where, status_code=303)


for _part in (
    opening, systems, operations, confirm, security, sessions, notifications, notifications_settings,
    notifications_mails, accounts, profile, account, team, roles, keys,
    provisioning, billing,
):  # fmt: skip
    router.include_router(_part.router)
router.include_router(audit.router, prefix="/settings")
