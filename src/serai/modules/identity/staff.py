"""The platform's own people, and what they do with customers' accounts."""

from collections.abc import Sequence

from serai.kit import clock, events
from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.errors import Conflict, Invalid, NotFound
from serai.kit.i18n import _
from serai.modules.identity import builtin_roles, policy, queries, session_queries
from serai.modules.identity.accounts import ensure_user
from serai.modules.identity.emails import clean_email
from serai.modules.identity.models import Account, User

SUPERADMIN = "superadmin"


async def list_staff(session: Session, actor: Actor) -> Sequence[User]:
    policy.STAFF_READ.require(actor)
    return await queries.staff(session)


async def appoint(session: Session, actor: Actor, email: str, role: str) -> User:
    """Make somebody staff, or give them another role. Their sessions end: as staff other limits
    hold."""
    policy.STAFF_MANAGE.require(actor)
    _check_role(role)
    user, _account = await ensure_user(session, clean_email(email))
    if user.staff_role == SUPERADMIN and role != SUPERADMIN and user.deactivated_at is None:
        await _leave_a_superadmin(session)
    before, user.staff_role = user.staff_role, role
    await session_queries.delete_sessions_of(session, user.id, but=actor.session_id)
    await events.publish(
        session, actor, "identity.staff_appointed", user.id, None, before={"role": before},
        after={"role": role, "email": user.email},
    )  # fmt: skip
    return user


async def dismiss(session: Session, actor: Actor, user_id: str) -> User:
    policy.STAFF_MANAGE.require(actor)
    user = await session.get(User, user_id, with_for_update=True)
    if user is None or user.staff_role is None:
        raise NotFound(_("There is no member of staff %(id)s.", id=user_id))
    if user.staff_role == SUPERADMIN and user.deactivated_at is None:
        await _leave_a_superadmin(session)
    before, user.staff_role = user.staff_role, None
    await session_queries.delete_sessions_of(session, user.id)
    await events.publish(
        session, actor, "identity.staff_dismissed", user.id, None,
        before={"role": before, "email": user.email},
    )  # fmt: skip
    return user


async def page_of_accounts(
    session: Session, actor: Actor, *, search: str = "", before: str | None = None, limit: int = 50
) -> Sequence[tuple[Account, int]]:
    """Newest first, with the number of members; found by name, id or a member's address."""
    policy.ACCOUNT_READ.require(actor)
    return await queries.accounts_page(session, search=search.strip(), before=before, limit=limit)


async def set_active(session: Session, actor: Actor, user_id: str, *, active: bool) -> User:
    """Shut a person out of everything, or let them in again."""
    policy.STAFF_MANAGE.require(actor)
    user = await session.get(User, user_id, with_for_update=True)
    if user is None:
        raise NotFound(_("There is no such person."))
    if not active and user.staff_role == SUPERADMIN and user.deactivated_at is None:
        await _leave_a_superadmin(session)
    user.deactivated_at = None if active else clock.now()
    if not active:
        await session_queries.delete_sessions_of(session, user.id)
    name = "identity.user_reactivated" if active else "identity.user_deactivated"
    await events.publish(session, actor, name, user.id, None, email=user.email)
    return user


async def end_sessions(session: Session, actor: Actor, user_id: str) -> int:
    """Sign a person out everywhere, for instance when a laptop was lost; how many sessions."""
    policy.STAFF_MANAGE.require(actor)
    if await session.get(User, user_id) is None:
        raise NotFound(_("There is no such person."))
    count = await session_queries.delete_sessions_of(session, user_id, but=actor.session_id)
    await events.publish(session, actor, "identity.sessions_ended", user_id, None, count=count)
    return count


def _check_role(role: str) -> None:
    if not builtin_roles.is_staff_role(role):
        message = _("Choose one of the staff's roles.")
        raise Invalid(message, fields={"role": message})


async def _leave_a_superadmin(session: Session) -> None:
    await queries.lock_email(session, "staff")  # two at once must not both see the other one
    found = [each for each in await queries.staff(session) if each.staff_role == SUPERADMIN]
    if sum(each.deactivated_at is None for each in found) < 2:
        raise Conflict(_("The platform needs a superadmin. Appoint another one first."))
