"""/signin/second: the authenticator app, a passkey or a recovery code after the first factor."""

from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from serai.kit.db import Session
from serai.kit.errors import Invalid, SeraiError
from serai.kit.i18n import _
from serai.kit.origin import origin
from serai.kit.web.problems import status_of
from serai.kit.web.templates import flash, render
from serai.modules import identity
from serai.portals.shared import sign_in_mails
from serai.portals.shared.access import settings, system_database
from serai.portals.shared.browser import browser_of
from serai.portals.storefront.signing_in.arrival import arrive
from serai.portals.storefront.signing_in.forms import RecoveryForm, SecondStepForm
from serai.portals.ui.forms import Form, from_request

router = APIRouter()
_Prove = Callable[[Session, str], Awaitable[identity.Entry | None]]


@router.get("/signin/second")
async def second_form(request: Request) -> Response:
    return await _page(request, await from_request(SecondStepForm, request))


@router.post("/signin/second")
async def by_app(request: Request) -> Response:
    form = await from_request(SecondStepForm, request)
    vault = request.app.state.platform.vault

    async def prove(session: Session, browser: str) -> identity.Entry | None:
        return await identity.pending.second_step_by_totp(session, vault, browser, form.code.data or "")

    wrong = _("This code does not fit, or was used already. Wait for the next one.")
    return await _try(request, form, prove, wrong)


@router.get("/signin/recovery")
async def recovery_form(request: Request) -> Response:
    return await _page(request, await from_request(RecoveryForm, request))


@router.post("/signin/recovery")
async def by_recovery_code(request: Request) -> Response:
    form = await from_request(RecoveryForm, request)

    async def prove(session: Session, browser: str) -> identity.Entry | None:
        entry = await identity.pending.second_step_by_recovery_code(session, browser, form.code.data or "")
        if entry is not None:
            left = await identity.recovery.left(session, entry.user.id)
            await sign_in_mails.recovery_code_used(session, entry.user, left)
        return entry

    return await _try(request, form, prove, _("This recovery code is wrong or was used already."))


@router.post("/signin/second/passkey/options")
async def passkey_options(request: Request) -> Response:
    browser = browser_of(request)
    async with system_database(request).transaction() as session:
        found = await identity.pending.waiting(session, browser)
        text = await identity.passkeys.sign_in_options(session, settings(request), browser, found.user.id)
    return Response(text, media_type="application/json")


@router.post("/signin/second/passkey")
async def by_passkey(request: Request) -> Response:
    answer, browser = str((await request.form()).get("answer", "")), browser_of(request)
    try:
        async with system_database(request).transaction() as session:
            challenge = await identity.passkeys.take_challenge(session, browser)
        async with system_database(request).transaction() as session:
            wanted = (await identity.pending.waiting(session, browser)).next
            entry = await identity.pending.second_step_by_passkey(
                session, settings(request), browser, challenge, answer
            )
            return await arrive(request, session, entry, wanted)
    except Invalid as error:
        response = RedirectResponse("/signin/second", status_code=303)
        flash(response, error.message, "danger")
        return response
    except identity.pending.NothingPending as error:
        return _again(error)


async def _try(request: Request, form: SecondStepForm | RecoveryForm, prove: _Prove, wrong: str) -> Response:
    """Counted and committed first, proven after."""
    if not form.validate():
        return await _page(request, form, 422)
    browser = browser_of(request)
    by_recovery_code = isinstance(form, RecoveryForm)
    guessed = identity.throttle.RECOVERY if by_recovery_code else identity.throttle.SECOND
    try:
        async with system_database(request).transaction() as session:
            budgets = await identity.pending.count_try(session, browser, origin().ip, guessed)
        async with system_database(request).transaction() as session:
            wanted = (await identity.pending.waiting(session, browser)).next
            entry = await prove(session, browser)
            if entry is not None:
                await identity.throttle.refund(session, budgets)
                return await arrive(request, session, entry, wanted)
    except identity.pending.NothingPending as error:
        return _again(error)
    except SeraiError as error:
        form.take(error)
        return await _page(request, form, _status(error))
    form.code.errors = [wrong]
    return await _page(request, form, 422)


async def _page(request: Request, form: Form, status: int = 200) -> Response:
    try:
        async with system_database(request).transaction() as session:
            found = await identity.pending.waiting(session, browser_of(request))
    except identity.pending.NothingPending as error:
        return _again(error)
    template = "recovery" if isinstance(form, RecoveryForm) else "second"
    return render(request, f"storefront/{template}.html", status_code=status, form=form, pending=found)


def _again(error: SeraiError) -> Response:
    response = RedirectResponse("/signin", status_code=303)
    flash(response, error.message, "warning")
    return response


def _status(error: SeraiError) -> int:
    return 429 if isinstance(error, identity.throttle.TooManyAttempts) else status_of(error)
