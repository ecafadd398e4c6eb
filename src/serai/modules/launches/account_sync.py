"""Systems follow their account: they rest with it, come back with it, and are removed with it."""

from serai.kit import clock
from serai.kit.actor import SYSTEM
from serai.kit.db import Session
from serai.kit.errors import Conflict
from serai.modules import identity
from serai.modules.launches import queries
from serai.modules.launches.models import Launch
from serai.modules.launches.service import start, stop, terminate


async def follow(session: Session, account_id: str) -> int:
    """Do what the account's state asks of its systems as it is now; how many were changed.

    One that is busy is left for the next round, which comes every few minutes.
    """
    state = await identity.accounts.state_of(session, account_id)
    changed = 0
    for launch in await queries.of_account(session, account_id):
        try:
            changed += await _FOLLOW[state](session, launch)
        except Conflict:  # an operation is under way
            continue
    return changed


async def accounts(session: Session) -> list[str]:
    """Whose systems may have been busy when their account changed, however long ago."""
    return sorted((await identity.accounts.not_active(session)).keys() | await queries.resting(session))


async def _rest(session: Session, launch: Launch) -> bool:
    if launch.state != "running":
        return False
    await stop(session, SYSTEM, launch.id)
    launch.rested_at = clock.now()
    return True


async def _come_back(session: Session, launch: Launch) -> bool:
    """Only what the rest stopped: what its owner had stopped before stays so."""
    if launch.rested_at is None:
        return False
    if launch.state == "stopped":
        await start(session, SYSTEM, launch.id)
        launch.rested_at = None
        return True
    return False


async def _go(session: Session, launch: Launch) -> bool:
    if launch.state not in {"running", "stopped", "suspended"}:
        return False
    await terminate(session, SYSTEM, launch.id)
    return True


_FOLLOW = {"active": _come_back, "deactivated": _rest, "deleted": _go}
