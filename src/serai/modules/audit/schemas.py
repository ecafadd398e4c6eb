"""A record as the API, exports and pages show it."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import msgspec

from serai.modules.audit.models import AuditRecord


class RecordView(msgspec.Struct, frozen=True):
    """`actor` did it; `impersonator`: the member of staff behind the actor."""

    id: str
    at: datetime
    action: str
    subject: str
    account_id: str | None
    actor_kind: str
    actor_id: str
    actor_name: str
    impersonator: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    data: dict[str, Any]
    ip: str | None
    user_agent: str | None
    via: str
    request_id: str | None
    position: int
    hash: str


def record_view(record: AuditRecord) -> RecordView:
    actor = record.actor
    return RecordView(
        id=record.id, at=record.at, action=record.action, subject=record.subject,
        account_id=record.account_id, actor_kind=actor["kind"], actor_id=actor["id"],
        actor_name=actor["name"], impersonator=actor.get("impersonator"), before=record.before,
        after=record.after, data=record.data, ip=record.ip, user_agent=record.user_agent,
        via=record.via, request_id=record.request_id, position=record.position, hash=record.hash,
    )  # fmt: skip


async def as_json_lines(records: AsyncIterator[AuditRecord]) -> AsyncIterator[bytes]:
    async for record in records:
        yield msgspec.json.encode(record_view(record)) + b"\n"


async def as_csv(records: AsyncIterator[AuditRecord]) -> AsyncIterator[bytes]:
    """With a byte order mark, without which Excel takes Arabic for something else."""
    names = RecordView.__struct_fields__
    yield b"\xef\xbb\xbf" + _line(names)
    async for record in records:
        view = record_view(record)
        yield _line([_cell(getattr(view, name)) for name in names])


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        return msgspec.json.encode(value).decode()
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    # A spreadsheet would run these as formulas (OWASP: CSV injection).
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _line(cells: Any) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue().encode()
