"""The mails people may look at, and what they may change about them."""

from collections.abc import Sequence
from datetime import timedelta

from serai.kit import clock, events
from serai.kit.actor import Actor
from serai.kit.db import Session, notify
from serai.kit.errors import Conflict, Invalid, NotFound
from serai.kit.i18n import _
from serai.modules.notifications import policy, queries
from serai.modules.notifications.kinds import KINDS, LIFETIME, NORMAL, is_secret
from serai.modules.notifications.models import Mail
from serai.modules.notifications.queue import CHANNEL

ENDED_BADLY = ("failed", "bounced", "suppressed")
_CAN_BE_RETRIED = {"queued", *ENDED_BADLY}


async def page(
    session: Session, actor: Actor, *, state: str | None = None, kind: str | None = None,
    search: str | None = None, account_id: str | None = None, before: str | None = None, limit: int = 20,
) -> Sequence[Mail]:  # fmt: skip
    """Newest first: those of the actor's account, or of all."""
    # Staff see all accounts' here, and a role in an account of their own does not allow that.
    policy.READ_MAILS.require(actor, account_id=None if actor.is_platform else actor.account_id)
    return await queries.page(
        session, actor, state=state, kind=kind, search=search, account_id=account_id, before=before,
        limit=limit,
    )  # fmt: skip


async def find(session: Session, actor: Actor, mail_id: str) -> Mail:
    found = await queries.mail(session, actor, mail_id)
    if found is None:
        raise _unknown(mail_id)
    policy.READ_MAILS.require(actor, account_id=None if actor.is_platform else found.account_id)
    return found


async def count_by_state(session: Session, actor: Actor) -> dict[str, int]:
    policy.READ_MAILS.require(actor)
    return await queries.count_by_state(session)


async def retry(session: Session, actor: Actor, mail_id: str) -> Mail:
    """Send it (again) now, with a new span of time. Raises Conflict where nothing is left to send."""
    policy.MANAGE_MAILS.require(actor)
    mail = await queries.mail(session, actor, mail_id, lock=True)
    if mail is None:
        raise _unknown(mail_id)
    if mail.state not in _CAN_BE_RETRIED:
        raise Conflict(_("This mail has been sent, or is being sent just now."))
    if not mail.text:
        raise Conflict(_("Its text was deleted, for it held a secret. Have a new one made."))
    await _queue_again(session, actor, mail)
    return mail


async def retry_all(session: Session, actor: Actor, state: str, since: timedelta) -> int:
    """Send those again that were queued within `since` and are `state` now; how many. Those that were
    emptied are left. Raises Invalid for a state that is not an unlucky end."""
    policy.MANAGE_MAILS.require(actor)
    if state not in ENDED_BADLY:
        raise Invalid(f"Only mails that are {', '.join(ENDED_BADLY)} can be sent again by state.")
    found = await queries.to_retry(session, state, clock.now() - since)
    for mail in found:
        await _queue_again(session, actor, mail)
    return len(found)


async def _queue_again(session: Session, actor: Actor, mail: Mail) -> None:
    now = clock.now()
    before = {"state": mail.state}
    mail.state, mail.due_at, mail.attempts, mail.last_error = "queued", now, 0, None
    known = KINDS.get(mail.kind)
    mail.give_up_at = now + (known.lifetime if known else LIFETIME)
    mail.priority = known.priority if known else NORMAL
    await notify(session, CHANNEL, "")
    await events.publish(
        session, actor, "notifications.mail_retried", mail.id, mail.account_id, before=before,
        after={"state": "queued"},
    )  # fmt: skip


def can_retry(actor: Actor, mail: Mail) -> bool:
    return policy.MANAGE_MAILS.allows(actor) and mail.state in _CAN_BE_RETRIED and bool(mail.text)


def readable(mail: Mail) -> bool:
    """Whether its text may be shown to staff: a code in it would open somebody's account."""
    return not is_secret(mail.kind) and bool(mail.text)


def _unknown(mail_id: str) -> NotFound:
    return NotFound(_("There is no mail %(id)s.", id=mail_id))
