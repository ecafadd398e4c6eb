"""Move money: transfers between accounts of the books, all or nothing, each key once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import msgspec
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from serai.kit import clock
from serai.kit.db import Session
from serai.kit.errors import Conflict, SeraiError
from serai.kit.i18n import _
from serai.kit.money import Money

Kind = Literal[
    "wallet", "wallet_held", "receivable", "revenue", "deferred_revenue", "tax_payable",
    "gateway_clearing", "gateway_fees", "bank", "adjustments", "write_offs",
    "commission_expense", "commission_payable",
]  # fmt: skip


class InsufficientFunds(Conflict):
    """A balance would fall below its limit; nothing was moved."""

    code = "billing.insufficient_funds"


class TransferKeyReused(Conflict):
    """The key stands for another movement already."""

    code = "billing.transfer_key_reused"


class Unbalanced(SeraiError):
    """The legs do not add up to zero: a mistake of ours, never of a user."""

    code = "billing.unbalanced"


@dataclass(frozen=True, slots=True)
class LedgerAccountKey:
    """One account of the books. `account_id` is the customer's, empty for the platform's own."""

    kind: Kind
    account_id: str = ""
    party: str = ""


@dataclass(frozen=True, slots=True)
class Transfer:
    """`legs`: (place, minor units), debits positive, credits negative, sum zero. `account_id`: whose
    statement shows it. `key`: the same key moves once, whoever asks and how often."""

    key: str
    kind: str
    currency: str
    legs: tuple[tuple[LedgerAccountKey, int], ...]
    account_id: str = ""
    subject: str = ""
    at: datetime | None = None
    memo: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {
            "key": self.key, "kind": self.kind, "currency": self.currency, "account": self.account_id,
            "subject": self.subject, "memo": dict(self.memo), "at": (self.at or clock.now()).isoformat(),
            "legs": [[p.kind, p.account_id, p.party, amount] for p, amount in self.legs if amount],
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Posted:
    """`replayed`: it had been posted before; nothing moved now."""

    key: str
    transfer_id: int
    replayed: bool


def between(debit: LedgerAccountKey, credit: LedgerAccountKey, amount: Money, **more: Any) -> Transfer:
    """The usual transfer: from one place to one other."""
    legs = ((debit, amount.amount), (credit, -amount.amount))
    return Transfer(currency=amount.currency, legs=legs, **more)


async def post(session: Session, *transfers: Transfer) -> Sequence[Posted]:
    """Post in the session's transaction, in one round trip however many there are.

    Raises InsufficientFunds, TransferKeyReused, Unbalanced; then nothing was posted.
    """
    if not transfers:
        return []
    given = msgspec.json.encode([each.as_json() for each in transfers]).decode()
    try:
        rows = (await session.execute(_POST, {"transfers": given})).all()
    except DBAPIError as error:
        raise _meaning(error.orig) or error from error
    return [Posted(*row) for row in rows]


async def post_or_not(session: Session, *transfers: Transfer) -> bool:
    """The same for a caller that goes on when a balance does not suffice: False, and nothing moved."""
    try:
        async with session.begin_nested():
            await post(session, *transfers)
    except InsufficientFunds:
        return False
    return True


def _meaning(error: object) -> SeraiError | None:
    state = getattr(error, "sqlstate", None)
    if state == "23514":
        return InsufficientFunds(
            _("The balance is not enough. Top the wallet up, or choose another way to pay.")
        )
    if state == "SE002":
        return TransferKeyReused("This key was used for another movement of money; use a new one.")
    if state in {"SE001", "SE003"}:
        return Unbalanced(str(error).partition("\n")[0])
    return None


_POST = text("SELECT key, transfer_id, replayed FROM ledger_post(CAST(:transfers AS jsonb))")
