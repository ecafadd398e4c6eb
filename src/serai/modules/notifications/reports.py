"""What became of mails after they had been accepted: providers' webhooks, and mails that came back."""

from collections.abc import Sequence
from datetime import UTC
from typing import Any

from serai.contracts.mail import Report
from serai.kit import clock
from serai.kit.actor import SYSTEM
from serai.kit.db import Session
from serai.modules.notifications import preferences, queries, suppressions
from serai.modules.notifications.kinds import group_of
from serai.modules.notifications.links import WayOut
from serai.modules.notifications.models import Mail, MailReport

_STATES = {"bounced": "bounced", "complained": "complained"}


async def take(session: Session, reports: Sequence[Report]) -> int:
    """Each once, however often it comes; how many were new."""
    return sum([await _take(session, each) for each in reports])


async def _take(session: Session, report: Report) -> bool:
    new = await queries.is_new_report(
        session,
        MailReport(
            id=report.id, mail_id=report.mail_id, address=report.address, outcome=report.outcome,
            detail=report.detail, at=report.at, received_at=clock.now(),
        ),
    )  # fmt: skip
    if not new:
        return False
    mail = await queries.mail(session, SYSTEM, report.mail_id, lock=True) if report.mail_id else None
    address = mail.recipient if mail else report.address
    if report.outcome == "bounced" and report.hard:
        await suppressions.add_bounce(session, address, report.detail, report.mail_id)
    elif report.outcome == "complained":
        await suppressions.add_complaint(session, address, report.detail, report.mail_id)
    elif report.outcome == "unsubscribed" and mail is not None:
        await preferences.unsubscribe(session, WayOut(address, group_of(mail.kind).name, mail.user_id))
    if mail is not None:
        _note(mail, report)
    return True


def _note(mail: Mail, report: Report) -> None:
    mail.history = [*mail.history, _entry(report)]
    if report.outcome in _STATES:
        mail.state, mail.last_error = _STATES[report.outcome], report.detail


def _entry(report: Report) -> dict[str, Any]:
    at = report.at.astimezone(UTC) if report.at else clock.now()
    return {"at": at.isoformat(), "outcome": report.outcome, "said": report.detail, "by": "report"}
