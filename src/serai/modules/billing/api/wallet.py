"""/api/v1/wallet and /api/v1/payment-methods"""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.errors import Denied
from serai.kit.i18n import _
from serai.kit.money import Money
from serai.kit.web.api import ROOT, Answer, Call, CallOnce
from serai.kit.web.openapi import returns
from serai.modules.billing import wallets
from serai.modules.billing.payments import methods, paying
from serai.modules.billing.payments.paying import PaymentIntent
from serai.modules.billing.schemas import (
    BalanceView,
    MethodView,
    PaymentView,
    balance_view,
    method_view,
    payment_view,
)

router = APIRouter(prefix=ROOT, tags=["billing"])
MethodId = Annotated[str, Path(max_length=64, description="The method's id, pm_…")]


class Wallet(msgspec.Struct, frozen=True):
    data: list[BalanceView]


class Methods(msgspec.Struct, frozen=True):
    data: list[MethodView]


class TopUp(BaseModel):
    model_config = ConfigDict(extra="forbid")

    amount: int = Field(ge=1, le=2**53, examples=[5000])
    currency: str = Field(min_length=3, max_length=3, examples=["USD"])
    method_id: str | None = Field(default=None, max_length=64)
    gateway: str = Field(default="", max_length=64, examples=["sandbox"])
    save_method: bool = False


@router.get("/wallet", responses=returns(200, Wallet))
async def get_wallet(call: Call) -> Response:
    """What is in the account's wallet, by currency."""

    async def work(session: Session, actor: Actor) -> Answer:
        found = await wallets.balances(session, actor, _account(actor))
        return Answer(Wallet([balance_view(each) for each in found]))

    return await call.answer(work)


@router.post("/wallet/top-ups", status_code=202, responses=returns(202, PaymentView))
async def top_up(call: CallOnce, order: TopUp) -> Response:
    """Fill the wallet. The answer says where the payer goes on, if anywhere."""
    intent = PaymentIntent(order.gateway, order.method_id, order.save_method, return_path="/console/billing/wallet")

    async def work(session: Session, actor: Actor) -> Answer:
        money = Money(order.amount, order.currency)
        return Answer(payment_view(await paying.top_up(session, actor, _account(actor), money, intent)), 202)

    begun = await call.answer_once(work)
    payment_id = msgspec.json.decode(begun.body, type=PaymentView).id
    payment = await paying.start(call.request.app.state.platform.gateways, payment_id)
    return Response(msgspec.json.encode(payment_view(payment)), 202, media_type="application/json")


@router.get("/payment-methods", responses=returns(200, Methods))
async def list_methods(call: Call) -> Response:
    """The default first."""

    async def work(session: Session, actor: Actor) -> Answer:
        found = await methods.of_account(session, actor, _account(actor))
        return Answer(Methods([method_view(each) for each in found]))

    return await call.answer(work)


@router.post("/payment-methods/{method_id}/default", responses=returns(200, Methods))
async def make_default(call: CallOnce, method_id: MethodId) -> Response:
    """Renewals are charged to it from now on."""

    async def work(session: Session, actor: Actor) -> Answer:
        await methods.make_default(session, actor, method_id)
        found = await methods.of_account(session, actor, _account(actor))
        return Answer(Methods([method_view(each) for each in found]))

    return await call.answer_once(work)


def _account(actor: Actor) -> str:
    if actor.account_id is None:
        raise Denied(_("A wallet belongs to an account; use a key of that account."))
    return actor.account_id
