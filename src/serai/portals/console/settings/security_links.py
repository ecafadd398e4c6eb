"""Sign-ins of other services that are linked to the person."""

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from serai.kit.errors import Invalid, SeraiError
from serai.kit.i18n import _
from serai.modules import identity
from serai.portals.console.settings.person import back, renew_session, signed_in_person, with_session
from serai.portals.shared import sign_in_mails
from serai.portals.shared.access import acting, database, page
from serai.portals.shared.browser import browser_of
from serai.portals.shared.departure import to_provider
from serai.portals.shared.paths import local_path
from serai.portals.shared.step_up import sudo

router = APIRouter(prefix="/settings/security", dependencies=[Depends(sudo)])
_FROM_HERE = {"same-origin", "none", ""}


@router.get("/link")
async def offer(request: Request, next: str = "") -> Response:  # noqa: A002
    """After a sign-in that began at a provider whose identity nobody has here yet."""
    async with database(request).transaction() as session:
        user = await signed_in_person(request, session)
        found = await identity.federation.link_offer(session, user, browser_of(request))
    if found is None:
        return RedirectResponse(local_path(next), status_code=303)
    return page(request, "console/settings/security_link.html", offer=found, next=local_path(next))


@router.post("/link")
async def accept(request: Request) -> Response:
    wanted = local_path(str((await request.form()).get("next", "")))
    async with database(request).transaction() as session:
        user = await signed_in_person(request, session)
        provider = await identity.federation.link_offered(session, acting(request), user, browser_of(request))
        await sign_in_mails.linked(session, user, provider.name)
        token = await renew_session(request, session)
    said = _("%(provider)s is linked.", provider=provider.name)
    return with_session(request, back(said, path=wanted), token)


@router.get("/links/{key}")
async def begin(request: Request, key: str) -> Response:
    """A link, not a form: the form policy of pages would stop the way to another site. So that no
    other site sends people here, the browser has to say that it comes from us."""
    if request.headers.get("sec-fetch-site", "") not in _FROM_HERE:
        raise Invalid(_("Begin this in your security settings."))
    try:
        return await to_provider(request, key, link=str(acting(request).user_id))
    except SeraiError as error:
        return back(error.message, "danger")


@router.post("/links/{link_id}/remove")
async def remove(request: Request, link_id: str) -> Response:
    async with database(request).transaction() as session:
        user = await signed_in_person(request, session)
        row = await identity.federation.unlink(session, acting(request), user, link_id)
        await sign_in_mails.unlinked(session, user, row.issuer)
        token = await renew_session(request, session)
    return with_session(request, back(_("It is no longer linked.")), token)
