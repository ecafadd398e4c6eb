"""/signin: an e-mail address, then the code that was sent to it. New people are signed up by it."""

from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from serai.kit.errors import SeraiError
from serai.kit.i18n import _, get_locale
from serai.kit.web.problems import status_of
from serai.kit.web.sessions import clear_cookie, set_cookie, token_of
from serai.kit.web.templates import flash, render
from serai.modules import identity, notifications
from serai.portals.frame.access import desk, settings
from serai.portals.storefront.forms import CodeForm, SignInForm, show
from serai.portals.ui.forms import from_request

router = APIRouter()
_HOME = "/console/systems"


def local_path(wanted: str | None) -> str:
    """`wanted` when it is a path of this site, else the console: nobody is sent elsewhere."""
    if not wanted or not wanted.startswith("/") or not wanted.isprintable() or "\\" in wanted:
        return _HOME
    parts = urlsplit(wanted)
    return _HOME if parts.netloc or parts.scheme or wanted.startswith("//") else wanted


@router.get("/signin")
async def email_form(request: Request, next: str = "") -> Response:  # noqa: A002
    if request.state.actor is not None:
        return RedirectResponse(local_path(next), status_code=303)
    return _email_page(request, await from_request(SignInForm, request, next=local_path(next)))


@router.post("/signin")
async def send_code(request: Request) -> Response:
    form = await from_request(SignInForm, request)
    if not form.validate():
        return _email_page(request, form, 422)
    try:
        async with desk(request).transaction() as session:
            issued = await identity.request_code(session, form.email.data or "")
            subject = _("%(code)s is your code", code=issued.code)
            text = _(
                "Sign in to Serai with the code %(code)s. It works once and for %(minutes)s minutes. "
                "If you did not ask for it, ignore this message.",
                code=issued.code, minutes=issued.minutes,
            )  # fmt: skip
            await notifications.send_mail(session, issued.email, subject, text)
    except SeraiError as error:
        show(form, error)
        return _email_page(request, form, status_of(error))
    query = urlencode({"email": issued.email, "next": local_path(form.next.data)})
    response = RedirectResponse(f"/signin/code?{query}", status_code=303)
    if "again" in await request.form():
        flash(response, _("A new code is on its way. The one before no longer works."))
    return response


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
        async with desk(request).transaction() as session:
            signed = await identity.sign_in(
                session, form.email.data or "", form.code.data or "", get_locale()
            )
    except SeraiError as error:
        show(form, error)
        return _code_page(request, form, status_of(error))
    if signed is None:
        form.code.errors = [_("This code is wrong, used already or too old. Look again, or send a new one.")]
        return _code_page(request, form, 422)
    response = RedirectResponse(local_path(form.next.data), status_code=303)
    set_cookie(response, signed.token, secure=settings(request).scheme == "https")
    return response


@router.post("/signout")
async def sign_out(request: Request) -> Response:
    async with desk(request).transaction() as session:
        await identity.sign_out(session, token_of(request.cookies))
    response = RedirectResponse("/", status_code=303)
    clear_cookie(response, secure=settings(request).scheme == "https")
    flash(response, _("You are signed out."))
    return response


def _email_page(request: Request, form: SignInForm, status: int = 200) -> Response:
    return render(request, "storefront/signin.html", status_code=status, form=form)


def _code_page(request: Request, form: CodeForm, status: int = 200) -> Response:
    development = settings(request).has_mailbox
    return render(
        request, "storefront/code.html", status_code=status, form=form, email=form.email.data,
        next=local_path(form.next.data), development=development,
    )  # fmt: skip
