"""Money came into a wallet: what is owed is paid first."""

from serai.kit import clock
from serai.kit.actor import SYSTEM
from serai.kit.db import Session
from serai.modules.billing.invoices import queries, settling
from serai.modules.billing.profiles import service as profiles
from serai.modules.billing.subscriptions import payment_status


async def settle_from_wallet(session: Session, account_id: str) -> int:
    """Oldest first; how many invoices were touched."""
    at = clock.now()
    by = await profiles.ensure(session, SYSTEM, account_id)
    if not by.profile.use_wallet:
        return 0
    found = await queries.open_of_account(session, account_id)
    rows = [await queries.locked(session, each.id) for each in found]
    touched = await settling.pay_from_wallets(session, rows, at)
    for invoice in touched:
        if invoice.due == 0:
            await payment_status.settled(session, invoice, at)
    return len(touched)
