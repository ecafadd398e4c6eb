"""Fill the wallet now."""

from fastapi import APIRouter, Request, Response

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.errors import Invalid
from serai.kit.i18n import _
from serai.kit.money import Money
from serai.kit.web.problems import status_of
from serai.modules import billing
from serai.portals.console.billing import wallet
from serai.portals.console.billing.common import HERE, account_of
from serai.portals.shared.paying import begin
from serai.portals.shared.payment_choice import intent_of, offered, saves

router = APIRouter()


@router.post("/wallet/top-up")
async def top_up(request: Request) -> Response:
    posted = await request.form()
    typed = {name: value for name, value in posted.items() if isinstance(value, str)}
    currency, way = typed.get("currency", ""), typed.get("way", "")
    try:
        amount = _amount(typed.get("amount", ""), currency)
        keep = bool(typed.get("save")) and saves(way, await offered(request, currency))
        intent = intent_of(way, save=keep, return_path=f"{HERE}/wallet?currency={currency}")

        async def work(session: Session, actor: Actor) -> billing.payments.Payment:
            return await billing.payments.paying.top_up(session, actor, account_of(request), amount, intent)

        return await begin(request, work)
    except Invalid as error:
        return await wallet.page_of(
            request, currency=currency, error=error, typed=typed, status=status_of(error)
        )


def _amount(text: str, currency: str) -> Money:
    try:
        return Money.parse(text.strip(), currency)
    except Invalid as error:
        said = _("Write an amount such as 25.00.")
        raise Invalid(said, fields={"amount": said}) from error
