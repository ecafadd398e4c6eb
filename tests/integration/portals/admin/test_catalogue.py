"""/admin/catalog: staff read and change what is sold, with reasons in place, in both languages."""

from datetime import timedelta
from typing import Any

import pytest

from serai.kit import clock
from serai.kit.money import Money
from serai.modules import catalog
from tests.factories import World
from tests.integration.modules.catalog.goods import USD, call, selling, sync
from tests.integration.portals.conftest import SignedIn, Visitor

HERE = "/admin/catalog"
TEXTS = {
    "name_en": "Solo", "name_ar": "منفرد", "summary_en": "One", "summary_ar": "واحد", "description_en": "One person",
    "description_ar": "شخص واحد",
}  # fmt: skip
PACKAGE = TEXTS | {
    "features_en": "Fast\nSmall", "features_ar": "سريع\nصغير", "visibility": "hidden", "limits": "users = 3",
    "stock": "7", "trial_days": "5", "version": "1",
}  # fmt: skip


@pytest.fixture
async def product(world: World) -> catalog.ProductView:
    return await sync(world)


@pytest.fixture
async def staff(signed_in: SignedIn, world: World) -> Visitor:
    return await signed_in(await world.account(staff=True, staff_role="operations"))


def text(answer: Any) -> str:
    return str(answer.body.decode())


async def test_all_is_shown_in_both_languages(staff: Visitor, product: catalog.ProductView) -> None:
    paths = [
        HERE, f"{HERE}/products/hello", f"{HERE}/products/hello/edit", f"{HERE}/coupons", f"{HERE}/coupons/new",
        f"{HERE}/special-prices", f"{HERE}/special-prices/new",
        *(
            f"{HERE}/packages/{each.id}{page}"
            for each in (product.packages[0], product.addons[0], product.bundles[0])
            for page in ("", "/edit", "/prices/new", "/periods/new", "/charges/new")
        ),
    ]  # fmt: skip
    for language in ("en", "ar"):
        staff.headers["accept-language"] = language
        for path in paths:
            answer = await staff.get(path)
            assert answer.status == 200, path
            assert f'lang="{language}"' in text(answer), path
    shown = text(await staff.get(f"{HERE}/products/hello"))
    assert "emails" in shown


async def test_texts_and_limits_are_edited_and_stay(
    staff: Visitor, product: catalog.ProductView, world: World
) -> None:
    package = product.packages[0]
    answer = await staff.send(f"{HERE}/packages/{package.id}/edit", **PACKAGE)
    assert (answer.status, answer.headers["location"]) == (303, f"{HERE}/packages/{package.id}")
    await staff.send(f"{HERE}/products/hello/edit", **TEXTS, version="1")
    found = await sync(world, selling())
    changed = found.packages[0]
    assert (found.name["ar"], changed.name["en"], changed.limits) == ("منفرد", "Solo", {"users": 3})
    assert (changed.visibility, changed.trial_days, changed.stock) == ("hidden", 5, 7)
    assert changed.features == ({"en": "Fast", "ar": "سريع"}, {"en": "Small", "ar": "صغير"})
    assert "Follow the blueprint again" in text(await staff.get(f"{HERE}/packages/{package.id}"))
    await staff.send(f"{HERE}/packages/{package.id}/follow-blueprint")
    assert (await sync(world)).packages[0].name["en"] == "Free"


@pytest.mark.parametrize(
    ("changes", "status", "said"),
    [({"name_ar": ""}, 422, "required"), ({"limits": "many users"}, 422, "such as users = 5: many users"),
     ({"features_ar": "واحد"}, 422, "as many lines"), ({"version": "9"}, 409, "Somebody changed this"),
     ({"trial_days": "400"}, 422, "between 0 and 365"), ({"name_en": " "}, 422, "required")],
)  # fmt: skip
async def test_what_is_wrong_with_a_package_is_told_in_place(
    staff: Visitor, product: catalog.ProductView, changes: dict[str, str], status: int, said: str
) -> None:
    answer = await staff.send(f"{HERE}/packages/{product.packages[0].id}/edit", **PACKAGE | changes)
    assert answer.status == status
    assert said in text(answer)


async def test_a_price_is_changed_after_what_it_means_was_shown(
    staff: Visitor, product: catalog.ProductView, world: World
) -> None:
    package = product.packages[0]
    at = (clock.now() + timedelta(days=40)).date()
    new = {"period": "monthly", "currency": "usd", "amount": "31.90", "valid_from": at.isoformat()}
    asked = await staff.send(f"{HERE}/packages/{package.id}/prices", **new)
    assert asked.status == 200
    for part in (
        "$29.00",
        "$31.90",
        "+10%",
        "Running subscriptions keep the price they have",
        'name="confirmed"',
    ):
        assert part in text(asked), part
    assert len(await call(world, catalog.price_history, _system(), package.id)) == 1, "nothing is done yet"
    done = await staff.send(f"{HERE}/packages/{package.id}/prices", **new, confirmed="1")
    assert done.status == 303
    (planned, now) = await call(world, catalog.price_history, _system(), package.id)
    assert (planned.amount, planned.valid_from.date(), now.active) == (Money(3190, USD), at, True)
    shown = text(await staff.get(f"{HERE}/packages/{package.id}"))
    assert "Planned" in shown
    await staff.send(f"{HERE}/packages/{package.id}/prices/{planned.id}/cancel")
    assert "Taken back" in text(await staff.get(f"{HERE}/packages/{package.id}"))
    record = "SELECT count(*) FROM audit_records WHERE user_id = :id AND action LIKE 'catalog.price%'"
    assert staff.actor is not None
    assert await world.scalar(record, id=staff.actor.user_id) == 2


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"amount": "1.234"}, "more decimals"), ({"amount": "-5"}, "zero or more"), ({"currency": "XXY"}, "ISO 4217"),
     ({"valid_from": "2020-01-01"}, "now or later"), ({"period": "daily"}, "Not a valid choice")],
)  # fmt: skip
@pytest.mark.parametrize("confirmed", [{}, {"confirmed": "1"}])
async def test_a_price_that_makes_no_sense_is_told_in_place(
    staff: Visitor,
    product: catalog.ProductView,
    changes: dict[str, str],
    said: str,
    confirmed: dict[str, str],
) -> None:
    new = {"period": "monthly", "currency": "USD", "amount": "31.90"} | changes | confirmed
    answer = await staff.send(f"{HERE}/packages/{product.packages[0].id}/prices", **new)
    assert (answer.status, said in text(answer)) == (422, True), text(answer)


async def test_another_period_is_added(staff: Visitor, product: catalog.ProductView, world: World) -> None:
    path = f"{HERE}/packages/{product.packages[0].id}/periods"
    new = {"period": "fortnightly", "count": "2", "unit": "week", "currency": "USD", "amount": "15"}
    assert (await staff.send(path, **new)).status == 303
    assert "Every 2 weeks" in text(await staff.get(f"{HERE}/products/hello"))
    assert (await staff.send(path, **new)).status == 409
    assert (await staff.send(path, **new | {"period": "No good"})).status == 422


async def test_charges_are_changed_and_ended(
    staff: Visitor, product: catalog.ProductView, world: World
) -> None:
    package = product.packages[0]
    path = f"{HERE}/packages/{package.id}/charges"
    (old,) = await call(world, catalog.charges_of, package.id, USD)
    form = text(await staff.get(f"{path}/new?charge={old.id}"))
    assert 'value="0.001"' in form, "0.10 of a cent, as dollars"
    new = {
        "meter": "emails", "currency": "usd", "model": "graduated", "included": "10", "minimum": "1.50",
        "tiers-0-up_to": "1000", "tiers-0-unit": "0.01", "tiers-0-flat": "2", "tiers-1-unit": "0.005",
    }  # fmt: skip
    assert (await staff.send(path, **new)).status == 303
    (charge,) = await call(world, catalog.charges_of, package.id, USD)
    assert (charge.version, charge.minimum, charge.included) == (2, 150, 10)
    assert [(t.up_to, t.unit_amount, t.flat_amount) for t in charge.tiers] == [(1000, 1, 200), (None, 0.5, 0)]
    for wrong, said in (
        ({"tiers-1-unit": ""}, "has no end"), ({"model": "per_unit"}, "one price"), ({"model": "package"}, "package size"),
        ({"minimum": "lots"}, "no amount"), ({"meter": "calls"}, "Not a valid choice"), ({"included": "-1"}, "at least 0"),
    ):  # fmt: skip
        answer = await staff.send(path, **new | wrong)
        assert (answer.status, said in text(answer)) == (422, True), said
    await staff.send(f"{path}/{charge.id}/end")
    assert await call(world, catalog.charges_of, package.id, USD) == []


COUPON = {"code": "welcome", "percent": "12.5", "duration": "once", "active": "y"}


async def test_a_coupon_is_made_changed_and_ended(
    staff: Visitor, product: catalog.ProductView, world: World
) -> None:
    assert "No coupons yet" in text(await staff.get(f"{HERE}/coupons"))
    made = await staff.send(f"{HERE}/coupons", **COUPON, packages="hello/free", period_keys="monthly, yearly")
    (coupon,) = await call(world, catalog.list_coupons, _system())
    assert made.headers["location"] == f"{HERE}/coupons/{coupon.id}"
    assert (coupon.code, coupon.terms.bps, coupon.terms.package_ids) == (
        "WELCOME",
        1250,
        (product.packages[0].id,),
    )
    assert coupon.terms.period_keys == ("monthly", "yearly")
    shown = text(await staff.get(f"{HERE}/coupons/{coupon.id}"))
    for part in ('value="12.5"', 'value="hello/free"', 'value="1"', "Not redeemed yet"):
        assert part in shown, part
    five = {
        "code": "OTHER",
        "amount": "5",
        "currency": "USD",
        "duration": "repeating",
        "periods": "3",
        "version": "1",
    }
    assert (await staff.send(f"{HERE}/coupons/{coupon.id}", **five, active="y")).status == 303
    (changed,) = await call(world, catalog.list_coupons, _system())
    assert (changed.code, changed.terms.amount, changed.terms.periods) == ("WELCOME", 500, 3)
    assert (await staff.send(f"{HERE}/coupons/{coupon.id}", **five)).status == 409, (
        "the version was read before"
    )
    listed = text(await staff.get(f"{HERE}/coupons"))
    assert "$5.00" in listed
    assert "For 3 periods" in listed
    await staff.send(f"{HERE}/coupons/{coupon.id}/end")
    assert "Ended" in text(await staff.get(f"{HERE}/coupons"))


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"percent": ""}, "Give a percentage off or a fixed amount"), ({"percent": "ten"}, "Write a percentage"),
     ({"percent": "1.234"}, "two decimals"), ({"percent": "101"}, "at most 100"), ({"percent": "NaN"}, "Write a percentage"),
     ({"code": "no good"}, "A code has 2 to 40"), ({"duration": "repeating"}, "how many periods"),
     ({"packages": "erp/gold"}, "no package erp/gold"), ({"minimum": "5"}, "ISO 4217"),
     ({"valid_from": "2027-02-01", "valid_until": "2027-01-01"}, "ends after it begins")],
)  # fmt: skip
async def test_a_coupon_that_makes_no_sense_is_told_in_place(
    staff: Visitor, product: catalog.ProductView, changes: dict[str, str], said: str
) -> None:
    answer = await staff.send(f"{HERE}/coupons", **COUPON | changes)
    assert (answer.status, said in text(answer)) == (422, True), text(answer)


async def test_two_coupons_with_one_code_are_told_in_place(
    staff: Visitor, product: catalog.ProductView
) -> None:
    await staff.send(f"{HERE}/coupons", **COUPON)
    answer = await staff.send(f"{HERE}/coupons", **COUPON)
    assert (answer.status, "already" in text(answer)) == (409, True)


async def test_a_special_price_is_given_and_ended(
    staff: Visitor, product: catalog.ProductView, world: World
) -> None:
    customer = await world.account()
    package = product.packages[0]
    target = f"{package.id}/monthly"
    given = {
        "account": customer.account_id,
        "scope": "price",
        "target": target,
        "amount": "20",
        "currency": "USD",
    }
    assert (await staff.send(f"{HERE}/special-prices", **given)).status == 303
    (special,) = await call(world, catalog.list_special_prices, _system())
    assert (special.account_id, special.period, special.amount) == (
        customer.account_id,
        "monthly",
        Money(2000, USD),
    )
    listed = text(await staff.get(f"{HERE}/special-prices"))
    assert "$20.00" in listed
    assert "Monthly" in listed
    for wrong, said in (
        ({"account": "nobody at all"}, "No account matches"), ({"account": "example.com"}, "Several accounts match"),
        ({"account": ""}, "Name one account, or one partner"), ({"target": ""}, "Choose what it is for"),
        ({"scope": "package", "target": package.id}, "one period of one package"), ({"percent": "5"}, "not both"),
        ({"valid_until": "2020-01-01"}, "not in the past"),
    ):  # fmt: skip
        answer = await staff.send(f"{HERE}/special-prices", **given | wrong)
        assert (answer.status, said in text(answer)) == (422, True), said
    await staff.send(f"{HERE}/special-prices/{special.id}/end")
    assert "No special prices" in text(await staff.get(f"{HERE}/special-prices"))
    assert "20.00" in text(await staff.get(f"{HERE}/special-prices?ended=1"))


async def test_readers_see_everything_and_change_nothing(
    signed_in: SignedIn, product: catalog.ProductView, world: World
) -> None:
    package = f"{HERE}/packages/{product.packages[0].id}"
    reader = await signed_in(await world.account(staff=True, staff_role="read-only"))
    shown = text(await reader.get(package))
    assert "Change a price" not in shown
    for path in (
        f"{package}/edit",
        f"{package}/prices/new",
        f"{HERE}/coupons/new",
        f"{HERE}/special-prices/new",
    ):
        assert (await reader.get(path)).status == 403, path
    for path, fields in (
        (f"{package}/edit", PACKAGE), (f"{package}/prices", {"period": "monthly", "currency": "USD", "amount": "1"}),
        (f"{HERE}/coupons", COUPON), (f"{HERE}/special-prices", {}), (f"{package}/charges", {}), (f"{package}/periods", {}),
    ):  # fmt: skip
        assert (await reader.send(path, **fields)).status == 403, path
    customer = await signed_in()
    assert (await customer.get(HERE)).status == 404
    finance = await signed_in(await world.account(staff=True, staff_role="finance"))
    assert (await finance.get(HERE)).status == 200, "they see the prices that invoices come from"
    assert (await finance.get(f"{package}/edit")).status == 403


def _system() -> Any:
    from serai.kit.actor import SYSTEM

    return SYSTEM
