"""Writes a record for each event, as the last act of the transaction that publishes it."""

from functools import partial

from sqlalchemy import insert

from serai.kit import events, ids
from serai.kit.actor import Actor
from serai.kit.db import Json, Session, as_platform, before_commit
from serai.kit.origin import origin
from serai.modules.audit.masking import masked
from serai.modules.audit.models import AuditRecord

_WAITING = "serai.audit"
# Chain, position and hashes are the trigger's.
_UNSEALED = {"chain": "", "position": 0, "previous_hash": "", "hash": ""}


@events.observer
def write(
    session: Session, actor: Actor, event: events.Event, before: Json | None, after: Json | None
) -> None:
    """Note the event. Sealing locks the account's chain, so records wait for the commit: taken
    earlier, that lock and those of the change itself could wait for each other."""
    came = origin()
    waiting = session.info.setdefault(_WAITING, [])
    if not waiting:
        before_commit(session, partial(_write_all, session))
    waiting.append(
        {
            "id": ids.new("aud"), "account_id": event.account_id, "user_id": actor.user_id,
            "action": event.type, "subject": event.subject, "actor": event.actor,
            "before": masked(before), "after": masked(after), "data": masked(event.data) or {},
            "ip": came.ip, "user_agent": came.user_agent, "via": came.via,
            "request_id": came.request_id, "at": event.at,
        }
    )  # fmt: skip


async def _write_all(session: Session) -> None:
    """Chain by chain in one order for everybody; within a chain as it happened."""
    records = session.info.pop(_WAITING)
    rows = [record | _UNSEALED for record in sorted(records, key=lambda each: each["account_id"] or "")]
    async with as_platform(session):  # what was done across accounts stands in the accounts' own logs
        await session.execute(insert(AuditRecord), rows)
