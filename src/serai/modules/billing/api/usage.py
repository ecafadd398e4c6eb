"""/api/v1/usage"""

from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.errors import Invalid
from serai.kit.i18n import _
from serai.kit.web.api import ROOT, Answer, CallOnce
from serai.kit.web.openapi import returns
from serai.modules.billing.usage import ingesting
from serai.modules.billing.usage.ingesting import MOST, Taken, UsageReport

router = APIRouter(prefix=f"{ROOT}/usage", tags=["billing"])
_one = msgspec.json.Decoder(UsageReport)
_many = msgspec.json.Decoder(list[UsageReport])
_SCHEMA: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/cloudevents+json": {"schema": {"type": "object"}},
            "application/cloudevents-batch+json": {"schema": {"type": "array", "items": {"type": "object"}}},
            "application/json": {"schema": {"type": ["object", "array"]}},
        },
    }
}


@router.post("", responses=returns(200, Taken), openapi_extra=_SCHEMA)
async def report_usage(call: CallOnce, request: Request) -> Response:
    """CloudEvents, one or a batch of up to 10,000, with a key of the platform's. Each counts once by its
    `source` and `id`, however often it is sent; what cannot be counted is answered with the reason and
    keeps no other from it."""
    reports = _read(await request.body())

    async def work(session: Session, actor: Actor) -> Answer:
        return Answer(await ingesting.take(session, actor, reports))

    return await call.answer_once(work)


def _read(body: bytes) -> list[UsageReport]:
    try:
        reports = _many.decode(body) if body.lstrip()[:1] == b"[" else [_one.decode(body)]
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Invalid(_("This is no CloudEvent: %(why)s", why=str(error))) from error
    if len(reports) > MOST:
        raise Invalid(_("Send %(most)s events at most in one batch.", most=MOST))
    return reports
