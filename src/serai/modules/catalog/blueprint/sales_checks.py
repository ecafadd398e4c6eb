"""What a schema cannot say of what is sold: keys, prices, charges and contents that must fit."""

from collections.abc import Iterator
from typing import Any

from serai.kit.errors import Invalid
from serai.kit.money import Money
from serai.kit.suggestions import nearest
from serai.modules.catalog.blueprint import sales
from serai.modules.catalog.blueprint.problems import Location
from serai.modules.catalog.blueprint.source import Source
from serai.modules.catalog.rating import why_wrong

_SECTIONS = ("packages", "addons", "bundles")


def check_sales(source: Source) -> None:
    meters: set[str] = set()
    for index, meter in enumerate(source.data.get("meters", ())):
        place: Location = ("meters", index)
        _once(source, (*place, "key"), meter["key"], meters, "meter")
        if (meter["aggregation"] == "unique") != ("field" in meter):
            source.report(place, 'the aggregation unique needs a "field", and no other has one.')
    keys: set[str] = set()
    for place, entry in _sold(source.data):
        _once(source, (*place, "key"), entry["key"], keys, "package, add-on or bundle")
        _check_periods(source, place, entry)
        _check_charges(source, place, entry, meters)
        if "trial" in entry and "trial_days" in entry:
            source.report((*place, "trial_days"), 'stands in "trial" already; drop it.', at_key=True)
    _check_contents(source)


def _sold(data: dict[str, Any]) -> Iterator[tuple[Location, dict[str, Any]]]:
    for section in _SECTIONS:
        for index, entry in enumerate(data.get(section, ())):
            yield (section, index), entry


def _check_periods(source: Source, place: Location, entry: dict[str, Any]) -> None:
    periods: set[str] = set()
    for number, period in enumerate(entry["periods"]):
        inner = (*place, "periods", number)
        _once(source, (*inner, "key"), period["key"], periods, "period of this package")
        for currency, text in period["prices"].items():
            _money(source, (*inner, "prices", currency), text, currency)


def _check_charges(source: Source, place: Location, entry: dict[str, Any], meters: set[str]) -> None:
    sold_in = {currency for period in entry["periods"] for currency in period["prices"]}
    charged: set[str] = set()
    for number, charge in enumerate(entry.get("charges", ())):
        inner = (*place, "charges", number)
        _once(source, (*inner, "meter"), charge["meter"], charged, "charge of this package")
        if charge["meter"] not in meters:
            message = f'there is no meter "{charge["meter"]}" under meters.{nearest(charge["meter"], meters)}'
            source.report((*inner, "meter"), message)
        for currency in sorted(sold_in.difference(charge["prices"])):
            source.report((*inner, "prices"), f"{currency} is missing, in which this is sold.")
        for currency, price in charge["prices"].items():
            _check_charge_price(source, (*inner, "prices", currency), charge, currency, price)


def _check_charge_price(
    source: Source, place: Location, charge: dict[str, Any], currency: str, price: dict[str, Any]
) -> None:
    if not _money(source, place, price.get("minimum", "0"), currency):
        return
    made = sales.charge(charge, currency)
    if problem := why_wrong(made.model, made.tiers, made.package_size):
        source.report(place, problem)


def _check_contents(source: Source) -> None:
    data = source.data
    plans = {entry["key"] for entry in data["packages"]}
    addons = {entry["key"] for entry in data.get("addons", ())}
    for index, bundle in enumerate(data.get("bundles", ())):
        place: Location = ("bundles", index, "contents")
        named: set[str] = set()
        for number, content in enumerate(bundle["contents"]):
            key, inner = content["package"], (*place, number)
            _once(source, (*inner, "package"), key, named, "content of this bundle")
            if key not in plans | addons:
                hint = nearest(key, plans | addons)
                source.report((*inner, "package"), f'there is no package or add-on "{key}".{hint}')
            elif key in plans and content.get("quantity", 1) != 1:
                source.report(
                    (*inner, "quantity"), "a bundle holds its package once; add-ons may be several."
                )
        if len(named & plans) != 1:
            source.report(place, "a bundle holds exactly one package, and add-ons to it.")


def _money(source: Source, place: Location, text: str, currency: str) -> bool:
    try:
        Money.parse(text, currency)
    except Invalid as error:
        source.report(place, error.message)
        return False
    return True


def _once(source: Source, place: Location, key: str, seen: set[str], what: str) -> None:
    if key in seen:
        source.report(place, f'another {what} has the key "{key}" already.')
    seen.add(key)
