"""Launches' SQL. Reads begin from what the actor may see."""

from collections.abc import Sequence

from sqlalchemy import Select, func, select

from serai.kit.actor import Actor
from serai.kit.db import Json, Session
from serai.modules.launches.models import GONE_STATES, Launch


def visible_to(actor: Actor) -> Select[tuple[Launch]]:
    query = select(Launch)
    return query if actor.is_platform else query.where(Launch.account_id == actor.account_id)


async def find(session: Session, actor: Actor, reference: str) -> Launch | None:
    """By id, or by name: the one in use before the newest that is gone."""
    query = visible_to(actor)
    if reference.startswith("lch_"):
        query = query.where(Launch.id == reference)
    else:
        query = query.where(Launch.name == reference.strip().lower())
        query = query.order_by(Launch.state.in_(GONE_STATES), Launch.id.desc()).limit(1)
    return (await session.execute(query)).scalar_one_or_none()


async def page(
    session: Session,
    actor: Actor,
    *,
    state: str | None,
    search: str | None,
    include_gone: bool,
    before: str | None,
    limit: int,
) -> Sequence[Launch]:
    query = visible_to(actor).order_by(Launch.id.desc()).limit(limit)
    if state:
        query = query.where(Launch.state == state)
    elif not include_gone:
        query = query.where(Launch.state.not_in(GONE_STATES))
    if search:
        query = query.where(Launch.name.contains(search.strip().lower(), autoescape=True))
    query = query.where(Launch.id < before) if before else query
    return (await session.execute(query)).scalars().all()


async def of_account(session: Session, account_id: str) -> Sequence[Launch]:
    query = select(Launch).where(Launch.account_id == account_id).order_by(Launch.id)
    return (await session.execute(query)).scalars().all()


async def count_unpaid(session: Session, account_id: str) -> int:
    """Orders that wait for their payment and hold a name and room so long."""
    query = select(func.count()).select_from(Launch)
    query = query.where(Launch.account_id == account_id, Launch.state == "awaiting_payment")
    return (await session.execute(query)).scalar_one()


async def running(session: Session) -> Sequence[tuple[str, str, Json | None]]:
    """Systems that are at nothing just now, with their package's id and the resources they have if those
    are not their package's."""
    query = select(Launch.id, Launch.package_id, Launch.resources).where(
        Launch.state.in_(("running", "stopped")), Launch.subscription_id.is_not(None)
    )
    return [(row.id, row.package_id, row.resources) for row in await session.execute(query)]


async def resting(session: Session) -> set[str]:
    """Accounts with systems that were stopped by their rest."""
    query = select(Launch.account_id).where(Launch.rested_at.is_not(None), Launch.state.not_in(GONE_STATES))
    return set((await session.execute(query)).scalars())


async def name_in_use(session: Session, name: str) -> bool:
    query = select(Launch.id).where(Launch.name == name, Launch.state.not_in(GONE_STATES)).limit(1)
    return (await session.execute(query)).scalar_one_or_none() is not None


async def by_host(session: Session, host: str) -> Launch | None:
    query = select(Launch).where(Launch.host == host).order_by(Launch.id.desc()).limit(1)
    return (await session.execute(query)).scalar_one_or_none()


async def routed(session: Session) -> Sequence[Launch]:
    """Those whose address leads to their process."""
    query = select(Launch).where(Launch.state.in_(("running", "restarting")))
    return (await session.execute(query)).scalars().all()


async def living_ids(session: Session) -> set[str]:
    """Those that may own something on a server."""
    query = select(Launch.id).where(Launch.state.not_in(GONE_STATES))
    return set((await session.execute(query)).scalars())


async def count_by_state(session: Session, actor: Actor) -> dict[str, int]:
    inner = visible_to(actor).subquery()
    query = select(inner.c.state, func.count()).group_by(inner.c.state)
    return {state: count for state, count in (await session.execute(query)).all()}
