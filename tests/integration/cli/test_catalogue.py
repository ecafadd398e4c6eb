"""`serai product price …` and `serai coupon …`"""

from tests.factories import World, blueprint
from tests.integration.cli.conftest import Serai


async def test_a_price_is_planned_listed_and_taken_back(serai: Serai, world: World) -> None:
    await world.product(blueprint())
    set_price = ("product", "price", "set", "hello", "free", "monthly")
    planned = (await serai(*set_price, "USD", "31.90", "--from", "2077-03-01", "--json")).json
    assert (planned["amount"]["amount"], planned["version"], planned["active"]) == (3190, 2, False)
    assert planned["valid_from"] == "2077-03-01T00:00:00Z"
    listed = (await serai("product", "price", "list", "hello", "free")).out
    assert "planned" in listed
    assert "31.90" in listed
    assert "taken back" in (await serai("product", "price", "cancel", planned["id"])).out
    assert "costs 5.00 EUR monthly from now on" in (await serai(*set_price, "eur", "5.00")).out
    prices = (await serai("product", "price", "list", "hello", "--json")).json
    assert [p["amount"]["amount"] for p in prices if p["active"] and p["amount"]["currency"] == "EUR"] == [
        500
    ]
    for wrong, code in (
        ((*set_price, "USD", "1.234"), "invalid"),
        ((*set_price, "USD", "1", "--from", "tomorrow"), "invalid"),
        (("product", "price", "set", "hello", "gold", "monthly", "USD", "1"), "catalog.package_not_found"),
        (("product", "price", "cancel", planned["id"]), None),
    ):
        ran = await serai(*wrong, "--json") if code else await serai(*wrong)
        assert ran.code != 0
        assert code is None or ran.error["code"] == code


async def test_a_coupon_is_made_listed_and_ended(serai: Serai, world: World) -> None:
    made = await serai(
        "coupon", "create", "welcome", "--percent", "12.5", "--duration", "repeating", "--periods", "3"
    )
    assert "WELCOME takes 12.5 % off, 3 periods." in made.out
    five = (
        "coupon",
        "create",
        "FIVE",
        "--amount",
        "5.00USD",
        "--minimum",
        "20USD",
        "--redemptions",
        "10",
        "--json",
    )
    assert (await serai(*five)).json["terms"] | {} == {
        "bps": None, "amount": 500, "currency": "USD", "duration": "once", "periods": None, "minimum": 2000,
        "minimum_currency": "USD", "package_ids": [], "period_keys": [], "first_purchase_only": False,
        "stackable": False,
    }  # fmt: skip
    assert (await serai("coupon", "end", "welcome")).out == "WELCOME has ended.\n"
    listed = (await serai("coupon", "list", "--json")).json
    assert [(each["code"], each["active"]) for each in listed] == [("FIVE", True), ("WELCOME", False)]
    assert "0 of 10" in (await serai("coupon", "list")).out
    for wrong in (("--percent", "ten"), ("--amount", "5"), ("--percent", "1", "--duration", "always"), ()):
        assert (await serai("coupon", "create", "X1", *wrong, "--json")).error["code"] == "invalid"
