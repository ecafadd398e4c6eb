"""Fill wallets by themselves when they fall below what their owner chose."""

import structlog
from sqlalchemy import func, select

from serai.kit import clock
from serai.kit.actor import SYSTEM
from serai.kit.db import Database, Session
from serai.kit.money import Money
from serai.modules.billing import ledger
from serai.modules.billing.ledger import LedgerAccountKey
from serai.modules.billing.payments import paying, queries
from serai.modules.billing.payments.models import Payment
from serai.modules.billing.payments.paying import PaymentIntent
from serai.modules.billing.profiles.models import BillingProfile

log = structlog.get_logger()


async def begin_all(database: Database) -> int:
    """How many top-ups were begun; each is charged by a job of its own. One that fails is tried again the
    next day."""
    async with database.transaction() as session:
        query = select(BillingProfile.account_id).where(BillingProfile.auto_top_up.is_not(None))
        accounts = (await session.execute(query)).scalars().all()
    begun = 0
    for account_id in accounts:
        try:
            async with database.transaction() as session:
                payment = await _begin(session, account_id)
                if payment is not None:
                    payment.next_check_at = clock.now()
                    begun += 1
        except Exception as error:  # one wallet that cannot be filled keeps no other empty
            log.warning("a wallet could not be filled", account=account_id, error=str(error))
    return begun


async def _begin(session: Session, account_id: str) -> Payment | None:
    profile = await session.get_one(BillingProfile, account_id)
    wanted = profile.auto_top_up
    if not wanted:
        return None
    balance = await ledger.queries.balance(session, LedgerAccountKey("wallet", account_id), wanted["currency"])
    method = next((each for each in await queries.methods(session, account_id) if each.is_default), None)
    if balance >= wanted["threshold"] or method is None or method.state != "active":
        return None
    done = await _done(session, account_id)
    key = f"auto_top_up/{account_id}/{clock.now().date().isoformat()}/{done}"
    if await queries.by_key(session, key) is not None:
        return None
    intent = PaymentIntent(method_id=method.id, off_session=True, key=key)
    return await paying.top_up(session, SYSTEM, account_id, Money(wanted["amount"], wanted["currency"]), intent)


async def _done(session: Session, account_id: str) -> int:
    query = select(func.count()).where(
        Payment.account_id == account_id, Payment.purpose == "top_up", Payment.state == "succeeded"
    )
    return int((await session.execute(query)).scalar_one())
