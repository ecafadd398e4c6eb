"""What is told ahead of time, once: a trial that ends, a card that expires."""

from datetime import timedelta

from sqlalchemy import select

from serai.kit import clock, idempotency
from serai.kit.db import Session
from serai.modules import notifications
from serai.modules.billing.notifications.reader import PAGE, reader_of
from serai.modules.billing.payments import queries as payment_queries
from serai.modules.billing.payments.models import PaymentMethod
from serai.modules.billing.periods import local_date
from serai.modules.billing.subscriptions import store
from serai.modules.billing.subscriptions.models import Subscription

_BEFORE_TRIAL_ENDS = timedelta(days=3)


async def mail_ending_trials(session: Session, limit: int = 200) -> int:
    """Some days before a trial ends, once."""
    now = clock.now()
    query = select(Subscription).where(
        Subscription.status == "trialing", Subscription.due_at <= now + _BEFORE_TRIAL_ENDS,
        Subscription.due_at > now,
    )  # fmt: skip
    told = 0
    for row in (await session.execute(query.limit(limit))).scalars().all():
        state = store.state_of(row)
        if state.cancel_at_end or not await idempotency.first_time(session, "billing.trial_ending", row.id):
            continue
        reader = await reader_of(session, row.account_id)
        if reader is None or state.trial_end is None:
            continue
        amount = sum(item.price * item.quantity for item in state.plan.items)
        methods = await payment_queries.methods(session, row.account_id)
        await notifications.mail(
            session, "trial_ending", reader.email, language=reader.language, account_id=row.account_id,
            name=state.label, amount=amount, currency=state.currency, has_method=bool(methods),
            ends_on=local_date(state.trial_end, reader.time_zone).isoformat(), link=PAGE,
        )  # fmt: skip
        told += 1
    return told


async def mail_expiring_cards(session: Session) -> int:
    """In the month before a card that renewals are charged to expires, once."""
    month = (clock.now() + timedelta(days=30)).strftime("%Y-%m")
    query = select(PaymentMethod).where(
        PaymentMethod.is_default, PaymentMethod.state == "active", PaymentMethod.expires <= month
    )
    told = 0
    for row in (await session.execute(query)).scalars().all():
        if not await idempotency.first_time(session, "billing.card_expiring", f"{row.id}/{row.expires}"):
            continue
        reader = await reader_of(session, row.account_id)
        if reader is not None:
            await notifications.mail(
                session, "card_expiring", reader.email, language=reader.language,
                account_id=row.account_id, method=row.label, expires=row.expires, link=PAGE,
            )  # fmt: skip
            told += 1
    return told
