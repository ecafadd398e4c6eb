"""What became of attempts, written down. An acceptance is recorded whatever has happened since,
and takes nothing back of what was reported of the mail already.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text

from serai.kit.db import Session
from serai.modules.notifications import suppressions
from serai.modules.notifications.kinds import is_secret
from serai.modules.notifications.models import Mail

_LONGEST_ANSWER = 500


@dataclass(frozen=True, slots=True)
class Outcome:
    """`state`: the mail's next one; `due_at`: of one that is queued again. `tried`: false for a mail
    that was given back untouched. `bad_address`: nothing more shall be sent there. `late`: failed,
    and of no use to anybody any more."""

    mail: Mail
    state: str
    said: str
    at: datetime
    due_at: datetime | None = None
    provider_id: str | None = None
    tried: bool = True
    bad_address: bool = False
    late: bool = False

    @property
    def accepted(self) -> bool:
        return self.state in {"sent", "kept"}


async def record(session: Session, sender: str, outcomes: Sequence[Outcome]) -> None:
    """Failures count only while the mail is still this sender's."""
    rows = json.dumps([_row(each, sender) for each in outcomes])
    await session.execute(_RECORD, {"rows": rows, "sender": sender})
    for each in outcomes:
        if each.bad_address:
            await suppressions.add_bounce(session, each.mail.recipient, each.said, each.mail.id)


def _row(outcome: Outcome, sender: str) -> dict[str, Any]:
    at, said = outcome.at.isoformat(), _clean(outcome.said)
    entry = {"at": at, "outcome": outcome.state, "said": said, "by": sender}
    return {
        "id": outcome.mail.id, "state": outcome.state, "accepted": outcome.accepted, "at": at,
        "error": None if outcome.accepted else said, "provider_id": outcome.provider_id,
        "due_at": outcome.due_at.isoformat() if outcome.due_at else None,
        "entries": [entry] if outcome.tried else [], "untried": int(not outcome.tried),
        "emptied": (outcome.state == "sent" or outcome.late) and is_secret(outcome.mail.kind),
    }  # fmt: skip


def _clean(said: str) -> str:
    """Servers answer what they like; the database takes no half characters and no zero bytes."""
    return said[:_LONGEST_ANSWER].replace("\0", "").encode(errors="replace").decode()


_RECORD = text(
    """
    UPDATE mails SET
        state = CASE WHEN mails.state IN ('bounced', 'complained') THEN mails.state ELSE o.state END,
        claimed_by = NULL, history = mails.history || o.entries,
        attempts = greatest(mails.attempts - o.untried, 0),
        last_error = CASE WHEN o.untried = 1 OR mails.state IN ('bounced', 'complained')
            THEN mails.last_error ELSE o.error END,
        due_at = coalesce(o.due_at, mails.due_at),
        sent_at = CASE WHEN o.accepted THEN o.at ELSE mails.sent_at END,
        provider_id = coalesce(o.provider_id, mails.provider_id),
        subject = CASE WHEN o.emptied THEN '' ELSE mails.subject END,
        text = CASE WHEN o.emptied THEN '' ELSE mails.text END,
        html = CASE WHEN o.emptied THEN NULL ELSE mails.html END
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS o(
        id text, state text, accepted boolean, at timestamptz, error text, provider_id text,
        due_at timestamptz, entries jsonb, untried integer, emptied boolean
    )
    WHERE mails.id = o.id AND (o.untried = 1 OR NOT mails.history @> o.entries)
        AND (o.accepted OR (mails.claimed_by = :sender AND mails.state = 'sending'))
    """
)
