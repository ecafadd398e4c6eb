"""Launches as OIDC clients: one each, made and removed with the launch."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field

from serai.kit import clock, events
from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.modules.identity.hashing import token_hash
from serai.modules.identity.models.provider import SignInClient
from serai.modules.identity.provider import queries


@dataclass(frozen=True, slots=True)
class NewClient:
    """`id`: the launch's. `roles`: what the system calls Serai's roles, where it differs."""

    id: str
    account_id: str
    name: str
    secret: str
    address: str
    redirect_path: str
    open_path: str | None = None
    roles: Mapping[str, str] = field(default_factory=dict)


async def register(session: Session, actor: Actor, new: NewClient) -> SignInClient:
    """Let the launch's people sign in to it; once more for the same launch changes nothing."""
    found = await queries.client(session, new.id)
    if found is not None:
        return found
    row = SignInClient(
        id=new.id, account_id=new.account_id, name=new.name,
        secret_hash=token_hash(new.secret), address=new.address,
        redirect_uri=new.address + new.redirect_path,
        open_uri=new.address + new.open_path if new.open_path else None,
        roles=dict(new.roles), created_at=clock.now(),
    )  # fmt: skip
    session.add(row)
    await events.publish(session, actor, "identity.sign_in_client_registered", row.id, row.account_id,
                         name=row.name)  # fmt: skip
    await session.flush()
    return row


async def withdraw(session: Session, actor: Actor, client_id: str) -> None:
    """Nobody signs in any more, and who had is out. A launch without a client is fine, too."""
    row = await queries.client(session, client_id)
    if row is not None and row.ended_at is None:
        row.ended_at = clock.now()
        await queries.remove_grants_of(session, client_id)
        await events.publish(session, actor, "identity.sign_in_client_withdrawn", row.id, row.account_id,
                             name=row.name)  # fmt: skip


async def restore(session: Session, actor: Actor, client_id: str) -> None:
    """For a launch that is tried again."""
    row = await queries.client(session, client_id)
    if row is not None and row.ended_at is not None:
        row.ended_at = None
        await events.publish(session, actor, "identity.sign_in_client_restored", row.id, row.account_id,
                             name=row.name)  # fmt: skip


async def find(session: Session, client_id: str) -> SignInClient | None:
    """None, too, for one that is withdrawn."""
    row = await queries.client(session, client_id)
    return row if row is not None and row.ended_at is None else None


def has_secret(client: SignInClient, secret: str) -> bool:
    return hmac.compare_digest(client.secret_hash, token_hash(secret))
