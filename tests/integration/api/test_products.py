"""/api/v1/products"""

from tests.factories import World
from tests.integration.api.conftest import Api
from tests.integration.modules.catalog.goods import sync


async def test_what_is_sold_is_shown_with_prices_and_what_use_costs(api: Api, world: World) -> None:
    await sync(world)
    (product,) = (await api.get("/api/v1/products")).json["data"]
    (period,) = product["packages"][0]["periods"]
    assert (period["unit"], period["count"]) == ("month", 1)
    assert period["prices"]["USD"] == {"amount": 2900, "currency": "USD"}
    assert [each["key"] for kind in ("addons", "bundles") for each in product[kind]] == ["more", "both"]
    use = (await api.get("/api/v1/products/hello/charges")).json
    assert [each["key"] for each in use["meters"]] == ["emails"]
    charge = next(each for each in use["charges"] if each["package_id"] == product["packages"][0]["id"])
    assert (charge["meter_key"], charge["included"], charge["tiers"][0]["unit_amount"]) == ("emails", "100", "0.10")
    assert (await api.get("/api/v1/products/nothing/charges")).status == 404
