"""/signin: an e-mail address, then the code that was sent to it. New people are signed up by it."""

from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from serai.kit.errors import SeraiError
from serai.kit.i18n import _, get_locale
from serai.kit.origin import origin
from serai.kit.web.problems import status_of
from serai.kit.web.templates import flash, render
from serai.modules import identity
from serai.portals.shared import sign_in_mails
from serai.portals.shared.access import settings, system_database
from serai.portals.shared.browser import browser_of, keep_browser
from serai.portals.shared.paths import local_path
from serai.portals.storefront.signing_in.arrival import arrive
from serai.portals.storefront.signing_in.forms import CodeForm, EmailForm
from serai.portals.ui.forms import from_request

router = APIRouter()


@router.get("/signin")
async def email_form(request: Request, next: str = "") -> Response:  # noqa: A002
    if request.state.actor is not None:
        return RedirectResponse(local_path(next), status_code=303)
    return await _email_page(request, await from_request(EmailForm, request, next=local_path(next)))


@router.post("/signin")
async def send_code(request: Request) -> Response:
    form = await from_request(EmailForm, request)
    if not form.validate():
        return await _email_page(request, form, 422)
    try:
        async with system_database(request).transaction() as session:
            issued = await identity.request_code(
                session, form.email.data or "", browser=browser_of(request), ip=origin().ip
            )
            await sign_in_mails.code(session, issued)
    except SeraiError as error:
        form.take(error)
        return await _email_page(request, form, status_of(error))
    query = urlencode({"email": issued.email, "next": local_path(form.next.data)})
    response = RedirectResponse(f"/signin/code?{query}", status_code=303)
    if "again" in await request.form():
        flash(response, _("A new code is on its way. The one before no longer works."))
    return keep_browser(request, response)


@router.get("/signin/code")
async def code_form(request: Request, email: str = "", next: str = "") -> Response:  # noqa: A002
    if request.state.actor is not None:
        return RedirectResponse(local_path(next), status_code=303)
    if not email:
        return RedirectResponse("/signin", status_code=303)
    return _code_page(request, await from_request(CodeForm, request, email=email, next=local_path(next)))


@router.post("/signin/code")
async def sign_in(request: Request) -> Response:
    """Errors are told after the transaction: a wrong code is counted, and that must be kept."""
    form = await from_request(CodeForm, request)
    if not form.validate():
        return _code_page(request, form, 422)
    try:
        async with system_database(request).transaction() as session:
            user = await identity.codes.redeem(
                session, form.email.data or "", form.code.data or "", get_locale(), browser_of(request),
                origin().ip,
            )
            if user is not None:
                wanted = local_path(form.next.data)
                entry = await identity.pending.enter(session, user, "code", browser_of(request), next=wanted)
                return await arrive(request, session, entry, wanted)
    except SeraiError as error:
        form.take(error)
        return _code_page(request, form, status_of(error))
    form.code.errors = [_("This code is wrong, used already or too old. Look again, or send a new one.")]
    return _code_page(request, form, 422)


async def _email_page(request: Request, form: EmailForm, status: int = 200) -> Response:
    async with system_database(request).transaction() as session:
        providers = await identity.federation.offered(session)
    return render(
        request, "storefront/signin.html", status_code=status, form=form, providers=providers,
        next=local_path(form.next.data),
    )  # fmt: skip


def _code_page(request: Request, form: CodeForm, status: int = 200) -> Response:
    return render(
        request, "storefront/code.html", status_code=status, form=form, email=form.email.data,
        next=local_path(form.next.data), development=settings(request).has_mailbox,
    )  # fmt: skip
