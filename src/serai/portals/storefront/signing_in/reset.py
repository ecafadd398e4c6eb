"""/signin/reset: a link by mail for who has forgotten the password."""

import structlog
from fastapi import APIRouter, BackgroundTasks, Request, Response
from fastapi.responses import RedirectResponse

from serai.kit.errors import Invalid, SeraiError
from serai.kit.i18n import _
from serai.kit.origin import origin
from serai.kit.web.problems import status_of
from serai.kit.web.templates import flash, render
from serai.modules import identity
from serai.portals.shared import sign_in_mails
from serai.portals.shared.access import settings, system_database
from serai.portals.storefront.signing_in.forms import EmailForm, NewPasswordForm
from serai.portals.ui.forms import from_request

router = APIRouter()
log = structlog.get_logger()


@router.get("/signin/reset")
async def ask_form(request: Request, email: str = "") -> Response:
    return _ask_page(request, await from_request(EmailForm, request, email=email[:254]))


@router.post("/signin/reset")
async def ask(request: Request, later: BackgroundTasks) -> Response:
    """Answered before anything is looked up, so that answer and time are the same for everybody."""
    form = await from_request(EmailForm, request)
    if not form.validate():
        return _ask_page(request, form, 422)
    try:
        email = identity.clean_email(form.email.data or "")
    except Invalid as error:
        form.take(error)
        return _ask_page(request, form, 422)
    later.add_task(_send_link, request, email, origin().ip)
    response = render(request, "storefront/reset_sent.html", email=email, development=settings(request).has_mailbox)
    response.background = later
    return response


async def _send_link(request: Request, email: str, ip: str | None) -> None:
    try:
        async with system_database(request).transaction() as session:
            link = await identity.password_reset.ask(session, email, ip)
            if link is not None:
                await sign_in_mails.reset_link(session, link)
    except SeraiError:
        log.exception("no reset link could be sent")


@router.get("/signin/reset/new")
async def new_form(request: Request, token: str = "") -> Response:
    """Opening the link uses nothing up: mail scanners open links, too."""
    try:
        async with system_database(request).transaction() as session:
            user = await identity.password_reset.owner(session, token)
    except Invalid as error:
        return _over(error)
    return _new_page(request, await from_request(NewPasswordForm, request, token=token), user.email)


@router.post("/signin/reset/new")
async def choose(request: Request) -> Response:
    form = await from_request(NewPasswordForm, request)
    token = form.token.data or ""
    try:
        async with system_database(request).transaction() as session:
            user = await identity.password_reset.owner(session, token)
    except Invalid as error:
        return _over(error)
    if not form.validate():
        return _new_page(request, form, user.email, 422)
    try:
        password = identity.passwords.check(form.password.data or "", [user.email, user.name])
        made_hash = await identity.passwords.hash_password(password)
        async with system_database(request).transaction() as session:
            user = await identity.password_reset.reset(session, token, made_hash, origin().ip)
            await sign_in_mails.password_changed(session, user)
    except SeraiError as error:
        form.take(error)
        return _new_page(request, form, user.email, status_of(error))
    response = RedirectResponse("/signin/password", status_code=303)
    flash(response, _("Your password is changed, and you are signed out everywhere. Sign in with the new one."))
    return response


def _over(error: Invalid) -> Response:
    response = RedirectResponse("/signin/reset", status_code=303)
    flash(response, error.message, "warning")
    return response


def _ask_page(request: Request, form: EmailForm, status: int = 200) -> Response:
    return render(request, "storefront/reset.html", status_code=status, form=form)


def _new_page(request: Request, form: NewPasswordForm, email: str, status: int = 200) -> Response:
    form.password.data = None
    return render(
        request, "storefront/reset_new.html", status_code=status, form=form, email=email,
        shortest=identity.passwords.SHORTEST, headers={"Referrer-Policy": "no-referrer"},
    )  # fmt: skip
