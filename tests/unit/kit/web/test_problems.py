"""Errors as RFC 9457 problems."""

import json

import pytest

from serai.kit.errors import Conflict, Denied, Invalid, NotFound, SeraiError, Unauthenticated, Unavailable
from serai.kit.origin import Origin, set_origin
from serai.kit.web.problems import render_error

MEMBERS = {"type", "title", "status", "detail", "code", "errors", "request_id"}


@pytest.mark.parametrize(
    ("kind", "status"),
    [(Invalid, 422), (NotFound, 404), (Denied, 403), (Unauthenticated, 401), (Conflict, 409),
     (Unavailable, 503), (SeraiError, 500)],
)  # fmt: skip
def test_each_kind_has_its_status_and_all_members(kind: type[SeraiError], status: int) -> None:
    response = render_error(kind("Do that.", fields={"name": "Too long."}))
    problem = json.loads(response.body)
    assert response.media_type == "application/problem+json"
    assert set(problem) == MEMBERS
    assert (response.status_code, problem["status"]) == (status, status)
    assert (problem["detail"], problem["errors"]) == ("Do that.", {"name": "Too long."})
    assert problem["type"] == f"urn:serai:problem:{kind.code}"
    assert ("retry-after" in response.headers) == (status == 503)
    assert ("www-authenticate" in response.headers) == (status == 401)


def test_the_request_s_id_is_told() -> None:
    set_origin(Origin(request_id="req_1"))
    assert json.loads(render_error(NotFound("no")).body)["request_id"] == "req_1"
    set_origin(Origin())
