"""What can be done with a system: pages and the API ask before, the services when it is done."""

from collections.abc import Mapping
from dataclasses import dataclass

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.permissions import Permission
from serai.modules import operations
from serai.modules.launches import policy
from serai.modules.launches.models import Launch


@dataclass(frozen=True, slots=True)
class Action:
    """`kind`: its workflow. `states`: those in which it can be asked for; `becomes`: the one meanwhile, None
    where that stays."""

    kind: str
    permission: Permission
    states: frozenset[str]
    becomes: str | None = None


ACTIONS: Mapping[str, Action] = {
    "stop": Action("stop", policy.OPERATE, frozenset({"running"}), "stopping"),
    "start": Action("start", policy.OPERATE, frozenset({"stopped"}), "starting"),
    "restart": Action("restart", policy.OPERATE, frozenset({"running"}), "restarting"),
    "reset-password": Action("reset_password", policy.CREDENTIALS, frozenset({"running", "stopped"})),
    # Also again, after a termination that failed half-way.
    "terminate": Action(
        "terminate", policy.TERMINATE, frozenset({"running", "stopped", "suspended", "terminating"}), "terminating"
    ),
}  # fmt: skip


async def allowed_actions(session: Session, actor: Actor, launch: Launch) -> frozenset[str]:
    """What the actor may ask for just now; nothing while an operation is under way."""
    found = frozenset(
        name for name, action in ACTIONS.items()
        if launch.state in action.states and action.permission.allows(actor, account_id=launch.account_id)
    )  # fmt: skip
    return frozenset() if found and await operations.is_busy(session, launch.id) else found
