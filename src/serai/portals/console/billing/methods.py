"""/console/billing/methods: saved ways to pay."""

from contextlib import suppress

from fastapi import APIRouter, Request, Response

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.errors import Conflict, Invalid, SeraiError
from serai.kit.i18n import _
from serai.kit.web.problems import status_of
from serai.modules import billing
from serai.portals.console.billing.common import HERE, account_of, require_reader, shown
from serai.portals.shared.access import acting, back_to, database
from serai.portals.shared.paying import begin
from serai.portals.shared.payment_choice import Way, gateways_of, intent_of, offered, saves, ways

router = APIRouter()
_BACK = "/billing/methods"


@router.get("/methods")
async def methods(request: Request) -> Response:
    return await _page(request)


@router.post("/methods")
async def add(request: Request) -> Response:
    """Nothing is charged: the gateway only learns of it."""
    billing.policy.PAY.require(acting(request), account_id=account_of(request))
    way = str((await request.form()).get("way", ""))
    currency = await _currency(request)
    if not saves(way, await offered(request, currency, saving=True)):
        return await _page(request, Invalid(_("Choose where it is saved.")))
    try:
        intent = intent_of(way, save=True, return_path=f"{HERE}/methods")

        async def work(session: Session, actor: Actor) -> billing.payments.Payment:
            return await billing.payments.paying.save_method(
                session, actor, account_of(request), currency, intent
            )

        return await begin(request, work)
    except Invalid as error:
        return await _page(request, error)


@router.post("/methods/{method_id}/default")
async def make_default(request: Request, method_id: str) -> Response:
    """What is overdue is tried with it at once."""
    async with database(request).transaction() as session:
        await billing.payments.methods.make_default(session, acting(request), method_id)
    gateways, tried = gateways_of(request), 0
    with suppress(SeraiError):  # its own time to be tried again comes
        tried = await billing.payments.collecting.try_now(gateways, acting(request), account_of(request))
    said = _("Renewals are paid by it from now on.")
    return back_to(request, _BACK, said if not tried else _("What is overdue is being paid by it now."))


@router.post("/methods/{method_id}/remove")
async def remove(request: Request, method_id: str) -> Response:
    """Forgotten here in a transaction, and at its gateway after it."""
    gateways = gateways_of(request)
    try:
        async with database(request).transaction() as session:
            gateway, reference = await billing.payments.methods.remove(session, acting(request), gateways, method_id)
    except Conflict as error:
        return back_to(request, _BACK, error.message, "danger")
    with suppress(SeraiError):  # it is forgotten here; there it can do nothing without us
        await (await gateways.get(gateway, even_off=True)).forget(reference)
    return back_to(request, _BACK, _("It is removed."))


async def _page(request: Request, error: SeraiError | None = None) -> Response:
    require_reader(request)
    currency = await _currency(request)
    gateways = await offered(request, currency, saving=True)
    async with database(request).transaction() as session:
        found = await billing.payments.methods.of_account(session, acting(request), account_of(request))
        all_ways = await ways(session, acting(request), account_of(request), gateways)
    new: list[Way] = [each for each in all_ways if each.key.startswith("gateway:")]
    names = gateways_of(request)
    return shown(
        request, "methods.html", status_of(error) if error else 200, ways=new,
        methods=[(each, names.name_of(each.gateway)) for each in found],
        chosen=next((each.key for each in new), ""), error=error.message if error else "",
    )  # fmt: skip


async def _currency(request: Request) -> str:
    async with database(request).transaction() as session:
        profile = await billing.profiles.read(session, acting(request), account_of(request))
    return profile.currency or "USD"
