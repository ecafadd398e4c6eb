"""What follows when an invoice is not paid: tried again, warned, suspended, and in the end terminated.

The seller's schedule names days after the first failure and what is done then. Paying ends it at any step.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from serai.kit import events
from serai.kit.actor import SYSTEM
from serai.kit.db import Json, Session
from serai.modules.billing.invoices import settling
from serai.modules.billing.invoices.models import Invoice
from serai.modules.billing.profiles import queries as profile_queries
from serai.modules.billing.subscriptions import payment_status

# A gateway that never answers must not keep an invoice from its next step.
_NO_ANSWER = timedelta(days=1)


async def failed(session: Session, invoice: Invoice, reason: str, at: datetime) -> None:
    """An attempt to collect came to nothing. The invoice is locked."""
    if invoice.state != "open" or invoice.due <= 0:
        return
    if invoice.dunning_since is None:
        invoice.dunning_since = at
        await payment_status.payment_failed(session, invoice, at)
    steps = await schedule(session, invoice)
    invoice.collect_at = next_step_at(invoice, steps)
    await session.flush()
    await _tell(session, invoice, "collecting_failed", reason=reason)


async def take_step(session: Session, invoice: Invoice, at: datetime) -> bool:
    """The step whose day has come; whether it is one that tries to collect. The invoice is locked."""
    steps = await schedule(session, invoice)
    if invoice.dunning_done >= len(steps):
        invoice.collect_at = None
        return False
    step: str = steps[invoice.dunning_done]["do"]
    invoice.dunning_done += 1
    invoice.collect_at = next_step_at(invoice, steps)
    await session.flush()
    match step:
        case "suspend":
            await payment_status.suspend(session, invoice, at)
        case "terminate":
            await payment_status.terminate(session, invoice, at)
            await settling.write_off(session, invoice, at)
    if step != "retry":
        await _tell(session, invoice, f"dunning_{step}")
    return step == "retry"


def expect_answer(invoice: Invoice, at: datetime, steps: Sequence[Json]) -> None:
    """An attempt is under way: look again when the next step's day has come, or tomorrow."""
    invoice.collect_at = next_step_at(invoice, steps) or at + _NO_ANSWER


def next_step_at(invoice: Invoice, steps: Sequence[Json]) -> datetime | None:
    if invoice.dunning_since is None or invoice.dunning_done >= len(steps):
        return None
    return invoice.dunning_since + timedelta(days=steps[invoice.dunning_done]["after"])


async def schedule(session: Session, invoice: Invoice) -> Sequence[Json]:
    return (await profile_queries.entities(session))[invoice.legal_entity_id].dunning


async def days_until(session: Session, invoice: Invoice, what: str, at: datetime) -> int | None:
    """How many days are left until the step `what`, if it is still to come."""
    if invoice.dunning_since is None:
        return None
    for step in (await schedule(session, invoice))[invoice.dunning_done :]:
        if step["do"] == what:
            when = invoice.dunning_since + timedelta(days=step["after"])
            return max(0, (when - at).days)
    return None


async def _tell(session: Session, invoice: Invoice, what: str, **more: Any) -> None:
    await events.publish(
        session, SYSTEM, f"billing.{what}", invoice.id, invoice.account_id, number=invoice.number,
        due=invoice.due, currency=invoice.currency, step=invoice.dunning_done, **more,
    )  # fmt: skip
