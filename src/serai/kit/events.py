"""Domain events: rows written with the change they tell of, one job per subscriber."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from serai.kit import clock, idempotency, ids, jobs
from serai.kit.actor import Actor
from serai.kit.db import Base, Instant, Json, Session
from serai.kit.origin import origin


class Event(Base):
    """`type` is `<module>.<what_happened>`, `subject` the public id of what it happened to."""

    __tablename__ = "events"
    __table_args__ = (Index(None, "subject", "id"), Index(None, "account_id", "id"))

    id: Mapped[str] = mapped_column(primary_key=True)
    type: Mapped[str]
    subject: Mapped[str]
    account_id: Mapped[str | None]
    actor: Mapped[Json]
    data: Mapped[Json]
    request_id: Mapped[str | None]
    at: Mapped[datetime] = mapped_column(Instant)


Handler = Callable[[Session, Event], Awaitable[None]]
Observer = Callable[[Session, Actor, Event, Json | None, Json | None], None]
_subscribers: dict[str, dict[str, Handler]] = {}
_observers: list[Observer] = []


def observer(function: Observer) -> Observer:
    """Call the decorated function for every event, inside the transaction that publishes it, with
    what was before and after."""
    _observers.append(function)
    return function


def subscribe(event_type: str) -> Callable[[Handler], Handler]:
    """Run the decorated handler for each event of that type. What it writes is written once; what
    it does outside of the database may, after a crash, be done again.
    """

    def register(handler: Handler) -> Handler:
        name = _name(f"{handler.__module__}.{handler.__qualname__}")
        known = _subscribers.setdefault(event_type, {})
        if name in known:
            raise ValueError(f"two handlers of {event_type} are called {name}")
        known[name] = handler
        return handler

    return register


def _name(path: str) -> str:
    """The capability and the function, such as `launches.stop_with_account`: jobs that wait keep it, and
    are to find it again when a new version has moved the function to another file."""
    parts = path.split(".")
    return f"{parts[2]}.{parts[-1]}" if parts[:2] == ["serai", "modules"] else path


async def publish(
    session: Session,
    actor: Actor,
    event_type: str,
    subject: str,
    account_id: str | None = None,
    *,
    before: Json | None = None,
    after: Json | None = None,
    **data: Any,
) -> Event:
    """Write the event, queue its subscribers, and let the observers (the audit trail) note it.

    `before` and `after` hold what changed, for the audit trail only; never a secret.
    """
    event = Event(
        id=ids.new("evt"), type=event_type, subject=subject, account_id=account_id,
        actor=actor.as_json(), data=data, request_id=origin().request_id, at=clock.now(),
    )  # fmt: skip
    session.add(event)
    for note in _observers:
        note(session, actor, event, before, after)
    for name in _subscribers.get(event_type, {}):
        await session.flush()
        await jobs.defer(session, "events.handle", event_id=event.id, handler=name)
    return event


@jobs.task("events.handle", retries=12)  # for about an hour
async def handle(job: jobs.Job, event_id: str, handler: str) -> None:
    async with job.database.transaction() as session:
        if not await idempotency.first_time(session, idempotency.HANDLERS, f"{event_id}/{handler}"):
            return
        event = await session.get_one(Event, event_id)
        await _subscribers[event.type][_name(handler)](session, event)
