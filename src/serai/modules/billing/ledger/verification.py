"""Check the books against every rule they keep, from the entries up."""

from dataclasses import dataclass

from sqlalchemy import text

from serai.kit.db import Session


@dataclass(frozen=True, slots=True)
class Check:
    """`broken`: what breaks the rule, by id; empty when it holds."""

    name: str
    broken: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Total:
    """One line of the trial balance; `balance` on the natural side, all in minor units."""

    currency: str
    kind: str
    debits: int
    credits: int
    balance: int


@dataclass(frozen=True, slots=True)
class Verification:
    checks: tuple[Check, ...]
    totals: tuple[Total, ...]
    transfers: int

    @property
    def holds(self) -> bool:
        return not any(check.broken for check in self.checks)


async def verify(session: Session) -> Verification:
    """Reads the whole ledger. All rules are one statement: it is seen as it is at one moment."""
    rows = (await session.execute(text(_ALL_RULES))).all()
    checks = [Check(name, tuple(broken)) for name, broken in rows]
    totals = [Total(*row) for row in (await session.execute(text(_TOTALS))).all()]
    count = (await session.execute(text("SELECT count(*) FROM ledger_transfers"))).scalar_one()
    return Verification(tuple(checks), tuple(totals), count)


_RULES = {
    "every transfer's entries add up to zero":
        "SELECT transfer_id FROM ledger_entries GROUP BY transfer_id HAVING sum(amount) <> 0 LIMIT 20",
    "every transfer has at least two entries":
        "SELECT t.id FROM ledger_transfers t WHERE (SELECT count(*) FROM ledger_entries e "
        "WHERE e.transfer_id = t.id) < 2 LIMIT 20",
    "every entry belongs to an account and is in its currency":
        "SELECT e.transfer_id FROM ledger_entries e JOIN ledger_transfers t ON t.id = e.transfer_id "
        "LEFT JOIN ledger_accounts a ON a.id = e.ledger_account_id AND a.currency = t.currency "
        "AND a.account_id = e.account_id WHERE a.id IS NULL LIMIT 20",
    "every kept balance is the sum of its entries":
        "SELECT a.id FROM ledger_accounts a LEFT JOIN (SELECT ledger_account_id, sum(amount) AS total "
        "FROM ledger_entries GROUP BY 1) e ON e.ledger_account_id = a.id WHERE a.balance IS NOT NULL "
        "AND a.balance <> coalesce(CASE WHEN a.debit_normal THEN e.total ELSE -e.total END, 0) LIMIT 20",
    "no balance is below its limit":
        "SELECT id FROM ledger_accounts WHERE balance < minimum_balance LIMIT 20",
    "all debits are all credits, in each currency":
        "SELECT t.currency FROM ledger_entries e JOIN ledger_transfers t ON t.id = e.transfer_id "
        "GROUP BY 1 HAVING sum(e.amount) <> 0",
}  # fmt: skip
# Made of the constants above alone.
_ALL_RULES = " UNION ALL ".join(
    f"SELECT $rule${name}$rule$, array(SELECT broken::text FROM ({query}) AS found(broken))"  # noqa: S608
    for name, query in _RULES.items()
)
_TOTALS = """
    SELECT a.currency, a.kind, coalesce(sum(e.amount) FILTER (WHERE e.amount > 0), 0)::bigint,
           coalesce(-sum(e.amount) FILTER (WHERE e.amount < 0), 0)::bigint,
           coalesce(sum(CASE WHEN a.debit_normal THEN e.amount ELSE -e.amount END), 0)::bigint
    FROM ledger_accounts a JOIN ledger_entries e ON e.ledger_account_id = a.id
    GROUP BY 1, 2 ORDER BY 1, 2
"""
