"""Look launches up and change them; each change that takes time is an operation."""

from collections.abc import Sequence

from serai.contracts.runtime import WorkloadStatus
from serai.kit import events
from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.errors import Unavailable
from serai.kit.i18n import _
from serai.modules import catalog, fleet, operations
from serai.modules.launches import policy, queries
from serai.modules.launches.actions import ACTIONS
from serai.modules.launches.errors import LaunchNotFound, WrongState
from serai.modules.launches.models import Launch


async def find(session: Session, actor: Actor, reference: str) -> Launch:
    """By id or by name. Raises LaunchNotFound."""
    launch = await queries.find(session, actor, reference)
    if launch is None:
        raise LaunchNotFound(_("There is no system called %(name)s.", name=reference))
    policy.READ.require(actor, account_id=launch.account_id)
    return launch


async def page(
    session: Session,
    actor: Actor,
    *,
    state: str | None = None,
    search: str | None = None,
    include_gone: bool = False,
    before: str | None = None,
    limit: int = 50,
) -> Sequence[Launch]:
    """Newest first."""
    policy.READ.require(actor, account_id=actor.account_id)
    return await queries.page(
        session, actor, state=state, search=search, include_gone=include_gone, before=before,
        limit=limit,
    )  # fmt: skip


async def of_account(session: Session, actor: Actor, account_id: str) -> Sequence[Launch]:
    """All of one account's, also those that are gone."""
    policy.READ.require(actor, account_id=account_id)
    return await queries.of_account(session, account_id)


async def count_by_state(session: Session, actor: Actor) -> dict[str, int]:
    policy.READ.require(actor, account_id=actor.account_id)
    return await queries.count_by_state(session, actor)


async def by_host(session: Session, host: str) -> Launch | None:
    """For the page shown where no system answers; tells nothing but the state."""
    return await queries.by_host(session, host)


async def release_version(session: Session, launch: Launch) -> str:
    return (await catalog.get_release(session, launch.release_id)).version


async def process_status(servers: fleet.Fleet, launch_id: str) -> WorkloadStatus:
    """How the process is, asked of its server's runtime: call it outside of any transaction.

    An unreachable server is told as such, for a page must not fail over it.
    """
    try:
        drivers = await servers.of_launch(launch_id)
        return await drivers.runtime.status(launch_id) if drivers else WorkloadStatus(state="absent")
    except Unavailable as error:
        return WorkloadStatus(state="absent", log_tail=(error.message,))


async def stop(session: Session, actor: Actor, reference: str) -> operations.Operation:
    return await _change(session, actor, reference, "stop")


async def start(session: Session, actor: Actor, reference: str) -> operations.Operation:
    return await _change(session, actor, reference, "start")


async def restart(session: Session, actor: Actor, reference: str) -> operations.Operation:
    return await _change(session, actor, reference, "restart")


async def terminate(session: Session, actor: Actor, reference: str) -> operations.Operation:
    """Also again, after a termination that failed half-way."""
    return await _change(session, actor, reference, "terminate")


async def reset_password(session: Session, actor: Actor, reference: str) -> operations.Operation:
    """Queue a new administrator password; it is handed over once the operation has succeeded."""
    return await _change(session, actor, reference, "reset-password")


async def _change(session: Session, actor: Actor, reference: str, name: str) -> operations.Operation:
    action, launch = ACTIONS[name], await find(session, actor, reference)
    action.permission.require(actor, account_id=launch.account_id)
    launch = await session.get_one(Launch, launch.id, with_for_update=True, populate_existing=True)
    if launch.state not in action.states:
        raise WrongState(
            _(
                "%(name)s is %(state)s now; this works while it is %(allowed)s.",
                name=launch.name,
                state=launch.state,
                allowed=" / ".join(sorted(action.states)),
            )  # fmt: skip
        )
    operation = await enqueue(session, actor, launch, action.kind)
    before, launch.state = launch.state, action.becomes or launch.state
    await events.publish(
        session, actor, f"launches.{action.kind}_requested", launch.id, launch.account_id,
        before={"state": before}, after={"state": launch.state}, name=launch.name,
    )  # fmt: skip
    return operation


async def enqueue(session: Session, actor: Actor, launch: Launch, kind: str) -> operations.Operation:
    return await operations.enqueue(
        session, actor, kind, subject=launch.id, subject_name=launch.name,
        account_id=launch.account_id, input={"from_state": launch.state},
    )  # fmt: skip
