"""What is agreed with an account, beside what everybody pays."""

from collections.abc import Sequence

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.money import Money
from serai.modules import billing, catalog

Prices = dict[tuple[str, str, str], Money]


async def prices_for(
    session: Session, actor: Actor | None, packages: Sequence[catalog.PackageView]
) -> Prices:
    """(package id, period, currency) → what the account pays instead; only where that is another amount."""
    if actor is None or actor.account_id is None:
        return {}
    partner = await _partner_of(session, actor.account_id)
    specials = await catalog.special_prices_of(session, [actor.account_id], [partner] if partner else [])
    if not specials:
        return {}
    listed = await catalog.current_prices(session, [each.id for each in packages])
    found = {}
    for key, price in listed.items():
        special = catalog.best_special_price(specials, actor.account_id, partner, price)
        agreed = catalog.apply_special_price(special, price.amount)
        if agreed != price.amount:
            found[key] = agreed
    return found


async def _partner_of(session: Session, account_id: str) -> str | None:
    """Nobody's profile is made for a look at prices."""
    known = (await billing.profiles.billed(session, [account_id])).get(account_id)
    return known.profile.partner_id if known else None
