"""SQL of the ways in."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from serai.kit.db import Session
from serai.modules.identity.models import (
    ApiToken,
    AttemptBudget,
    IdentityProvider,
    KnownDevice,
    LinkedSignIn,
    Passkey,
    PasswordCredential,
    RecoveryCode,
    SignInCode,
    Ticket,
    TotpCredential,
    User,
)


async def password_of(session: Session, user_id: str) -> PasswordCredential | None:
    return await session.get(PasswordCredential, user_id, populate_existing=True)


async def totp_of(session: Session, user_id: str, *, lock: bool = False) -> TotpCredential | None:
    query = select(TotpCredential).where(TotpCredential.user_id == user_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return (await session.execute(query)).scalar_one_or_none()


async def has_second_step(session: Session, user_id: str) -> bool:
    confirmed = exists().where(TotpCredential.user_id == user_id, TotpCredential.confirmed_at.is_not(None))
    passkey = exists().where(Passkey.user_id == user_id)
    return bool((await session.execute(select(or_(confirmed, passkey)))).scalar_one())


async def delete_recovery_codes(session: Session, user_id: str) -> None:
    await session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))


async def count_recovery_codes(session: Session, user_id: str) -> int:
    query = select(func.count()).select_from(RecoveryCode)
    query = query.where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
    return (await session.execute(query)).scalar_one()


async def unused_recovery_codes(session: Session, user_id: str) -> Sequence[RecoveryCode]:
    """Locked, so that one code is not used twice at once."""
    query = (
        select(RecoveryCode)
        .where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
        .order_by(RecoveryCode.id)
        .with_for_update()
    )
    return (await session.execute(query)).scalars().all()


async def codes_since(session: Session, email: str, moment: datetime, browser_hash: str | None) -> int:
    """How many were asked for; with `browser_hash` by that browser only."""
    query = select(func.count()).select_from(SignInCode)
    query = query.where(SignInCode.email == email, SignInCode.created_at > moment)
    if browser_hash is not None:
        query = query.where(SignInCode.browser_hash == browser_hash)
    return (await session.execute(query)).scalar_one()


async def open_code(
    session: Session, email: str, browser_hash: str | None, now: datetime
) -> SignInCode | None:
    """The newest code that is neither used nor expired, locked against a second try at once."""
    query = (
        select(SignInCode)
        .where(
            SignInCode.email == email, SignInCode.browser_hash.is_not_distinct_from(browser_hash),
            SignInCode.used_at.is_(None), SignInCode.expires_at > now,
        )
        .order_by(SignInCode.created_at.desc(), SignInCode.id.desc())
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    )  # fmt: skip
    return (await session.execute(query)).scalar_one_or_none()


async def passkeys_of(session: Session, user_id: str) -> Sequence[Passkey]:
    query = select(Passkey).where(Passkey.user_id == user_id).order_by(Passkey.id)
    return (await session.execute(query)).scalars().all()


async def passkey_with_owner(session: Session, credential_id: bytes) -> tuple[Passkey, User] | None:
    query = (
        select(Passkey, User)
        .join(User, User.id == Passkey.user_id)
        .where(Passkey.credential_id == credential_id)
        .with_for_update(of=Passkey)
    )
    row = (await session.execute(query)).one_or_none()
    return (row[0], row[1]) if row else None


async def passkey(session: Session, user_id: str, passkey_id: str) -> Passkey | None:
    query = select(Passkey).where(Passkey.user_id == user_id, Passkey.id == passkey_id)
    return (await session.execute(query)).scalar_one_or_none()


async def providers(session: Session, *, only_on: bool) -> Sequence[IdentityProvider]:
    query = select(IdentityProvider).order_by(IdentityProvider.name)
    if only_on:
        query = query.where(IdentityProvider.is_on)
    return (await session.execute(query)).scalars().all()


async def provider(session: Session, key: str) -> IdentityProvider | None:
    query = select(IdentityProvider).where(IdentityProvider.key == key)
    return (await session.execute(query)).scalar_one_or_none()


async def linked(session: Session, issuer: str, subject: str) -> tuple[LinkedSignIn, User] | None:
    query = (
        select(LinkedSignIn, User)
        .join(User, User.id == LinkedSignIn.user_id)
        .where(LinkedSignIn.issuer == issuer, LinkedSignIn.subject == subject)
    )
    row = (await session.execute(query)).one_or_none()
    return (row[0], row[1]) if row else None


async def links_of(session: Session, user_id: str) -> Sequence[LinkedSignIn]:
    query = select(LinkedSignIn).where(LinkedSignIn.user_id == user_id).order_by(LinkedSignIn.id)
    return (await session.execute(query)).scalars().all()


async def link(session: Session, user_id: str, link_id: str) -> LinkedSignIn | None:
    query = select(LinkedSignIn).where(LinkedSignIn.user_id == user_id, LinkedSignIn.id == link_id)
    return (await session.execute(query)).scalar_one_or_none()


async def ticket(session: Session, purpose: str, token_hash: str, now: datetime) -> Ticket | None:
    query = (
        select(Ticket)
        .where(Ticket.token_hash == token_hash, Ticket.purpose == purpose, Ticket.expires_at > now)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return (await session.execute(query)).scalar_one_or_none()


async def newest_ticket(session: Session, purpose: str, browser_hash: str, now: datetime) -> Ticket | None:
    query = (
        select(Ticket)
        .where(Ticket.browser_hash == browser_hash, Ticket.purpose == purpose, Ticket.expires_at > now)
        .order_by(Ticket.created_at.desc())
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return (await session.execute(query)).scalar_one_or_none()


async def cancel_tickets(session: Session, purpose: str, user_id: str) -> None:
    await session.execute(delete(Ticket).where(Ticket.purpose == purpose, Ticket.user_id == user_id))


async def cancel_browser_tickets(session: Session, purpose: str, browser_hash: str) -> None:
    statement = delete(Ticket).where(Ticket.purpose == purpose, Ticket.browser_hash == browser_hash)
    await session.execute(statement)


async def move_tickets(session: Session, purpose: str, browser_hash: str, new_hash: str) -> None:
    statement = update(Ticket).where(Ticket.purpose == purpose, Ticket.browser_hash == browser_hash)
    await session.execute(statement.values(browser_hash=new_hash))


async def ticket_about(session: Session, purpose: str, name: str, value: str, now: datetime) -> Ticket | None:
    query = select(Ticket).where(
        Ticket.purpose == purpose, Ticket.expires_at > now, Ticket.data[name].as_string() == value
    )
    return (await session.execute(query.limit(1))).scalar_one_or_none()


async def delete_old_tickets(session: Session, now: datetime) -> None:
    """A few at a time, and none that another transaction is at."""
    old = select(Ticket.token_hash).where(Ticket.expires_at <= now).limit(50).with_for_update(skip_locked=True)
    await session.execute(delete(Ticket).where(Ticket.token_hash.in_(old)))


async def lock_budgets(session: Session, keys: Sequence[str], now: datetime) -> dict[str, AttemptBudget]:
    """The rows of these keys, made where there are none, locked in one order."""
    rows = [{"key": key, "failures": 0, "last_at": now} for key in sorted(keys)]
    await session.execute(insert(AttemptBudget).values(rows).on_conflict_do_nothing())
    query = (
        select(AttemptBudget)
        .where(AttemptBudget.key.in_(keys))
        .order_by(AttemptBudget.key)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {row.key: row for row in (await session.execute(query)).scalars()}


async def delete_old_budgets(session: Session, before: datetime) -> None:
    old = (
        select(AttemptBudget.key)
        .where(AttemptBudget.last_at < before)
        .limit(50)
        .with_for_update(skip_locked=True)
    )
    await session.execute(delete(AttemptBudget).where(AttemptBudget.key.in_(old)))


async def delete_budgets(session: Session, keys: Sequence[str]) -> None:
    await session.execute(delete(AttemptBudget).where(AttemptBudget.key.in_(keys)))


async def known_device(session: Session, token_hash: str, user_id: str) -> KnownDevice | None:
    return await session.get(KnownDevice, (token_hash, user_id))


async def has_known_devices(session: Session, user_id: str) -> bool:
    query = select(exists().where(KnownDevice.user_id == user_id))
    return bool((await session.execute(query)).scalar_one())


async def move_devices(session: Session, token_hash: str, new_hash: str) -> None:
    """The browser's cookie changes; everybody known in it stays known."""
    statement = update(KnownDevice).where(KnownDevice.token_hash == token_hash)
    await session.execute(statement.values(token_hash=new_hash))


async def forget_devices(session: Session, user_id: str) -> None:
    await session.execute(delete(KnownDevice).where(KnownDevice.user_id == user_id))


async def delete_all_of(session: Session, user_id: str) -> None:
    """Every way in, and what is under way: of somebody who is deleted nothing signs in again."""
    for kind in _OF_PEOPLE:
        await session.execute(delete(kind).where(kind.user_id == user_id))


async def delete_added_since(session: Session, user_id: str, moment: datetime) -> dict[str, int]:
    """The ways in that are younger, and how many of each kind; an app also while it is being set up."""
    younger = {
        "password": delete(PasswordCredential).where(PasswordCredential.changed_at > moment),
        "app": delete(TotpCredential).where(
            or_(TotpCredential.confirmed_at > moment, TotpCredential.confirmed_at.is_(None))
        ),
        "passkeys": delete(Passkey).where(Passkey.created_at > moment),
        "linked_sign_ins": delete(LinkedSignIn).where(LinkedSignIn.created_at > moment),
        "recovery_codes": delete(RecoveryCode).where(RecoveryCode.created_at > moment),
    }
    counts = {}
    for name, statement in younger.items():
        kind = statement.table.c
        done = await session.execute(statement.where(kind.user_id == user_id).returning(kind.user_id))
        counts[name] = len(done.all())
    return counts


async def delete_tickets_since(session: Session, user_id: str, purpose: str, moment: datetime) -> None:
    """What the person has under way, but for what was begun for that purpose by then."""
    begun = or_(Ticket.purpose != purpose, Ticket.created_at > moment)
    await session.execute(delete(Ticket).where(Ticket.user_id == user_id, begun))


async def revoke_keys_since(
    session: Session, user_id: str, moment: datetime, now: datetime
) -> Sequence[ApiToken]:
    """The API keys that the person has made since and that still work."""
    statement = (
        update(ApiToken)
        .where(ApiToken.user_id == user_id, ApiToken.created_at > moment, ApiToken.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    return (await session.execute(statement.returning(ApiToken))).scalars().all()


_OF_PEOPLE = (
    PasswordCredential, TotpCredential, RecoveryCode, Passkey, LinkedSignIn, KnownDevice, Ticket,
)  # fmt: skip
