"""/sandbox/pay/<reference>: what a vendor's hosted page is to the other gateways.

Whoever has the link may pay, as with a vendor: the reference cannot be guessed, and nothing of the
account is shown but what it says about itself in the payment.
"""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from wtforms import BooleanField, StringField
from wtforms.validators import InputRequired, Length

from serai.contracts.payments import HostsPage
from serai.kit import ids
from serai.kit.errors import Invalid, NotFound
from serai.kit.i18n import _, lazy_str
from serai.kit.web.templates import render
from serai.portals.ui.forms import Form, from_request

router = APIRouter(include_in_schema=False)
_ANSWERS = {"approve", "refuse", "cancel"}


class CardForm(Form):
    number = StringField(lazy_str("Card number"), [InputRequired(), Length(max=40)])
    expires = StringField(lazy_str("Expires"), [InputRequired(), Length(max=10)])
    save = BooleanField(lazy_str("Save this card"))


@router.get("/sandbox/pay/{reference}")
async def show(request: Request, reference: str, card: str = "") -> Response:
    """`card`: one of the test cards, to begin with."""
    page = await (await _gateway(request, reference)).page(reference)
    known = {each["number"] for each in page["cards"]}
    form = CardForm(
        data={"number": card if card in known else "", "expires": page["expires"], "save": page["save"]}
    )
    return _render(request, reference, page, form)


@router.post("/sandbox/pay/{reference}")
async def pay(request: Request, reference: str) -> Response:
    gateway = await _gateway(request, reference)
    answer = str((await request.form()).get("answer", ""))
    form = await from_request(CardForm, request)
    if answer in _ANSWERS:
        return _onwards(await gateway.submit(reference, {"answer": answer}), reference)
    if not form.validate():
        return _render(request, reference, await gateway.page(reference), form, 422)
    given = {
        "number": form.number.data or "", "expires": form.expires.data or "", "save": "1" if form.save.data else "",
    }  # fmt: skip
    try:
        return _onwards(await gateway.submit(reference, given), reference)
    except Invalid as error:
        form.take(error)
        return _render(request, reference, await gateway.page(reference), form, 422)


async def _gateway(request: Request, reference: str) -> HostsPage:
    if not ids.is_id("sbx", reference):
        raise NotFound(_("The sandbox knows no such payment."))
    found: HostsPage = await request.app.state.platform.gateway("sandbox")
    return found


def _onwards(url: str, reference: str) -> Response:
    """The second page is reached under the name the first was, whatever the platform calls itself."""
    own = _address(reference)
    return RedirectResponse(own if url.endswith(own) else url, status_code=303)


def _address(reference: str) -> str:
    return f"/sandbox/pay/{reference}"


def _render(
    request: Request, reference: str, page: Mapping[str, Any], form: CardForm, status: int = 200
) -> Response:
    return render(
        request, "sandbox/pay.html", status_code=status, headers={"Cache-Control": "no-store"}, page=page,
        form=form, address=_address(reference),
    )  # fmt: skip
