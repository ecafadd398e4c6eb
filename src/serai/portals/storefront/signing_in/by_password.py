"""/signin/password: an address and a password, with the same answer whoever it is."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from serai.kit.errors import SeraiError
from serai.kit.i18n import _
from serai.kit.origin import origin
from serai.kit.web.problems import status_of
from serai.kit.web.templates import render
from serai.modules import identity
from serai.portals.shared.access import system_database
from serai.portals.shared.browser import browser_of, keep_browser
from serai.portals.shared.paths import local_path
from serai.portals.storefront.signing_in.arrival import arrive
from serai.portals.storefront.signing_in.forms import PasswordForm
from serai.portals.ui.forms import from_request

router = APIRouter()


@router.get("/signin/password")
async def password_form(request: Request, email: str = "", next: str = "") -> Response:  # noqa: A002
    if request.state.actor is not None:
        return RedirectResponse(local_path(next), status_code=303)
    form = await from_request(PasswordForm, request, email=email[:254], next=local_path(next))
    return _page(request, form)


@router.post("/signin/password")
async def sign_in(request: Request) -> Response:
    """The try is counted and committed before the password is looked at, outside of a transaction."""
    form = await from_request(PasswordForm, request)
    if not form.validate():
        return _page(request, form, 422)
    browser, password = browser_of(request), form.password.data or ""
    try:
        async with system_database(request).transaction() as session:
            guess = await identity.passwords.count_guess(
                session, form.email.data or "", browser, origin().ip
            )
        fits = await identity.passwords.verify(guess.stored, password)
    except SeraiError as error:
        form.take(error)
        return _page(request, form, _status(error))
    if not fits or guess.user is None:
        form.form_errors.append(
            _("E-mail or password is wrong. You can also sign in with a code by e-mail, or choose a new password.")
        )
        return _page(request, form, 422)
    return await _enter(request, guess, password, local_path(form.next.data))


async def _enter(request: Request, guess: identity.passwords.Guess, password: str, wanted: str) -> Response:
    assert guess.user is not None
    fresh = None
    if identity.passwords.is_outdated(guess.stored or ""):
        fresh = await identity.passwords.hash_password(password)
    async with system_database(request).transaction() as session:
        await identity.throttle.refund(session, guess.budgets)
        if fresh is not None:
            await identity.passwords.rehash(session, guess.user.id, fresh)
        entry = await identity.pending.enter(
            session, guess.user, "password", browser_of(request), next=wanted
        )
        return await arrive(request, session, entry, wanted)


def _status(error: SeraiError) -> int:
    return 429 if isinstance(error, identity.throttle.TooManyAttempts) else status_of(error)


def _page(request: Request, form: PasswordForm, status: int = 200) -> Response:
    form.password.data = None
    response = render(
        request, "storefront/password.html", status_code=status, form=form, next=local_path(form.next.data)
    )
    return keep_browser(request, response)
