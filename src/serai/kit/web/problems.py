"""Errors as RFC 9457 problem documents (API); pages render their own."""

from collections.abc import Mapping

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from serai.kit.errors import (
    Conflict,
    Denied,
    Invalid,
    NotFound,
    SeraiError,
    Unauthenticated,
    Unavailable,
)
from serai.kit.origin import origin

STATUS: tuple[tuple[type[SeraiError], int], ...] = (
    (Unauthenticated, 401),
    (Invalid, 422),
    (NotFound, 404),
    (Denied, 403),
    (Conflict, 409),
    (Unavailable, 503),
)
_TITLES = {
    400: "Bad request", 401: "Not signed in", 403: "Not allowed", 404: "Not found",
    405: "Method not allowed", 409: "Conflict", 413: "Too large", 422: "Invalid input",
    429: "Too many requests", 500: "Internal error", 503: "Unavailable",
}  # fmt: skip


class Problem(msgspec.Struct, frozen=True):
    """RFC 9457, with our stable `code`, the fields at fault, and the request's id."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: dict[str, str]
    request_id: str | None


def status_of(error: SeraiError) -> int:
    return next((status for kind, status in STATUS if isinstance(error, kind)), 500)


def problem_response(
    status: int, code: str, detail: str, errors: Mapping[str, str] | None = None
) -> Response:
    problem = Problem(
        type=f"urn:serai:problem:{code}", title=_TITLES.get(status, "Error"), status=status,
        detail=detail, code=code, errors=dict(errors or {}), request_id=origin().request_id,
    )  # fmt: skip
    headers = {"Retry-After": "2"} if status == 503 else {}
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="serai"'
    body = msgspec.json.encode(problem)
    return Response(body, status, headers, media_type="application/problem+json")


def render_error(error: SeraiError) -> Response:
    return problem_response(status_of(error), error.code, error.message, error.fields)


def wants_problem(request: Request) -> bool:
    """The API, and whoever asks for JSON, gets problems; browsers get pages."""
    accepts = request.headers.get("accept", "")
    return request.url.path.startswith("/api/") or ("text/html" not in accepts and "json" in accepts)
