"""Sellers' and profiles' SQL."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from serai.kit.db import Session
from serai.modules.billing.profiles.models import BillingProfile, LegalEntity, TaxRate


async def profiles(session: Session, account_ids: Sequence[str]) -> dict[str, BillingProfile]:
    query = select(BillingProfile).where(BillingProfile.account_id.in_(account_ids))
    return {row.account_id: row for row in (await session.execute(query)).scalars()}


async def add_profile(session: Session, values: dict[str, object]) -> None:
    """Unless there is one."""
    await session.execute(insert(BillingProfile).values(**values).on_conflict_do_nothing())


async def entities(session: Session) -> dict[str, LegalEntity]:
    query = select(LegalEntity).order_by(LegalEntity.is_default.desc(), LegalEntity.name)
    return {row.id: row for row in (await session.execute(query)).scalars()}


async def tax_rates(session: Session) -> Sequence[TaxRate]:
    query = select(TaxRate).order_by(TaxRate.country, TaxRate.valid_from)
    return (await session.execute(query)).scalars().all()
