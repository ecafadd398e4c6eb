"""/api/v1/launches"""

from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.web.api import ROOT, Answer, Call, CallOnce, Cursor, Limit, Page, page_of
from serai.kit.web.openapi import leads_to, returns
from serai.modules import billing, operations
from serai.modules.launches import ordering, plans, releases, service
from serai.modules.launches.actions import allowed_actions
from serai.modules.launches.credentials import credentials as hand_over
from serai.modules.launches.errors import NameTaken
from serai.modules.launches.models import Launch
from serai.modules.launches.schemas import LaunchDetail, LaunchView, launch_detail, launch_view

router = APIRouter(prefix=ROOT, tags=["launches"])

Reference = Annotated[str, Path(max_length=64, description="The launch's id, or its name.")]
SubscriptionId = Annotated[str, Path(max_length=64, description="The subscription's id, sub_…")]
Change = Literal["stop", "start", "restart", "reset-password"]
_CHANGES = {
    "stop": service.stop,
    "start": service.start,
    "restart": service.restart,
    "reset-password": service.reset_password,
}


class LaunchOrder(BaseModel):
    """`email`: the administrator's in the new system; the period defaults to the package's first.
    `coupons`: codes; `trial`: take the free time where there is some."""

    model_config = ConfigDict(extra="forbid")

    product: str = Field(max_length=64, examples=["erp"])
    package: str | None = Field(default=None, max_length=64, examples=["starter"])
    name: str = Field(max_length=200, examples=["acme"])
    email: str = Field(max_length=320, examples=["sara@example.com"])
    period: str | None = Field(default=None, max_length=64)
    language: Literal["en", "ar"] = "en"
    currency: str | None = Field(default=None, min_length=3, max_length=3, examples=["USD"])
    addons: dict[Annotated[str, Field(max_length=64)], Annotated[int, Field(ge=0, le=100_000)]] = Field(
        default_factory=dict, max_length=50
    )
    coupons: list[Annotated[str, Field(max_length=64)]] = Field(default_factory=list, max_length=10)
    trial: bool = True

    def order(self) -> ordering.Order:
        facts = self.model_dump(exclude={"coupons"})
        return ordering.Order(**facts, codes=tuple(self.coupons))


class LaunchStarted(msgspec.Struct, frozen=True):
    """`operation`: the launch under way; null while the order waits for the payment of `to_pay`, which
    `POST /invoices/{id}/payments` begins."""

    launch: LaunchView
    operation: operations.OperationView | None
    to_pay: billing.InvoiceView | None = None


class CredentialsView(msgspec.Struct, frozen=True):
    url: str
    login: str
    password: str


class NameCheck(msgspec.Struct, frozen=True):
    """`name` as it would be used."""

    name: str
    available: bool
    url: str


_LAUNCH, _OPERATION = f"{ROOT}/launches/{{reference}}", f"{ROOT}/operations/{{operation_id}}"
_NEXT = {
    "launch": leads_to("get", _LAUNCH, reference="/launch/id"),
    "change": leads_to("post", f"{_LAUNCH}/{{change}}", reference="/launch/id"),
    "credentials": leads_to("post", f"{_LAUNCH}/credentials/reveal", reference="/launch/id"),
    "terminate": leads_to("delete", _LAUNCH, reference="/launch/name"),
    "operation": leads_to("get", _OPERATION, operation_id="/operation/id"),
    "cancel": leads_to("post", f"{_OPERATION}/cancel", operation_id="/operation/id"),
}


@router.post("/launches", status_code=202, responses=returns(202, LaunchStarted, links=_NEXT))
async def create_launch(call: CallOnce, order: LaunchOrder) -> Response:
    """Launch a system. The answer names the operation to follow, or what has to be paid first."""
    platform = call.request.app.state.platform

    async def work(session: Session, actor: Actor) -> Answer:
        made = await ordering.place(session, actor, platform.settings, platform.vault, order.order())
        to_pay = billing.invoice_view(made.to_pay) if made.to_pay else None
        if made.operation is None:
            return Answer(LaunchStarted(launch_view(made.launch), None, to_pay), 202)
        body = LaunchStarted(launch_view(made.launch), operations.view(made.operation))
        return Answer(body, 202, _location(made.operation))

    return await call.answer_once(work)


@router.get("/launches", responses=returns(200, Page[LaunchView]))
async def list_launches(
    call: Call,
    limit: Limit = 50,
    cursor: Cursor = None,
    state: Annotated[str | None, Query(max_length=20)] = None,
    search: Annotated[str | None, Query(max_length=64)] = None,
    include_gone: bool = False,
) -> Response:
    """Newest first."""

    async def work(session: Session, actor: Actor) -> Answer:
        found = await service.page(
            session, actor, state=state, search=search, include_gone=include_gone, before=cursor,
            limit=limit + 1,
        )  # fmt: skip
        return page_of(call.request, [launch_view(each) for each in found], limit)

    return await call.answer(work)


@router.get("/launches/{reference}", responses=returns(200, LaunchDetail))
async def get_launch(call: Call, reference: Reference) -> Response:
    """One launch, and how its process is."""

    async def work(session: Session, actor: Actor) -> tuple[Launch, str, str | None, frozenset[str]]:
        launch = await service.find(session, actor, reference)
        newest = await operations.newest_of(session, actor, launch.id)
        version = await service.release_version(session, launch)
        may = await allowed_actions(session, actor, launch)
        return launch, version, newest.id if newest else None, may

    launch, version, newest, may = await call.read(work)
    status = await service.process_status(call.request.app.state.platform.fleet, launch.id)
    body = msgspec.json.encode(launch_detail(launch, version, status, newest, may))
    return Response(body, media_type="application/json")


@router.post(
    "/launches/{reference}/{change}", status_code=202, responses=returns(202, operations.OperationView)
)
async def change_launch(call: CallOnce, reference: Reference, change: Change) -> Response:
    """Stop, start or restart the system, or give its administrator a new password."""

    async def work(session: Session, actor: Actor) -> Answer:
        operation = await _CHANGES[change](session, actor, reference)
        return Answer(operations.view(operation), 202, _location(operation))

    return await call.answer_once(work)


@router.post(
    "/subscriptions/{subscription_id}/change", tags=["billing"], responses=returns(200, billing.PlanChanged)
)
async def change_plan(
    call: CallOnce, subscription_id: SubscriptionId, change: billing.PlanChange
) -> Response:
    """Another package, period, quantity or add-ons: now, with what is left of the period reckoned against
    it, or from the next period on. A larger system needs room before it costs anything."""

    async def work(session: Session, actor: Actor) -> Answer:
        state, invoice = await plans.change_plan(
            session, actor, subscription_id, change.choice(), change.when, version=change.version
        )
        return Answer(billing.plan_changed(state, invoice))

    return await call.answer_once(work)


@router.delete("/launches/{reference}", status_code=202, responses=returns(202, operations.OperationView))
async def terminate_launch(call: CallOnce, reference: Reference) -> Response:
    """Delete the system with all its data. This cannot be undone."""

    async def work(session: Session, actor: Actor) -> Answer:
        operation = await service.terminate(session, actor, reference)
        return Answer(operations.view(operation), 202, _location(operation))

    return await call.answer_once(work)


@router.post("/launches/{reference}/credentials/reveal", responses=returns(200, CredentialsView))
async def reveal_credentials(call: Call, reference: Reference) -> Response:
    """The administrator's login and password, exactly once; after that only a reset helps."""
    vault = call.request.app.state.platform.vault

    async def work(session: Session, actor: Actor) -> Answer:
        found = await hand_over(session, actor, vault, reference, once=True)
        return Answer(
            CredentialsView(found.url, found.login, found.password),
            headers={"Cache-Control": "no-store"},
        )

    return await call.answer(work)


@router.get("/launch-names/{name}", responses=returns(200, NameCheck))
async def check_name(call: Call, name: Annotated[str, Path(max_length=200)]) -> Response:
    """Whether a name is free; 422 with the reason when no launch may have it."""
    settings = call.request.app.state.platform.settings

    async def work(session: Session, actor: Actor) -> Answer:
        try:
            good, available = await ordering.check_name(session, name), True
        except NameTaken:
            good, available = name.strip().lower(), False
        return Answer(NameCheck(good, available, settings.url_of(good)))

    return await call.answer(work)


@router.post(
    "/releases/{release_id}/build", status_code=202, responses=returns(202, operations.OperationView)
)
async def build_release(call: CallOnce, release_id: str) -> Response:
    """Build a release ahead of its first launch (staff only)."""

    async def work(session: Session, actor: Actor) -> Answer:
        operation = await releases.request_build(session, actor, release_id)
        return Answer(operations.view(operation), 202, _location(operation))

    return await call.answer_once(work)


def _location(operation: operations.Operation) -> dict[str, str]:
    return {"Location": f"{ROOT}/operations/{operation.id}"}
