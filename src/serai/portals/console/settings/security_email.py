"""Another e-mail address."""

from fastapi import APIRouter, Depends, Request, Response

from serai.kit.errors import SeraiError
from serai.kit.i18n import _
from serai.kit.web.problems import status_of
from serai.modules import identity
from serai.portals.console.settings.forms import EmailChangeForm
from serai.portals.console.settings.person import back, signed_in_person
from serai.portals.shared import sign_in_mails
from serai.portals.shared.access import database, page
from serai.portals.shared.step_up import sudo
from serai.portals.ui.forms import from_request

router = APIRouter(prefix="/settings/security/email", dependencies=[Depends(sudo)])


@router.get("")
async def email_form(request: Request) -> Response:
    return await _page(request, await from_request(EmailChangeForm, request))


@router.post("")
async def ask(request: Request) -> Response:
    form = await from_request(EmailChangeForm, request)
    if not form.validate():
        return await _page(request, form, 422)
    try:
        async with database(request).transaction() as session:
            user = await signed_in_person(request, session)
            change = await identity.email_change.ask(session, user, form.email.data or "")
            await sign_in_mails.confirm_address(session, change)
    except SeraiError as error:
        form.take(error)
        return await _page(request, form, status_of(error))
    return back(_("Open the link that we sent to %(email)s. Until then nothing changes.", email=change.new), "info")


async def _page(request: Request, form: EmailChangeForm, status: int = 200) -> Response:
    async with database(request).transaction() as session:
        user = await signed_in_person(request, session)
    response = page(request, "console/settings/security_email.html", form=form, email=user.email)
    response.status_code = status
    return response
