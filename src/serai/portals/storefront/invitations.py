"""/invitations/…: what the link in an invitation's mail leads to."""

from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from serai.kit.i18n import _
from serai.kit.web.sessions import signed_in
from serai.kit.web.templates import flash, render
from serai.modules import identity
from serai.portals.shared.access import acting, database, system_database

router = APIRouter()


@router.get("/invitations/{token}")
async def invitation(request: Request, token: str) -> Response:
    async with system_database(request).transaction() as session:
        found, account = await identity.invitations.invitation_of(session, token)
    names = {each.key: each.name for each in identity.roles.built_in()}
    sign_in = "/signin?" + urlencode({"next": request.url.path, "email": found.email})
    return render(
        request, "storefront/invitation.html", invitation=found, account=account, sign_in=sign_in,
        role=names.get(found.role, ""), headers={"Referrer-Policy": "no-referrer"},
    )  # fmt: skip


@router.post("/invitations/{token}")
async def accept(request: Request, token: str) -> Response:
    signed_in(request)
    async with database(request).transaction() as session:
        account = await identity.invitations.accept(session, acting(request), token)
        await identity.sessions.switch_account(session, acting(request), account.id)
    response = RedirectResponse("/console", status_code=303)
    flash(response, _("Welcome to %(name)s.", name=account.name))
    return response
