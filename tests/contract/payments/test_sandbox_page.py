"""The sandbox's hosted page, in the application's own frame, over the driver."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import cast
from urllib.parse import urlencode

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from serai.contracts.payments import Charge, Gateway, Outcome
from serai.kit.errors import NotFound, SeraiError
from serai.kit.i18n import PSEUDO, use_locale
from serai.kit.money import Money
from serai.kit.web.preferences import LANGUAGE_COOKIE, PreferencesMiddleware
from serai.kit.web.problems import status_of
from serai.portals.sandbox.pages import router
from serai.portals.ui import setup
from tests.client import Answered, Client
from tests.contract.payments.conftest import MakeCase
from tests.contract.payments.own_cases import GOOD, POOR, SCA, SandboxCase

PORTALS = Path(setup.__file__).parents[1]


@pytest.fixture
async def case(make_case: MakeCase) -> SandboxCase:
    return cast("SandboxCase", await make_case("sandbox"))


@pytest.fixture
def client(case: SandboxCase) -> Client:
    """`platform.gateway` is what the composition gives the pages."""

    async def gateway(key: str) -> Gateway:
        if key != "sandbox":
            raise NotFound("not set up")
        return case.gateway

    app = FastAPI()
    app.add_middleware(PreferencesMiddleware)
    setup.install(app, [PORTALS / name / "templates" for name in ("shared", "sandbox")])
    app.include_router(router)
    app.state.platform = SimpleNamespace(gateway=gateway)

    @app.exception_handler(SeraiError)
    async def shown(request: Request, error: SeraiError) -> JSONResponse:
        return JSONResponse({"code": error.code}, status_of(error))

    return Client(app)


async def begin(case: SandboxCase, **changed: object) -> tuple[Charge, Outcome, str]:
    charge = case.charge(**changed)
    outcome = await case.gateway.start(charge)
    assert outcome.redirect_url is not None
    return charge, outcome, outcome.redirect_url.removeprefix("https://serai.test")


async def send(client: Client, path: str, **fields: str) -> Answered:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    return await client.post(path, urlencode(fields).encode(), headers=headers)


async def test_the_page_says_what_it_is_and_what_is_paid(case: SandboxCase, client: Client) -> None:
    _charge, _outcome, path = await begin(case)
    answer = await client.get(path)
    text = answer.body.decode()
    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-store"
    for wanted in ("Sandbox: no real money", "29.00", "Starter, March 2026", "Mona Ali", "Save this card"):
        assert wanted in text
    assert len(re.findall(r"\?card=\d{16}", text)) == 5


async def test_a_button_fills_the_number(case: SandboxCase, client: Client) -> None:
    _charge, _outcome, path = await begin(case)
    assert f'value="{SCA}"' in (await client.get(f"{path}?card={SCA}")).body.decode()
    assert 'value="4111' not in (await client.get(f"{path}?card=4111111111111111")).body.decode()


async def test_a_card_is_paid_with_and_saved(case: SandboxCase, client: Client) -> None:
    charge, outcome, path = await begin(case)
    answer = await send(client, path, number=GOOD, expires="12/34", save="y")
    assert (answer.status, answer.headers["location"]) == (303, charge.return_url)
    seen = await case.gateway.sync(charge.id, outcome.reference)
    assert seen.state == "succeeded"
    assert seen.method is not None
    assert "Paid" in (await client.get(path)).body.decode()


async def test_the_second_page_asks_whether_it_is_you(case: SandboxCase, client: Client) -> None:
    charge, outcome, path = await begin(case)
    answer = await send(client, path, number=SCA, expires="12/34")
    assert answer.headers["location"] == path
    text = (await client.get(path)).body.decode()
    assert "Confirm it is you" in text
    assert "Card number" not in text
    assert (await send(client, path, answer="approve")).headers["location"] == charge.return_url
    seen = await case.gateway.sync(charge.id, outcome.reference)
    assert (seen.state, seen.method) == ("succeeded", None)


async def test_a_decline_leads_back_and_says_so(case: SandboxCase, client: Client) -> None:
    charge, outcome, path = await begin(case)
    assert (await send(client, path, number=POOR, expires="12/34")).headers["location"] == charge.return_url
    assert (await case.gateway.sync(charge.id, outcome.reference)).code == "insufficient_funds"
    assert "Not paid" in (await client.get(path)).body.decode()


async def test_wrong_input_stays_on_the_page_and_is_explained(case: SandboxCase, client: Client) -> None:
    charge, outcome, path = await begin(case)
    for fields, said in (
        ({"number": "4111111111111111", "expires": "12/34"}, "test cards only"),
        ({"number": GOOD, "expires": "12/20"}, "still to come"),
        ({"number": "", "expires": ""}, "This field is required"),
        ({"number": "4" * 50, "expires": "12/34"}, "longer than"),
    ):
        answer = await send(client, path, **fields)
        assert answer.status == 422
        assert said in answer.body.decode()
    assert (await case.gateway.sync(charge.id, outcome.reference)).state == "requires_action"


async def test_only_saving_shows_no_amount(case: SandboxCase, client: Client) -> None:
    charge, outcome, path = await begin(case, amount=Money(0, "USD"), save_method=True)
    text = (await client.get(path)).body.decode()
    assert "Save a card" in text
    assert 'name="save"' not in text
    await send(client, path, number=GOOD, expires="12/34")
    assert (await case.gateway.sync(charge.id, outcome.reference)).method is not None


async def test_unknown_payments_are_not_found(client: Client) -> None:
    for reference in ("sbx_01h00000000000000000000000", "nonsense", "%00"):
        assert (await client.get(f"/sandbox/pay/{reference}")).status == 404
        assert (await send(client, f"/sandbox/pay/{reference}", answer="approve")).status == 404


async def test_no_text_is_left_untranslated(case: SandboxCase, client: Client) -> None:
    _charge, _outcome, path = await begin(case)
    client.headers["cookie"] = f"{LANGUAGE_COOKIE}={PSEUDO}"
    with use_locale(PSEUDO):
        page = (await client.get(path)).body.decode()
    main = re.sub(
        r"<(script|style|svg|bdi)[^>]*>.*?</\1>",
        " ",
        page.split("<main", 1)[1].split("</main>")[0],
        flags=re.DOTALL,
    )
    texts = [each.strip() for each in re.findall(r">([^<>]+)<", main) if each.strip(" \n·")]
    assert texts
    assert [each for each in texts if "⟦" not in each and "⟧" not in each] == []


async def test_in_arabic_it_reads_from_the_right(case: SandboxCase, client: Client) -> None:
    _charge, _outcome, path = await begin(case)
    client.headers["accept-language"] = "ar"
    text = (await client.get(path)).body.decode()
    assert 'dir="rtl"' in text
    assert re.search(r'<input[^>]*dir="ltr"[^>]*name="number"|<input[^>]*name="number"[^>]*dir="ltr"', text)
