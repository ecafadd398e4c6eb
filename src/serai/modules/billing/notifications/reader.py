"""Whom an account is written to, by mail and by the bell."""

from dataclasses import dataclass
from typing import Any

from serai.kit.actor import SYSTEM
from serai.kit.db import Session
from serai.modules import identity, notifications
from serai.modules.billing.profiles import service as profiles

PAGE = "/console/billing"


@dataclass(frozen=True, slots=True)
class Reader:
    email: str
    language: str
    time_zone: str


async def reader_of(session: Session, account_id: str) -> Reader | None:
    by = await profiles.ensure(session, SYSTEM, account_id)
    owner = await identity.people.owner_of(session, account_id)
    email = by.profile.email or (owner.email if owner else None)
    if email is None:
        return None
    language = (
        by.profile.language if by.profile.email or owner is None else owner.language or by.profile.language
    )
    return Reader(email, language, by.profile.time_zone)


async def mail(session: Session, account_id: str, kind: str, /, **context: Any) -> None:
    reader = await reader_of(session, account_id)
    if reader is not None:
        await notifications.mail(
            session, kind, reader.email, language=reader.language, account_id=account_id, **context
        )


async def tell(session: Session, account_id: str, title: str, icon: str, link: str, **values: str) -> None:
    await notifications.tell(session, "billing", title, account_id=account_id, link=link, icon=icon, **values)
