"""Who signs in: their session here, and what they are in the account of a system."""

from dataclasses import dataclass
from datetime import datetime

from serai.kit import clock
from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.modules.identity import accounts, queries, sessions
from serai.modules.identity.models import Account, User, WebSession
from serai.modules.identity.models.provider import SignInClient

OPEN = "launches:open"  # launches defines it


@dataclass(frozen=True, slots=True)
class SignedInSession:
    """`at`: when the person last proved who they are."""

    id: str
    user_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Person:
    """`role`: as the system calls it. `actor`: the person as somebody of the system's account."""

    user: User
    account: Account
    role: str
    actor: Actor


async def session_of(session: Session, actor: Actor) -> SignedInSession | None:
    """The session in which the actor's person sits here themselves: support and keys have none."""
    if actor.session_id is None or actor.impersonator is not None:
        return None
    return await living_session(session, actor.session_id)


async def living_session(session: Session, session_id: str) -> SignedInSession | None:
    row = await session.get(WebSession, session_id)
    user = await session.get(User, row.user_id) if row is not None else None
    if row is None or user is None or row.impersonator_id is not None or user.deactivated_at is not None:
        return None
    now = clock.now()
    if row.expires_at <= now or now - row.seen_at >= sessions.limits_of(user).idle:
        return None
    return SignedInSession(row.id, user.id, row.sudo_at or row.created_at)


async def member(session: Session, user_id: str, client: SignInClient) -> Person | None:
    """The person in the account the system belongs to, if they may sign in to systems there."""
    user = await session.get(User, user_id)
    account = await session.get(Account, client.account_id)
    membership = await queries.membership(session, client.account_id, user_id)
    if user is None or account is None or membership is None:
        return None
    if account.state != "active" or membership.deactivated_at is not None or user.deactivated_at is not None:
        return None
    actor = (await accounts.actor_in(session, user, account)).as_customer()
    if not actor.may(OPEN, account_id=account.id):
        return None
    return Person(user, account, client.roles.get(membership.role, membership.role), actor)
