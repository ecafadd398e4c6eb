"""/api/v1/token"""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.errors import Denied
from serai.kit.i18n import _
from serai.kit.web.api import ROOT, Answer, Call
from serai.kit.web.openapi import returns
from serai.modules.identity import access_tokens

router = APIRouter(prefix=ROOT, tags=["tokens"])

Scope = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[a-z*!:-]+$")]


class TokenWish(BaseModel):
    """`scopes`: permissions by name or pattern, such as `launches:*`; without them all of the key's."""

    model_config = ConfigDict(extra="forbid")

    scopes: list[Scope] | None = Field(default=None, max_length=100, examples=[["launches:read"]])


class AccessTokenView(msgspec.Struct, frozen=True):
    """`expires_in`: seconds. `scopes`: the permissions it carries."""

    access_token: str
    token_type: str
    expires_in: int
    scopes: list[str]


@router.post("/token", responses=returns(200, AccessTokenView))
async def make_token(call: Call, wish: TokenWish | None = None) -> Response:
    """Exchange an API key for an access token that lives five minutes and ends with the key."""
    platform = call.request.app.state.platform
    sent = call.request.headers.get("authorization", "").partition(" ")[2].strip()

    async def work(session: Session, actor: Actor) -> Answer:
        if access_tokens.looks_like_one(sent):
            raise Denied(_("An access token is made from an API key, not from another access token."))
        made = await access_tokens.issue(
            session, actor, platform.vault, platform.settings.public_url, wish.scopes if wish else None
        )
        seconds = int(access_tokens.LIFE.total_seconds())
        body = AccessTokenView(made.token, "Bearer", seconds, list(made.scopes))
        return Answer(body, headers={"Cache-Control": "no-store"})

    return await call.answer(work)
