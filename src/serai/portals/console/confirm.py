"""/console/confirm: a fresh proof before something dangerous, by whatever the person has."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Length

from serai.kit.db import Session
from serai.kit.errors import Denied, SeraiError
from serai.kit.i18n import _, lazy_str
from serai.kit.origin import origin
from serai.kit.web.problems import status_of
from serai.kit.web.sessions import set_cookie
from serai.modules import identity
from serai.portals.shared import sign_in_mails
from serai.portals.shared.access import acting, page, session_token, settings, system_database
from serai.portals.shared.browser import browser_of, keep_browser
from serai.portals.shared.paths import local_path
from serai.portals.ui.forms import Form, from_request

router = APIRouter()
_Prove = Callable[[Session, identity.User], Awaitable[bool]]


class ConfirmByPassword(Form):
    password = PasswordField(lazy_str("Password"), [InputRequired(), Length(max=256)])
    next = HiddenField()


class ConfirmByCode(Form):
    code = StringField(lazy_str("Code"), [InputRequired(), Length(max=20)])
    next = HiddenField()


@router.get("/confirm")
async def confirm_page(request: Request, next: str = "") -> Response:  # noqa: A002
    return await _page(request, local_path(next))


@router.post("/confirm/password")
async def by_password(request: Request) -> Response:
    form = await from_request(ConfirmByPassword, request)
    wanted = local_path(form.next.data)
    if not form.validate():
        return await _page(request, wanted, 422, by_password=form)
    try:
        async with system_database(request).transaction() as session:
            user = await identity.people.person(session, acting(request))
            guess = await identity.passwords.count_guess(session, user.email, browser_of(request), origin().ip)
        if await identity.passwords.verify(guess.stored, form.password.data or ""):
            async with system_database(request).transaction() as session:
                await identity.throttle.refund(session, guess.budgets)
                return await _confirmed(request, session, user, "password", wanted)
        form.password.errors = [_("This password is wrong.")]
    except SeraiError as error:
        form.take(error)
    return await _page(request, wanted, 422, by_password=form)


@router.post("/confirm/app")
async def by_app(request: Request) -> Response:
    form = await from_request(ConfirmByCode, request)
    vault = request.app.state.platform.vault

    async def prove(session: Session, user: identity.User) -> bool:
        return await identity.totp.use(session, user.id, vault, form.code.data or "")

    return await _by_code(request, form, "totp", prove)


@router.post("/confirm/code/send")
async def send_code(request: Request) -> Response:
    wanted = local_path(str((await request.form()).get("next", "")))
    try:
        async with system_database(request).transaction() as session:
            user = await _who_may_use_mail(request, session)
            issued = await identity.request_code(
                session, user.email, browser=browser_of(request), ip=origin().ip
            )
            await sign_in_mails.code(session, issued)
    except identity.TooManyCodes as error:
        form = await from_request(ConfirmByCode, request)
        form.take(error)
        return await _page(request, wanted, status_of(error), by_mail=form)
    return keep_browser(request, await _page(request, wanted, sent=True))


@router.post("/confirm/code")
async def by_mail(request: Request) -> Response:
    form = await from_request(ConfirmByCode, request)

    async def prove(session: Session, user: identity.User) -> bool:
        await _who_may_use_mail(request, session)
        return await identity.codes.check(session, user.email, form.code.data or "", browser_of(request), origin().ip)

    return await _by_code(request, form, "code", prove)


@router.post("/confirm/passkey/options")
async def passkey_options(request: Request) -> Response:
    async with system_database(request).transaction() as session:
        user = await identity.people.person(session, acting(request))
        text = await identity.passkeys.sign_in_options(
            session, settings(request), browser_of(request), user.id
        )
    return keep_browser(request, Response(text, media_type="application/json"))


@router.post("/confirm/passkey")
async def by_passkey(request: Request) -> Response:
    form = await request.form()
    answer, wanted = str(form.get("answer", "")), local_path(str(form.get("next", "")))
    try:
        async with system_database(request).transaction() as session:
            challenge = await identity.passkeys.take_challenge(session, browser_of(request))
        async with system_database(request).transaction() as session:
            user = await identity.people.person(session, acting(request))
            owner = await identity.passkeys.recognise(session, settings(request), challenge, answer)
            if owner.id != user.id:
                raise Denied(_("This passkey belongs to another person."))
            return await _confirmed(request, session, user, "passkey", wanted)
    except SeraiError as error:
        by_password = await from_request(ConfirmByPassword, request)
        by_password.take(error)
        return await _page(request, wanted, 422, by_password=by_password)


async def _by_code(request: Request, form: ConfirmByCode, method: str, prove: _Prove) -> Response:
    """Counted and committed first, proven after."""
    wanted = local_path(form.next.data)
    shown = {"by_app" if method == "totp" else "by_mail": form}
    if not form.validate():
        return await _page(request, wanted, 422, sent=True, **shown)
    browser = browser_of(request)
    try:
        async with system_database(request).transaction() as session:
            user = await identity.people.person(session, acting(request))
            device = await identity.devices.known(session, browser, user.id)
            budgets = identity.throttle.budgets("second", user.id, origin().ip, device)
            await identity.throttle.spend(session, budgets, user.id)
        async with system_database(request).transaction() as session:
            if await prove(session, user):
                await identity.throttle.refund(session, budgets)
                return await _confirmed(request, session, user, method, wanted)
        form.code.errors = [_("This code is wrong, used already or too old.")]
    except SeraiError as error:
        form.take(error)
    return await _page(request, wanted, 422, sent=True, **shown)


async def _confirmed(
    request: Request, session: Session, user: identity.User, method: str, wanted: str
) -> Response:
    token = await identity.step_up.confirmed(session, acting(request), session_token(request), method)
    response = RedirectResponse(wanted, status_code=303)
    set_cookie(response, token, secure=settings(request).is_secure)
    return response


async def _who_may_use_mail(request: Request, session: Session) -> identity.User:
    user = await identity.people.person(session, acting(request))
    if not (await identity.step_up.proofs(session, user)).code:
        raise Denied(_("Confirm with your passkey or authenticator app."))
    return user


async def _page(
    request: Request, wanted: str, status: int = 200, *, sent: bool = False, **forms: Form
) -> Response:
    async with system_database(request).transaction() as session:
        user = await identity.people.person(session, acting(request))
        proofs = await identity.step_up.proofs(session, user)
    if acting(request).withheld and proofs.second_step:
        proofs = replace(proofs, password=False)  # it would not be enough
    shown = {
        "by_password": forms.get("by_password") or ConfirmByPassword(data={"next": wanted}),
        "by_app": forms.get("by_app") or ConfirmByCode(data={"next": wanted}, prefix=""),
        "by_mail": forms.get("by_mail") or ConfirmByCode(data={"next": wanted}),
    }
    response = page(
        request, "console/confirm.html", proofs=proofs, next=wanted, email=user.email, sent=sent,
        development=settings(request).has_mailbox, **shown,
    )  # fmt: skip
    response.status_code = status
    return response
