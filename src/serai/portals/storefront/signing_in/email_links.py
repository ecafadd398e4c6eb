"""/email/…: the links that confirm or take back another e-mail address. Opening one changes nothing yet."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from serai.kit.errors import SeraiError
from serai.kit.i18n import _
from serai.kit.web.templates import flash, render
from serai.modules import identity
from serai.portals.shared import sign_in_mails
from serai.portals.shared.access import system_database

router = APIRouter()
_SAFE = {"Referrer-Policy": "no-referrer"}


@router.get("/email/confirm")
async def confirm_page(request: Request, token: str = "") -> Response:
    return render(request, "storefront/email_confirm.html", token=token, headers=_SAFE)


@router.post("/email/confirm")
async def confirm(request: Request) -> Response:
    token = str((await request.form()).get("token", ""))
    try:
        async with system_database(request).transaction() as session:
            change = await identity.email_change.confirm(session, token)
            await sign_in_mails.address_changed(session, change)
    except SeraiError as error:
        return _to("/console/settings/security", error.message, "danger")
    return _to("/console/settings/security", _("You now sign in with %(email)s.", email=change.new))


@router.get("/email/undo")
async def undo_page(request: Request, token: str = "") -> Response:
    return render(request, "storefront/email_undo.html", token=token, headers=_SAFE)


@router.post("/email/undo")
async def undo(request: Request) -> Response:
    token = str((await request.form()).get("token", ""))
    try:
        async with system_database(request).transaction() as session:
            undone = await identity.email_change.undo(session, token)
            await sign_in_mails.address_back(session, undone)
    except SeraiError as error:
        return _to("/signin", error.message, "danger")
    said = _("%(email)s is your address again, and everybody is signed out. Sign in, and look at your password "
             "and passkeys.", email=undone.email)  # fmt: skip
    return _to("/signin", " ".join(filter(None, (said, sign_in_mails.removed(undone)))))


def _to(path: str, message: object, tone: str = "success") -> Response:
    response = RedirectResponse(path, status_code=303)
    flash(response, message, tone)
    return response
