"""Who may enter which portal, and what its handlers begin with."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.exceptions import HTTPException

from serai.kit.actor import SYSTEM, Actor
from serai.kit.db import Database
from serai.kit.errors import Denied
from serai.kit.i18n import _
from serai.kit.secrets import Vault
from serai.kit.settings import Settings
from serai.kit.web.sessions import Recognise, load_actor, signed_in, token_of
from serai.kit.web.templates import flash, render
from serai.modules import fleet, identity
from serai.portals.shared.visits import VISIT


@dataclass(frozen=True, slots=True)
class Portal:
    """Console and admin show the same systems and operations, each below its `base`."""

    base: str
    layout: str
    for_staff: bool = False


class NoAccount(Denied):
    """The person has left, or was removed from, the account they were in; pages lead to the choice."""

    code = "identity.no_account"


class SecondStepNeeded(Denied):
    """`ready`: the person has one and only has to confirm with it."""

    code = "identity.second_step_needed"

    def __init__(self, message: str, *, ready: bool) -> None:
        super().__init__(message)
        self.ready = ready


_WITHOUT_ACCOUNT = (
    "/console/accounts", "/console/settings/profile", "/console/settings/security",
    "/console/settings/sessions", "/console/confirm",
)  # fmt: skip
CONSOLE = Portal("/console", "layouts/console.html")
ADMIN = Portal("/admin", "layouts/admin.html", for_staff=True)


def database(request: Request) -> Database:
    """Shows what the entered portal's actor may see; without one, what everybody may."""
    whole: Database = request.app.state.platform.database
    state = request.state
    return whole.acting(getattr(state, "acting", None) or getattr(state, "actor", None))


def system_database(request: Request) -> Database:
    """The reception, where nobody is known yet: signing in, links from mails. Sees everything."""
    whole: Database = request.app.state.platform.database
    return whole.acting(SYSTEM)


def settings(request: Request) -> Settings:
    found: Settings = request.app.state.platform.settings
    return found


def servers(request: Request) -> fleet.Fleet:
    found: fleet.Fleet = request.app.state.platform.fleet
    return found


def vault(request: Request) -> Vault:
    found: Vault = request.app.state.platform.vault
    return found


def session_token(request: Request) -> str:
    return token_of(request.cookies, secure=settings(request).is_secure)


def _recognition(request: Request) -> Recognise:
    """Staff without a second step are nobody special where it is compulsory."""
    strong_staff = settings(request).staff_needs_second_step
    return partial(identity.actor_of_session, strong_staff=strong_staff)


async def recognise(request: Request) -> None:
    """A dependency: who is signed in, kept in `request.state.actor`."""
    if "\0" in request.scope["path"] or b"%00" in request.scope["query_string"]:
        raise HTTPException(400)
    token = session_token(request)
    await load_actor(request, system_database(request), token, _recognition(request))
    actor: Actor | None = request.state.actor
    if actor is not None and actor.kind == "staff" and not request.url.path.startswith(ADMIN.base):
        actor = request.state.actor = await _visiting(request) or actor
    # Outside of the admin staff are customers like others and see their own account only.
    request.state.acting = actor.as_customer() if actor else None


async def _visiting(request: Request) -> Actor | None:
    """Whom a member of staff stands in for outside of the admin, if they visit an account."""
    token = VISIT.of(request.cookies, secure=settings(request).is_secure)
    if not token:
        return None
    async with system_database(request).transaction() as session:
        found = await identity.actor_of_session(session, token, visit=True)
    return found if found and found.impersonator == request.state.actor.name else None


def enter(portal: Portal) -> Callable[[Request], Any]:
    """A dependency: the sign-in form for who is not signed in, 404 for who may not know of it."""

    async def dependency(request: Request) -> None:
        await recognise(request)
        actor = signed_in(request)
        if portal.for_staff and actor.kind != "staff":
            raise HTTPException(404)
        request.state.portal = portal
        await _require_second_step(request, portal, actor)
        if portal.for_staff:
            request.state.acting = actor
        elif actor.account_id is None and not request.url.path.startswith(_WITHOUT_ACCOUNT):
            raise NoAccount(_("You are in no account just now. Choose one, or make one."))

    return dependency


async def _require_second_step(request: Request, portal: Portal, actor: Actor) -> None:
    """Where it is compulsory, nothing is open without it but the pages that set it up."""
    scope = "platform" if portal.for_staff else "account"
    if scope not in actor.withheld or request.url.path.startswith(_WITHOUT_ACCOUNT):
        return
    async with system_database(request).transaction() as session:
        proofs = await identity.step_up.proofs(session, await identity.people.person(session, actor))
    raise SecondStepNeeded(
        _("A second step is compulsory here. Set one up, and confirm with it."), ready=proofs.second_step
    )


def portal_of(request: Request) -> Portal:
    found: Portal = request.state.portal
    return found


def acting(request: Request) -> Actor:
    """For whom a handler of the entered portal calls services."""
    found: Actor = request.state.acting
    return found


def page(request: Request, template: str, **context: Any) -> HTMLResponse:
    """A page of the entered portal; templates extend `layout` and link below `base`."""
    portal = portal_of(request)
    return render(
        request, template, layout=portal.layout, base=portal.base, for_staff=portal.for_staff, **context
    )


def back_to(request: Request, path: str, message: object, tone: str = "success") -> RedirectResponse:
    """After a form: the page at `path` of the entered portal, with a toast."""
    response = RedirectResponse(f"{portal_of(request).base}{path}", status_code=303)
    flash(response, message, tone)
    return response
