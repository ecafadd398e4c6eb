"""The books: double-entry, append-only, balanced by the database itself."""

from serai.modules.billing.ledger import queries
from serai.modules.billing.ledger.models import LedgerAccount, LedgerEntry, LedgerKind, LedgerTransfer
from serai.modules.billing.ledger.posting import (
    InsufficientFunds,
    Kind,
    LedgerAccountKey,
    Posted,
    Transfer,
    TransferKeyReused,
    Unbalanced,
    between,
    post,
    post_or_not,
)
from serai.modules.billing.ledger.verification import Verification, verify

__all__ = [
    "InsufficientFunds",
    "Kind",
    "LedgerAccount",
    "LedgerAccountKey",
    "LedgerEntry",
    "LedgerKind",
    "LedgerTransfer",
    "Posted",
    "Transfer",
    "TransferKeyReused",
    "Unbalanced",
    "Verification",
    "between",
    "post",
    "post_or_not",
    "queries",
    "verify",
]  # fmt: skip
