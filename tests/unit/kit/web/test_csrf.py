"""Forms are taken from our own pages only."""

import pytest
from starlette.responses import PlainTextResponse

from serai.kit.web.csrf import CsrfMiddleware
from tests.client import Client

client = Client(CsrfMiddleware(PlainTextResponse("done")))


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://evil.example"}, 200),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"}, 403),
        ({"Origin": "http://localhost"}, 200),
        ({"Origin": "http://acme.apps.localhost"}, 403),
        ({"Origin": "http://localhost:8080", "Host": "localhost"}, 403),
        ({"Origin": "null"}, 403),
        ({}, 200),
    ],
)
async def test_a_form_from_elsewhere_is_refused(headers: dict[str, str], status: int) -> None:
    assert (await client.post("/sign-in", headers=headers)).status == status
    assert (await client.get("/sign-in", headers=headers)).status == 200
    assert (await client.post("/api/v1/launches", headers=headers)).status == 200


async def test_the_refusal_is_a_problem_that_says_what_to_do() -> None:
    answer = await client.post("/sign-in", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.code == "cross_site_request"
    assert "another site" in answer.json["detail"]


@pytest.mark.parametrize("path", ["/apis", "/api", "//api/v1", "/console/api/"])
async def test_only_the_api_is_left_out(path: str) -> None:
    answer = await client.post(path, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status == 403
