"""Errors as pages in the layout: what happened, what to do, and what to tell support."""

from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import structlog
from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException

from serai.kit.errors import SeraiError, Unauthenticated
from serai.kit.i18n import LazyText, lazy
from serai.kit.origin import origin
from serai.kit.web.problems import status_of
from serai.kit.web.security_headers import content_security_policy
from serai.kit.web.templates import flash, render, toast_headers
from serai.portals.shared.access import NoAccount, SecondStepNeeded
from serai.portals.shared.step_up import StepUpNeeded, to_confirm

log = structlog.get_logger()

_Words = tuple[LazyText, LazyText, str]
_OTHER: _Words = (
    lazy("That did not work"),
    lazy("Go back and try it again. If it happens again, tell support the request id."),
    "alert-circle",
)
_WORDS: dict[int, _Words] = {
    400: (lazy("This address is broken"), lazy("Check the link you followed, or begin at the start page."),
          "link"),
    403: (lazy("You may not do this"), lazy("Ask somebody of your team who has the right to."), "lock"),
    404: (lazy("There is nothing here"),
          lazy("The address may be mistyped, or what was here has been removed."), "search"),
    405: (lazy("This page cannot be opened like that"),
          lazy("Go back and use the button on the page before."), "arrow-back-up"),
    409: (lazy("It has changed in the meantime"), lazy("Go back, reload the page and look again."), "refresh"),
    422: (lazy("Something in it is not right"), lazy("Go back, correct it and send it again."), "edit"),
    500: (lazy("Something went wrong on our side"),
          lazy("It is not your fault. Try again; if it happens again, tell support the request id."),
          "alert-triangle"),
    503: (lazy("Serai is catching its breath"),
          lazy("Nothing was lost. Try again in a few seconds."), "clock"),
}  # fmt: skip


def error_page(request: Request, error: SeraiError) -> Response:
    """A service's refusal; who is not signed in is sent to the sign-in form and then back."""
    if isinstance(error, Unauthenticated):
        return _to_sign_in(request)
    if isinstance(error, StepUpNeeded):
        return to_confirm(request)
    if isinstance(error, SecondStepNeeded):
        return to_confirm(request) if error.ready else _to_security(error)
    if isinstance(error, NoAccount):
        return RedirectResponse("/console/accounts", status_code=303)
    return _answer(request, status_of(error), error.message, error.code)


def http_error_page(request: Request, error: HTTPException) -> Response:
    # Its detail is only a second name for the status, and English.
    return _answer(request, error.status_code, None, f"http_{error.status_code}", error.headers)


def bug_page(request: Request) -> Response:
    """For what nobody foresaw. Even the layout may be what is broken, so there is a last resort."""
    try:
        response = _answer(request, 500, None, "internal")
    except Exception:
        log.exception("the error page failed")
        text = f"Something went wrong on our side. Request id: {origin().request_id}"
        response = Response(text, 500, media_type="text/plain")
    # Answered outside of the middlewares that set it elsewhere.
    response.headers["content-security-policy"] = content_security_policy()
    return response


def _to_security(error: SecondStepNeeded) -> Response:
    response = RedirectResponse("/console/settings/security", status_code=303)
    flash(response, error.message, "warning")
    return response


def _to_sign_in(request: Request) -> Response:
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    target = f"/signin?next={quote(here, safe='')}" if request.method == "GET" else "/signin"
    if "hx-request" in request.headers:
        return Response(status_code=204, headers={"HX-Redirect": "/signin"})
    return RedirectResponse(target, status_code=303)


def _answer(
    request: Request, status: int, message: str | None, code: str, headers: Any = None
) -> Response:
    heading, advice, icon = _WORDS.get(status, _OTHER)
    if "hx-request" in request.headers:
        toast = toast_headers(message or heading, "danger")
        return Response(status_code=status, headers={**toast, "HX-Reswap": "none"})
    fixed = {"Retry-After": "2"} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    return render(
        request, "frame/error.html", status_code=status, headers={**fixed, **(headers or {})},
        status=status, heading=heading, message=message, advice=advice, icon=icon, code=code,
        request_id=origin().request_id,
    )  # fmt: skip
