"""What billing has to know of the catalogue and of the accounts, read once for many subscriptions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from serai.kit.db import Json, Session
from serai.kit.money import Money
from serai.modules import catalog
from serai.modules.billing.profiles.service import Billed, billed
from serai.modules.billing.subscriptions.state import Item, Plan, State


@dataclass(frozen=True, slots=True)
class PricingContext:
    """`usage`: (subscription, charge, from) → quantity, for those subscriptions that have charges."""

    at: datetime
    prices: Mapping[str, catalog.PriceView]
    packages: Mapping[str, catalog.PackageView]
    charges: Mapping[tuple[str, str], list[catalog.ChargeView]]
    specials: Sequence[catalog.SpecialPriceView]
    accounts: Mapping[str, Billed]
    meters: Mapping[str, list[catalog.MeterView]] = field(default_factory=dict)

    def unit_amount(self, account_id: str, currency: str, item: Item) -> int:
        """What one of the item costs this account for a whole period now. Its price stays the one it was
        bought at; agreements with the account come and go."""
        price = self.prices.get(item.price_id)
        if price is None or not self.specials:
            return item.unit_amount
        return self.unit_amount_of(account_id, price, item.unit_amount)

    def unit_amount_of(self, account_id: str, price: catalog.PriceView, amount: int) -> int:
        """What this account pays where others pay `amount` for that price."""
        partner = self.accounts[account_id].profile.partner_id if account_id in self.accounts else None
        special = catalog.best_special_price(self.specials, account_id, partner, price)
        return catalog.apply_special_price(special, Money(amount, price.amount.currency)).amount

    def name_of(self, package_id: str) -> Json:
        package = self.packages.get(package_id)
        return package.name if package else {"en": package_id}

    def charges_of(self, plan: Plan, currency: str) -> list[catalog.ChargeView]:
        return [charge for item in plan.items for charge in self.charges.get((item.package_id, currency), ())]

    def period_key(self, item: Item) -> str:
        price = self.prices.get(item.price_id)
        return price.period if price else ""


async def read_pricing(
    session: Session, states: Iterable[State], at: datetime, *, more: Iterable[Plan] = ()
) -> PricingContext:
    """For these subscriptions, whatever may become of them at `at`."""
    states = list(states)
    plans = [plan for state in states for plan in (state.plan, state.pending) if plan] + list(more)
    items = [item for plan in plans for item in plan.items]
    moved = {move.to_price_id for state in states for move in state.moves}
    packages = sorted({item.package_id for item in items})
    accounts = await billed(session, sorted({state.account_id for state in states}))
    partners = {each.profile.partner_id for each in accounts.values()} - {None}
    return PricingContext(
        at=at,
        prices=await catalog.get_prices(session, sorted({item.price_id for item in items} | moved)),
        packages=await catalog.packages_by_id(session, packages),
        charges=await catalog.charges_of_many(session, packages, at),
        specials=await catalog.special_prices_of(session, list(accounts), _texts(partners), at),
        accounts=accounts,
        meters=await catalog.meters_of_many(session, sorted({item.product_id for item in items})),
    )


def _texts(values: Iterable[Any]) -> list[str]:
    return sorted(str(value) for value in values)
