"""The administrator's login and password of a system, handed over once."""

from dataclasses import dataclass

from serai.kit import clock, events
from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.errors import Denied
from serai.kit.i18n import _
from serai.kit.secrets import Vault
from serai.modules.launches import policy
from serai.modules.launches.errors import CredentialsGone, WrongState
from serai.modules.launches.models import Launch
from serai.modules.launches.service import find


@dataclass(frozen=True, slots=True)
class Credentials:
    url: str
    login: str
    password: str


async def credentials(
    session: Session, actor: Actor, vault: Vault, reference: str, *, once: bool
) -> Credentials:
    """The administrator's login and password.

    `once` wipes the password after this reading. Raises CredentialsGone when that has happened.
    """
    launch = await find(session, actor, reference)
    policy.CREDENTIALS.require(actor, account_id=launch.account_id)
    if once and actor.kind == "staff" and actor.account_id != launch.account_id:
        raise Denied(_("The password is the customer's to see, once. Reset it if they have lost it."))
    if launch.state in {"awaiting_payment", "launching", "failed", "cancelled", "terminated"}:
        raise WrongState(
            _(
                "%(name)s is %(state)s; there are no credentials to show.",
                name=launch.name,
                state=launch.state,
            )  # fmt: skip
        )
    locked = await session.get_one(Launch, launch.id, with_for_update=True, populate_existing=True)
    if locked.sealed_password is None:
        raise CredentialsGone(
            _(
                "The password was shown before and is not kept. Reset it to get a new one: "
                "“Reset password” on the system's page, or `serai launch reset-password %(name)s`.",
                name=launch.name,
            )
        )
    shown = Credentials(locked.url, locked.login, vault.open(locked.sealed_password))
    await events.publish(session, actor, "launches.credentials_read", launch.id, launch.account_id)
    if once:
        locked.sealed_password, locked.password_shown_at = None, clock.now()
    return shown
