"""Wallets: balances, money set aside, credit limits, adjustments by staff, and filling up by itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from serai.kit import clock, events, ids
from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.errors import Conflict, Invalid, NotFound
from serai.kit.i18n import _
from serai.kit.money import Money
from serai.modules.billing import ledger, policy
from serai.modules.billing.ledger import LedgerAccountKey
from serai.modules.billing.payments import overdue
from serai.modules.billing.wallet_models import WalletHold

HELD_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Balance:
    """`available` can be spent; `held` is set aside; `limit`: how far the wallet may be overdrawn."""

    currency: str
    available: int
    held: int
    limit: int

    @property
    def spendable(self) -> int:
        return self.available + self.limit


async def balances(session: Session, actor: Actor, account_id: str) -> list[Balance]:
    """One for each currency that was ever in it."""
    policy.READ.require(actor, account_id=account_id)
    wallets = await ledger.queries.of_customer(session, account_id, "wallet")
    held = {
        row.currency: row.balance or 0
        for row in await ledger.queries.of_customer(session, account_id, "wallet_held")
    }
    return [
        Balance(row.currency, row.balance or 0, held.get(row.currency, 0), -(row.minimum_balance or 0))
        for row in wallets
    ]


async def hold(
    session: Session, actor: Actor, account_id: str, amount: Money, reason: str, *,
    key: str | None = None, lasts: timedelta = HELD_FOR,
) -> WalletHold:  # fmt: skip
    """Set money aside. With the same `key` it is set aside once. Raises InsufficientFunds."""
    policy.PAY.require(actor, account_id=account_id)
    _positive(amount)
    hold_id = f"hold_{account_id}_{key}" if key else ids.new("hold")
    known = await session.get(WalletHold, hold_id)
    if known is not None:
        return known
    now = clock.now()
    made = WalletHold(
        id=hold_id, account_id=account_id, currency=amount.currency, amount=amount.amount, captured=0,
        reason=reason, state="held", expires_at=now + lasts, created_at=now,
    )  # fmt: skip
    session.add(made)
    await session.flush()
    await _move(session, made, "wallet", "wallet_held", amount.amount, "held")
    return made


async def capture(session: Session, actor: Actor, hold_id: str, amount: int, to: LedgerAccountKey) -> WalletHold:
    """Spend what was set aside, or a part of it; the rest is free again. Raises Conflict when it is over."""
    row = await _held(session, actor, hold_id)
    if not 0 < amount <= row.amount:
        raise Invalid(_("No more can be captured than was set aside."))
    currency = row.currency
    await ledger.post(
        session,
        ledger.between(
            LedgerAccountKey("wallet_held", row.account_id), to, Money(amount, currency), key=f"{row.id}/captured",
            kind="hold_captured", account_id=row.account_id, subject=row.id,
        ),
    )  # fmt: skip
    if row.amount > amount:
        await _move(session, row, "wallet_held", "wallet", row.amount - amount, "rest")
    row.state, row.captured = "captured", amount
    await session.flush()
    return row


async def release(session: Session, actor: Actor, hold_id: str) -> WalletHold:
    row = await _held(session, actor, hold_id)
    await _move(session, row, "wallet_held", "wallet", row.amount, "released")
    row.state = "released"
    await session.flush()
    return row


async def release_expired(session: Session, actor: Actor) -> int:
    """What nobody captured in time is free again."""
    query = select(WalletHold.id).where(WalletHold.state == "held", WalletHold.expires_at <= clock.now())
    found = (
        (await session.execute(query.limit(500).with_for_update(skip_locked=True, key_share=True)))
        .scalars()
        .all()
    )
    for hold_id in found:
        await release(session, actor, hold_id)
    return len(found)


async def adjust(
    session: Session, actor: Actor, account_id: str, amount: Money, reason: str, *, key: str | None = None
) -> None:
    """Staff give (above zero) or take (below); with the same `key` once. Raises InsufficientFunds."""
    policy.ADJUST.require(actor)
    if amount.amount == 0 or not reason.strip():
        raise Invalid(_("Say how much, and why."), fields={"reason": _("Customers read this.")})
    wallet = LedgerAccountKey("wallet", account_id)
    key = key or ids.new("adj")
    await ledger.post(
        session,
        ledger.between(
            LedgerAccountKey("adjustments"), wallet, amount, key=f"adjust/{key}", kind="adjustment",
            account_id=account_id, subject=account_id, memo={"reason": reason.strip()[:200]},
        ),
    )  # fmt: skip
    if amount.amount > 0:
        await overdue.settle_from_wallet(session, account_id)
    await events.publish(
        session, actor, "billing.wallet_adjusted", account_id, account_id, amount=amount.amount,
        currency=amount.currency, reason=reason.strip()[:200],
    )  # fmt: skip


async def set_credit_limit(session: Session, actor: Actor, account_id: str, limit: Money) -> None:
    """How far the wallet may be overdrawn. Raises Conflict when it is overdrawn further already."""
    policy.ADJUST.require(actor)
    if limit.amount < 0:
        raise Invalid(_("A limit is zero or more."), fields={"limit": _("A limit is zero or more.")})
    balance = await ledger.queries.balance(session, LedgerAccountKey("wallet", account_id), limit.currency)
    if balance < -limit.amount:
        raise Conflict(_("The wallet is overdrawn further than that already."))
    await ledger.queries.set_minimum_balance(session, account_id, limit.currency, -limit.amount)
    await events.publish(
        session, actor, "billing.credit_limit_set", account_id, account_id, limit=limit.amount,
        currency=limit.currency,
    )  # fmt: skip


async def movements(
    session: Session,
    actor: Actor,
    account_id: str,
    currency: str,
    *,
    before: int | None = None,
    limit: int = 50,
) -> Sequence[tuple[ledger.LedgerTransfer, int]]:
    """(transfer, what it did to the wallet), newest first."""
    policy.READ.require(actor, account_id=account_id)
    rows = await ledger.queries.movements(
        session, LedgerAccountKey("wallet", account_id), currency, before=before, limit=limit
    )
    return [(transfer, int(amount)) for transfer, amount in rows]


async def _held(session: Session, actor: Actor, hold_id: str) -> WalletHold:
    query = select(WalletHold).where(WalletHold.id == hold_id).with_for_update(key_share=True)
    row = (await session.execute(query)).scalar_one_or_none()
    if row is None or not actor.sees(row.account_id):
        raise NotFound(_("Nothing is set aside under this id."))
    policy.PAY.require(actor, account_id=row.account_id)
    if row.state != "held":
        raise Conflict(_("This was captured or released already."))
    return row


async def _move(
    session: Session, row: WalletHold, source: ledger.Kind, target: ledger.Kind, amount: int, word: str
) -> None:
    await ledger.post(
        session,
        ledger.between(
            LedgerAccountKey(source, row.account_id), LedgerAccountKey(target, row.account_id), Money(amount, row.currency),
            key=f"{row.id}/{word}", kind=f"hold_{word}", account_id=row.account_id, subject=row.id,
        ),
    )  # fmt: skip


def _positive(amount: Money) -> None:
    if amount.amount <= 0:
        raise Invalid(_("The amount has to be above zero."), fields={"amount": _("Above zero.")})
