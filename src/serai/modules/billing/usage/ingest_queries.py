"""The SQL of taking usage in."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import or_, text

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.modules.billing.subscriptions import queries
from serai.modules.billing.subscriptions.models import Subscription

COLUMNS = (
    "reporter", "source", "event_id", "account_id", "subscription_id", "meter_id", "quantity", "distinct_of",
    "at", "received_at",
)  # fmt: skip


async def subscriptions(session: Session, actor: Actor, subjects: Sequence[str]) -> Sequence[Subscription]:
    query = queries.visible_to(actor)
    query = query.where(or_(Subscription.id.in_(subjects), Subscription.launch_id.in_(subjects)))
    return (await session.execute(query.order_by(Subscription.id))).scalars().all()


async def keep(session: Session, columns: dict[str, list[Any]]) -> int:
    """How many were new."""
    if not columns:
        return 0
    # As JSON: an array parameter is written element by element in Python, several times as slow.
    texts = {name: msgspec.json.encode(values).decode() for name, values in columns.items()}
    result = await session.execute(_KEEP, texts)
    return result.rowcount  # type: ignore[attr-defined, no-any-return]


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
    SELECT reporter, source, event_id, account_id, subscription_id, meter_id, CAST(quantity AS numeric),
           distinct_of, CAST(at AS timestamptz), CAST(received_at AS timestamptz), false
    FROM ROWS FROM (
        json_array_elements_text(CAST(:reporter AS json)),
        json_array_elements_text(CAST(:source AS json)), json_array_elements_text(CAST(:event_id AS json)),
        json_array_elements_text(CAST(:account_id AS json)),
        json_array_elements_text(CAST(:subscription_id AS json)),
        json_array_elements_text(CAST(:meter_id AS json)), json_array_elements_text(CAST(:quantity AS json)),
        json_array_elements_text(CAST(:distinct_of AS json)), json_array_elements_text(CAST(:at AS json)),
        json_array_elements_text(CAST(:received_at AS json)))
        AS e(reporter, source, event_id, account_id, subscription_id, meter_id, quantity, distinct_of, at,
             received_at)
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
