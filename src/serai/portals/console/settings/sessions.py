"""/console/settings/sessions: where somebody is signed in as you, and the end of it."""

from fastapi import APIRouter, Depends, Request, Response

from serai.kit.i18n import _, lazy, ngettext
from serai.kit.web.navigation import NavItem, register
from serai.modules import identity
from serai.portals.console.settings.person import back
from serai.portals.shared.access import acting, database, page
from serai.portals.shared.step_up import sudo

SESSIONS = "/console/settings/sessions"
register(
    "settings", NavItem(lazy("Sessions"), SESSIONS, "heart-rate-monitor", order=25, group=lazy("You"))
)
router = APIRouter(prefix="/settings/sessions")
_WAYS = {
    "code": lazy("Code by e-mail"),
    "password": lazy("Password"),
    "passkey": lazy("Passkey"),
    "totp": lazy("Authenticator app"),
    "recovery": lazy("Recovery code"),
}


@router.get("")
async def sessions(request: Request) -> Response:
    async with database(request).transaction() as session:
        found = await identity.sessions.sessions(session, acting(request))
    rows = [(each, identity.device_name(each.user_agent), _way_in(each.method)) for each in found]
    return page(request, "console/settings/sessions.html", rows=rows, present=acting(request).session_id)


@router.post("/{session_id}/revoke", dependencies=[Depends(sudo)])
async def revoke(request: Request, session_id: str) -> Response:
    async with database(request).transaction() as session:
        await identity.sessions.revoke_session(session, acting(request), session_id)
    return back(_("That session was ended."), path=SESSIONS)


@router.post("/revoke-others", dependencies=[Depends(sudo)])
async def revoke_others(request: Request) -> Response:
    async with database(request).transaction() as session:
        count = await identity.sessions.revoke_other_sessions(session, acting(request))
    message = ngettext("%(num)s other session was ended.", "%(num)s other sessions were ended.", count)
    return back(message, path=SESSIONS)


def _way_in(method: str) -> str:
    """Such as "Password + Authenticator app"; other services by their key."""
    return " + ".join(str(_WAYS.get(each, each)) for each in method.split("+"))
