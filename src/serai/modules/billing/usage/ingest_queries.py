"""The SQL of taking usage in."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ARRAY, Row, Text, any_, cast, or_, text

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.modules.billing.subscriptions import queries
from serai.modules.billing.subscriptions.models import Subscription

COLUMNS = (
    "source", "event_id", "account_id", "subscription_id", "meter_id", "quantity", "distinct_of", "at",
)  # fmt: skip


async def subscriptions(session: Session, actor: Actor, subjects: Sequence[str]) -> Sequence[Row[Any]]:
    """(id, account_id, product_id, launch_id, ended_at) of those that are called so."""
    called = any_(cast(subjects, ARRAY(Text)))  # one parameter: hundreds are slow to write out
    query = queries.visible_to(actor)
    query = query.where(or_(Subscription.id == called, Subscription.launch_id == called))
    few = query.order_by(Subscription.id).with_only_columns(
        Subscription.id, Subscription.account_id, Subscription.product_id, Subscription.launch_id,
        Subscription.ended_at,
    )  # fmt: skip
    return (await session.execute(few)).all()


async def keep(
    session: Session, reporter: str, received_at: datetime, rows: Sequence[tuple[Any, ...]]
) -> int:
    """Rows of `COLUMNS`; how many were new."""
    if not rows:
        return 0
    values: dict[str, Any] = {
        name: array_literal(column) for name, column in zip(COLUMNS, zip(*rows, strict=True), strict=True)
    }
    values |= {"reporter": reporter, "received_at": received_at}
    result = await session.execute(_KEEP, values)
    return result.rowcount  # type: ignore[attr-defined, no-any-return]


def array_literal(values: Sequence[Any]) -> str:
    """As PostgreSQL reads arrays. The driver writes lists element by element, several times as slow."""
    text = msgspec.json.encode(values).decode()
    if "\\" in text:  # the only thing that JSON and arrays write differently
        text = f"[{','.join(map(_element, values))}]"
    return f"{{{text[1:-1]}}}"


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


async def void(session: Session, reporter: str, corrected: Sequence[tuple[str, str, str]]) -> None:
    """(source, the event that was wrong, the one that takes its place), all of this reporter."""
    if corrected:
        sources, wrong, by = zip(*corrected, strict=True)
        await session.execute(
            _VOID,
            {"reporter": reporter, "sources": list(sources), "wrong": list(wrong), "by": list(by)},
        )


_KEEP = text(
    """
    INSERT INTO usage_events (reporter, source, event_id, account_id, subscription_id, meter_id, quantity,
                              distinct_of, at, received_at, voided)
    SELECT :reporter, source, event_id, account_id, subscription_id, meter_id, quantity, distinct_of, at,
           :received_at, false
    FROM unnest(CAST(:source AS text[]), CAST(:event_id AS text[]), CAST(:account_id AS text[]),
                CAST(:subscription_id AS text[]), CAST(:meter_id AS text[]), CAST(:quantity AS numeric[]),
                CAST(:distinct_of AS text[]), CAST(:at AS timestamptz[]))
         AS e(source, event_id, account_id, subscription_id, meter_id, quantity, distinct_of, at)
    ON CONFLICT (reporter, source, event_id) DO NOTHING
    """
)
# Only what the same reporter said of the same subscription can be corrected.
_VOID = text(
    """
    UPDATE usage_events old SET voided = true
    FROM unnest(CAST(:sources AS text[]), CAST(:wrong AS text[]), CAST(:by AS text[])) AS c(source, wrong, by)
    JOIN usage_events new ON new.reporter = :reporter AND new.source = c.source AND new.event_id = c.by
    WHERE old.reporter = :reporter AND old.source = c.source AND old.event_id = c.wrong
      AND old.account_id = new.account_id AND old.subscription_id = new.subscription_id
      AND old.event_id <> new.event_id
    """
)
