"""Coupons: who may redeem which, and that of the last one there is one winner."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from serai.kit import clock
from serai.kit.actor import SYSTEM
from serai.kit.clock import MovableClock
from serai.kit.errors import Denied, Invalid
from serai.kit.money import Money
from serai.modules import catalog
from tests.factories import World
from tests.integration.modules.catalog.goods import USD, call, sync

DAY = timedelta(days=1)
TEN = catalog.CouponTerms(bps=1000)


@pytest.fixture
async def purchase(world: World) -> catalog.Purchase:
    package = (await sync(world)).packages[0]
    return catalog.Purchase(
        package_id=package.id, period="monthly", amount=Money(2900, USD), first_purchase=True
    )


async def make(world: World, code: str = "WELCOME", terms: Any = None, **settings: Any) -> catalog.CouponView:
    made: catalog.CouponView = await call(
        world, catalog.add_coupon, SYSTEM, code, catalog.CouponSettings(terms=terms or TEN, **settings)
    )
    return made


async def test_a_code_is_the_same_in_small_letters_and_taken_once(
    world: World, purchase: catalog.Purchase
) -> None:
    made = await make(world, " welcome ")
    assert made.code == "WELCOME"
    with pytest.raises(catalog.CouponTaken):
        await make(world, "Welcome")
    customer = await world.account()
    seen = await call(world, catalog.check_coupon, "welCOME", customer.account_id, purchase, actor=customer)
    assert seen.terms == TEN


async def test_redeemed_counted_and_given_back_once(world: World, purchase: catalog.Purchase) -> None:
    made, customer = await make(world, max_redemptions=1), await world.account()
    used = await call(
        world, catalog.redeem, customer, "WELCOME", customer.account_id, purchase, "sub_1", actor=customer
    )
    assert (used.code, used.subscription_id, used.terms) == ("WELCOME", "sub_1", TEN)
    with pytest.raises(catalog.CouponExhausted, match="used up"):
        await call(world, catalog.check_coupon, "WELCOME", customer.account_id, purchase)
    for _ in range(2):
        await call(world, catalog.release_redemption, customer, used.id, actor=customer)
    assert (await call(world, catalog.get_coupon, SYSTEM, made.id)).redeemed == 0
    assert await call(world, catalog.redemptions_of, customer, actor=customer) == []
    await call(
        world, catalog.redeem, customer, "WELCOME", customer.account_id, purchase, "sub_1", actor=customer
    )


async def test_of_the_last_one_there_is_exactly_one_winner(world: World, purchase: catalog.Purchase) -> None:
    made = await make(world, max_redemptions=3)
    customers = [await world.account() for _ in range(4)]

    async def redeem(number: int) -> bool:
        who = customers[number % 4]
        try:
            await call(world, catalog.redeem, who, "WELCOME", who.account_id, purchase, actor=who)
        except catalog.CouponExhausted:
            return False
        return True

    assert sum(await asyncio.gather(*(redeem(n) for n in range(40)))) == 3
    assert (await call(world, catalog.get_coupon, SYSTEM, made.id)).redeemed == 3
    assert await world.scalar("SELECT count(*) FROM coupon_redemptions") == 3


async def test_each_reason_is_said(world: World, purchase: catalog.Purchase, moving: MovableClock) -> None:
    customer = await world.account()
    now = clock.now()
    terms: dict[str, catalog.CouponTerms] = {
        "currency": catalog.CouponTerms(amount=500, currency="EUR"),
        "package": catalog.CouponTerms(bps=1, package_ids=("pkg_other",)),
        "period": catalog.CouponTerms(bps=1, period_keys=("yearly",)),
        "first": catalog.CouponTerms(bps=1, first_purchase_only=True),
        "minimum": catalog.CouponTerms(bps=1, minimum=2901, minimum_currency=USD),
        "stacking": catalog.CouponTerms(bps=1),
    }
    asked = replace(purchase, first_purchase=False, with_terms=(TEN,))
    for reason, each in terms.items():
        await make(world, reason, replace_stackable(each, stackable=reason != "stacking"))
    await make(world, "early", valid_from=now + DAY)
    await make(world, "ended", valid_from=now - 2 * DAY, valid_until=now)
    await make(world, "off", active=False)
    await make(world, "used", replace_stackable(TEN, stackable=True), max_per_account=1)
    await call(world, catalog.redeem, SYSTEM, "used", customer.account_id, asked)
    for code in (*terms, "early", "ended", "off", "used", "unknown"):
        for service in (catalog.check_coupon, None):
            with pytest.raises(catalog.CouponRefused) as caught:
                if service:
                    await call(world, service, code, customer.account_id, asked, actor=customer)
                else:
                    await call(
                        world, catalog.redeem, customer, code, customer.account_id, asked, actor=customer
                    )
            assert caught.value.reason == ("ended" if code == "off" else code)
            assert caught.value.fields["coupon"] == caught.value.message


def replace_stackable(terms: catalog.CouponTerms, *, stackable: bool) -> catalog.CouponTerms:
    import msgspec

    return msgspec.structs.replace(terms, stackable=stackable)


async def test_one_coupon_is_used_once_for_a_subscription(world: World, purchase: catalog.Purchase) -> None:
    customer = await world.account()
    await make(world)
    await call(
        world, catalog.redeem, customer, "WELCOME", customer.account_id, purchase, "sub_1", actor=customer
    )
    with pytest.raises(catalog.CouponRefused, match="already"):
        await call(
            world, catalog.redeem, customer, "WELCOME", customer.account_id, purchase, "sub_1", actor=customer
        )
    await call(
        world, catalog.redeem, customer, "WELCOME", customer.account_id, purchase, "sub_2", actor=customer
    )
    found = await call(world, catalog.redemptions_of, customer, subscription_ids=["sub_2"], actor=customer)
    assert [each.subscription_id for each in found] == ["sub_2"]


async def test_what_was_redeemed_keeps_its_terms(world: World, purchase: catalog.Purchase) -> None:
    customer, made = await world.account(), await make(world)
    used = await call(
        world, catalog.redeem, customer, "WELCOME", customer.account_id, purchase, actor=customer
    )
    half = catalog.CouponSettings(terms=catalog.CouponTerms(bps=5000))
    changed = await call(world, catalog.change_coupon, SYSTEM, made.id, half, version=1)
    assert (changed.terms.bps, changed.version) == (5000, 2)
    with pytest.raises(catalog.Changed):
        await call(world, catalog.change_coupon, SYSTEM, made.id, half, version=1)
    assert (await call(world, catalog.redemptions_of, customer, actor=customer))[0].terms == used.terms
    assert not (await call(world, catalog.end_coupon, SYSTEM, "welcome")).active


async def test_accounts_see_their_redemptions_and_no_coupon(world: World, purchase: catalog.Purchase) -> None:
    one, other = await world.account(), await world.account()
    await make(world)
    used = await call(world, catalog.redeem, one, "WELCOME", one.account_id, purchase, actor=one)
    assert await call(world, catalog.redemptions_of, other, actor=other) == []
    with pytest.raises(catalog.RedemptionNotFound):
        await call(world, catalog.release_redemption, other, used.id, actor=other)
    for service in (
        catalog.list_coupons,
        lambda session, actor: catalog.get_coupon(session, actor, "WELCOME"),
    ):
        with pytest.raises(Denied):
            await call(world, service, one, actor=one)
    with pytest.raises(Denied):
        await call(world, catalog.redeem, other, "WELCOME", one.account_id, purchase, actor=other)
    async with world.platform.database.acting(one).transaction() as session:
        await catalog.check_coupon(session, "WELCOME", one.account_id or "", purchase)
        for table, seen in (("coupons", 0), ("coupon_redemptions", 1)):
            assert (await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one() == seen


async def test_a_viewer_redeems_nothing(world: World, purchase: catalog.Purchase) -> None:
    owner = await world.account()
    viewer, billing = await world.member(owner, "viewer"), await world.member(owner, "billing")
    await make(world)
    with pytest.raises(Denied):
        await call(world, catalog.redeem, viewer, "WELCOME", viewer.account_id, purchase, actor=viewer)
    await call(world, catalog.redeem, billing, "WELCOME", billing.account_id, purchase, actor=billing)


@pytest.mark.parametrize(
    ("values", "settings", "field"),
    [({}, {}, "bps"), ({"bps": 1, "amount": 1, "currency": USD}, {}, "bps"), ({"bps": 0}, {}, "bps"),
     ({"bps": 10_001}, {}, "bps"), ({"amount": 5}, {}, "currency"), ({"amount": 0, "currency": USD}, {}, "amount"),
     ({"bps": 1, "duration": "repeating"}, {}, "periods"), ({"bps": 1, "periods": 3}, {}, "periods"),
     ({"bps": 1, "minimum": 5}, {}, "minimum_currency"), ({"bps": 1}, {"max_redemptions": 0}, "max_redemptions")],
)  # fmt: skip
async def test_what_makes_no_sense_is_refused(
    world: World, values: dict[str, Any], settings: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        await make(world, "CODE", catalog.CouponTerms(**values), **settings)
    assert set(caught.value.fields) == {field}
    with pytest.raises(Invalid):
        await make(world, "no good code!")
