"""/api/v1/keys"""

from datetime import timedelta
from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.web.api import ROOT, Answer, Call, CallOnce
from serai.kit.web.openapi import returns
from serai.modules.identity import keys
from serai.modules.identity.api.views import KeyMade, KeyView, key_view

router = APIRouter(prefix=f"{ROOT}/keys", tags=["keys"])
KeyId = Annotated[str, Path(max_length=64, description="The key's id, tok_…")]
_ONCE = {"Cache-Control": "no-store"}


class Keys(msgspec.Struct, frozen=True):
    data: list[KeyView]


class KeyOrder(BaseModel):
    """`scopes`: permissions by name or pattern; `days`: none for a key that does not expire."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=100, examples=["Deployment"])
    scopes: list[Annotated[str, Field(max_length=64)]] = Field(max_length=200, examples=[["launches:read"]])
    days: int | None = Field(default=90, ge=1, le=366)


class Rotation(BaseModel):
    """For how many hours the old key goes on working."""

    model_config = ConfigDict(extra="forbid")

    overlap_hours: int = Field(default=24, ge=0, le=168)


@router.get("", responses=returns(200, Keys))
async def list_keys(call: Call) -> Response:
    """The account's keys, newest first, also those that have ended."""

    async def work(session: Session, actor: Actor) -> Answer:
        return Answer(Keys([key_view(each) for each in await keys.list_tokens(session, actor)]))

    return await call.answer(work)


@router.post("", status_code=201, responses=returns(201, KeyMade))
async def create_key(call: Call, order: KeyOrder) -> Response:
    """A key with no more rights than the one it is made with. Takes no Idempotency-Key: the secret is
    kept nowhere, so it could not be answered twice."""

    async def work(session: Session, actor: Actor) -> Answer:
        row, clear = await keys.create_token(session, actor, order.name, scopes=order.scopes, days=order.days)
        return Answer(KeyMade(key_view(row), clear), 201, _ONCE)

    return await call.answer(work)


@router.post("/{key_id}/rotate", status_code=201, responses=returns(201, KeyMade))
async def rotate_key(call: Call, key_id: KeyId, rotation: Rotation | None = None) -> Response:
    """A new key in its place; both work until the overlap is over."""
    overlap = timedelta(hours=(rotation or Rotation()).overlap_hours)

    async def work(session: Session, actor: Actor) -> Answer:
        row, clear = await keys.rotate_token(session, actor, key_id, overlap)
        return Answer(KeyMade(key_view(row), clear), 201, _ONCE)

    return await call.answer(work)


@router.delete("/{key_id}", responses=returns(200, KeyView))
async def revoke_key(call: CallOnce, key_id: KeyId) -> Response:
    """It stops working at once."""

    async def work(session: Session, actor: Actor) -> Answer:
        return Answer(key_view(await keys.revoke_token(session, actor, key_id)))

    return await call.answer_once(work)
