"""/signin/with/…: to another service and back, to sign in or to link it."""

from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from serai.kit.errors import Invalid, SeraiError
from serai.kit.i18n import _, get_locale
from serai.kit.origin import origin
from serai.kit.web.sessions import set_cookie
from serai.kit.web.templates import flash
from serai.modules import identity
from serai.portals.shared import sign_in_mails
from serai.portals.shared.access import session_token, settings, system_database
from serai.portals.shared.browser import browser_of, keep_browser
from serai.portals.shared.departure import to_provider
from serai.portals.shared.paths import local_path
from serai.portals.storefront.signing_in.arrival import arrive

router = APIRouter()
_SECURITY = "/console/settings/security"


@router.get("/signin/with/{key}")
async def begin(request: Request, key: str, next: str = "") -> Response:  # noqa: A002
    try:
        return await to_provider(request, key, next=local_path(next))
    except SeraiError as error:
        return _back(f"/signin?next={quote(local_path(next), safe='')}", error.message)


@router.get("/signin/with/{key}/callback")
async def come_back(
    request: Request, key: str, state: str = "", code: str = "", error: str = "", iss: str = ""
) -> Response:
    to = "/signin"
    try:
        async with system_database(request).transaction() as session:
            provider = await identity.federation.get_provider(session, key)
            ticket = await identity.federation.come_back(session, provider, state, browser_of(request))
        begun = dict(ticket.data)
        to = _SECURITY if begun.get("link") else to
        if error or not code:
            raise Invalid(_("%(provider)s did not sign you in.", provider=provider.name))
        claims = await identity.federation.redeem(
            settings(request), request.app.state.platform.vault, provider, begun, code, iss
        )
        async with system_database(request).transaction() as session:
            await identity.throttle.refund(session, [identity.throttle.departures(origin().ip)])
        if begun.get("link"):
            return await _link(request, provider, claims, str(begun["link"]))
        return await _sign_in(request, provider, claims, str(begun.get("next", "")))
    except SeraiError as failure:
        return _back(to, failure.message)


async def _sign_in(
    request: Request, provider: identity.IdentityProvider, claims: identity.federation.Claims, wanted: str
) -> Response:
    browser = browser_of(request)
    try:
        async with system_database(request).transaction() as session:
            user = await identity.federation.sign_in_with(session, provider, claims, get_locale())
            entry = await identity.pending.enter(session, user, provider.key, browser, next=wanted)
            return await arrive(request, session, entry, wanted)
    except identity.federation.MustLinkFirst as error:
        async with system_database(request).transaction() as session:
            await identity.federation.offer_link(session, provider, claims, browser)
        return keep_browser(request, _back(f"/signin?next={quote(wanted, safe='')}", error.message, "info"))


async def _link(
    request: Request, provider: identity.IdentityProvider, claims: identity.federation.Claims, user_id: str
) -> Response:
    """Only for who is still signed in as the one who began it."""
    actor = request.state.actor
    if actor is None or actor.user_id != user_id:
        raise Invalid(_("Sign in again, and link it then."))
    async with system_database(request).transaction() as session:
        user = await identity.people.person(session, actor)
        await identity.federation.link(session, actor, user, provider, claims)
        await sign_in_mails.linked(session, user, provider.name)
        token = await identity.sessions.rotate(session, session_token(request))
    response = _back(_SECURITY, _("%(provider)s is linked.", provider=provider.name), "success")
    set_cookie(response, token, secure=settings(request).is_secure)
    return response


def _back(path: str, message: object, tone: str = "danger") -> Response:
    response = RedirectResponse(path, status_code=303)
    flash(response, message, tone)
    return response
