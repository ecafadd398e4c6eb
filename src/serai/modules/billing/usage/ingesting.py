"""Take usage in: CloudEvents in batches, each counted once by its source and id."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from serai.kit import clock
from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.i18n import _
from serai.modules import catalog
from serai.modules.billing import policy
from serai.modules.billing.usage import ingest_queries as queries

MOST = 10_000
AHEAD = timedelta(hours=1)
_OLDEST = timedelta(days=400)
_LARGEST = 10**18
_Row = tuple[Any, ...]


class UsageReport(msgspec.Struct, frozen=True, kw_only=True):
    """A CloudEvent (specification 1.0). `type`: the meter's key. `subject`: the subscription (`sub_…`) or
    the system (`lch_…`). `data`: `value` (1 when left out), what a meter of distinct things counts by its
    field's name, and `corrects`: the id of an event of the same source that this one takes the place of."""

    id: str
    source: str
    type: str
    subject: str
    specversion: str = "1.0"
    time: datetime | None = None
    data: dict[str, Any] = msgspec.field(default_factory=dict)


class Refused(msgspec.Struct, frozen=True):
    index: int
    id: str
    message: str


class Taken(msgspec.Struct, frozen=True):
    """`duplicates`: known before, and counted once."""

    accepted: int
    duplicates: int
    refused: tuple[Refused, ...]


@dataclass(frozen=True, slots=True)
class _Target:
    subscription_id: str
    account_id: str
    meters: Mapping[str, catalog.MeterView]


async def take(session: Session, actor: Actor, reports: Sequence[UsageReport]) -> Taken:
    """Keep what can be kept; what cannot is answered with the reason, and keeps no other from it. For the
    platform's own only: raises Denied."""
    policy.REPORT_USAGE.require(actor)
    now, reporter = clock.now(), "" if actor.is_platform else actor.account_id or actor.id
    targets = await _targets(session, actor, {each.subject for each in reports})
    window = (now - _OLDEST, now + AHEAD)
    rows: list[_Row] = []
    refused, corrected = [], []
    for index, report in enumerate(reports):
        wrong = _put(rows, report, targets.get(report.subject), now, window)
        if wrong is not None:
            refused.append(Refused(index, report.id, wrong))
        elif "corrects" in report.data:
            corrected.append((report.source, str(report.data["corrects"]), report.id))
    kept = await queries.keep(session, reporter, now, rows)
    await queries.void(session, reporter, corrected)
    return Taken(kept, len(rows) - kept, tuple(refused))


def _put(
    rows: list[_Row], report: UsageReport, target: _Target | None, now: datetime,
    window: tuple[datetime, datetime],
) -> str | None:  # fmt: skip
    """Why it is refused, or None."""
    if target is None:
        return _("There is no such subscription or system.")
    meter = target.meters.get(report.type)
    if meter is None:
        known = ", ".join(sorted(target.meters)) or _("none")
        return _("There is no meter %(name)s; there are: %(known)s.", name=report.type, known=known)
    at = report.time or now
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    if not window[0] < at < window[1]:
        return _("The time lies too far ahead or back.")
    quantity = _quantity(report.data.get("value", 1))
    if quantity is None:
        return _("The value is no number of a sensible size.")
    distinct = report.data.get(meter.field) if meter.field else None
    if meter.aggregation == "unique" and distinct is None:
        return _("This meter counts different values of %(field)s; give one.", field=meter.field)
    if not 0 < len(report.id) <= 255 or not 0 < len(report.source) <= 255:
        return _("An id and a source have 1 to 255 characters.")
    rows.append((report.source, report.id, target.account_id, target.subscription_id, meter.id, quantity,
           None if distinct is None else str(distinct)[:255], at))  # fmt: skip
    return None


async def _targets(session: Session, actor: Actor, subjects: set[str]) -> dict[str, _Target]:
    """By what reports may call them: the subscription, the system."""
    rows = await queries.subscriptions(session, actor, sorted(subjects))
    meters = await catalog.meters_of_many(session, sorted({row.product_id for row in rows}))
    found: dict[str, _Target] = {}
    for row in rows:
        of_product = {meter.key: meter for meter in meters.get(row.product_id, ()) if meter.active}
        target = _Target(row.id, row.account_id, of_product)
        found[row.id] = target
        if row.launch_id and (row.ended_at is None or row.launch_id not in found):
            found[row.launch_id] = target
    return found


def _quantity(value: Any) -> Decimal | int | None:
    if type(value) is int:
        return value if -_LARGEST < value < _LARGEST else None
    if isinstance(value, bool) or not isinstance(value, float | str):
        return None
    try:
        quantity = Decimal(str(value))
    except InvalidOperation:
        return None
    return quantity if quantity.is_finite() and abs(quantity) < _LARGEST else None
