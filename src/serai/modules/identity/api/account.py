"""/api/v1/account"""

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.web.api import ROOT, Answer, Call, CallOnce
from serai.kit.web.openapi import returns
from serai.modules.identity import accounts
from serai.modules.identity.api.views import AccountView, account_view

router = APIRouter(prefix=f"{ROOT}/account", tags=["account"])


class AccountChange(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=100, examples=["Nile Trading"])


@router.get("", responses=returns(200, AccountView))
async def get_account(call: Call) -> Response:
    """The account the token belongs to."""

    async def work(session: Session, actor: Actor) -> Answer:
        return Answer(account_view(await accounts.get(session, actor)))

    return await call.answer(work)


@router.patch("", responses=returns(200, AccountView))
async def change_account(call: CallOnce, change: AccountChange) -> Response:
    """Give it another name."""

    async def work(session: Session, actor: Actor) -> Answer:
        return Answer(account_view(await accounts.rename(session, actor, change.name)))

    return await call.answer_once(work)
