"""How what a blueprint sells becomes the model: packages, add-ons, bundles, meters and charges."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision

from serai.kit.errors import Invalid
from serai.kit.money import Money
from serai.modules.catalog.blueprint import model
from serai.modules.catalog.rating import Tier

_UNITS = {
    unit: base**power
    for base, units in ((1024, ("KiB", "MiB", "GiB", "TiB")), (1000, ("kB", "MB", "GB", "TB")))
    for power, unit in enumerate(units, start=1)
}


def package(data: dict[str, Any], resources: model.Resources) -> model.Package:
    trial = data.get("trial", {})
    return model.Package(
        **_common(data),
        resources=resources,
        limits=data.get("limits", {}),
        charges=_charges(data),
        trial_days=trial.get("days", data.get("trial_days", 0)),
        trial_requires_method=trial.get("requires_method", False),
    )


def addon(data: dict[str, Any]) -> model.AddOn:
    added = data.get("resources", {})
    return model.AddOn(
        **_common(data),
        resources={key: size(value) if isinstance(value, str) else value for key, value in added.items()},
        limits=data.get("limits", {}),
        charges=_charges(data),
    )


def bundle(data: dict[str, Any]) -> model.Bundle:
    return model.Bundle(**_common(data), contents=tuple(model.Content(**entry) for entry in data["contents"]))


def meter(data: dict[str, Any]) -> model.Meter:
    return model.Meter(
        key=data["key"],
        name=model.Text(**data["name"]),
        aggregation=data["aggregation"],
        field=data.get("field"),
    )


def charge(data: dict[str, Any], currency: str) -> model.Charge:
    """The part of a charge that is in `currency`."""
    price = data["prices"][currency]
    tiers = price.get("tiers") or [{"unit": price["unit"]}]
    return model.Charge(
        meter=data["meter"],
        model=data["model"],
        currency=currency,
        included=Decimal(str(data.get("included", 0))),
        tiers=tuple(_tier(entry, currency) for entry in tiers),
        package_size=Decimal(str(data["package_size"])) if "package_size" in data else None,
        minimum=Money.parse(price.get("minimum", "0"), currency).amount,
    )


def size(text: str) -> int:
    """Bytes: `size("2 GiB")`."""
    match = re.fullmatch(r"([0-9.]+) ?([A-Za-z]+)", text)
    if match is None:
        raise Invalid(f"{text!r} is no size; write it like 256 MiB.")
    return int(float(match[1]) * _UNITS[match[2]])


def _common(data: dict[str, Any]) -> dict[str, Any]:
    """What packages, add-ons and bundles all have."""
    return {
        "key": data["key"],
        "name": model.Text(**data["name"]),
        "summary": model.Text(**data["summary"]),
        "description": model.Text(**data["description"]) if "description" in data else None,
        "features": tuple(model.Text(**feature) for feature in data.get("features", ())),
        "stock": data.get("stock"),
        "periods": tuple(_period(period) for period in data["periods"]),
    }


def _period(data: dict[str, Any]) -> model.Period:
    every = data.get("every") or {"unit": "month", "count": data["months"]}
    return model.Period(
        key=data["key"],
        unit=every["unit"],
        count=every.get("count", 1),
        prices=tuple(Money.parse(text, currency) for currency, text in data["prices"].items()),
    )


def _charges(data: dict[str, Any]) -> tuple[model.Charge, ...]:
    return tuple(_in_each_currency(data))


def _in_each_currency(data: dict[str, Any]) -> Iterator[model.Charge]:
    for entry in data.get("charges", ()):
        for currency in entry["prices"]:
            yield charge(entry, currency)


def _tier(data: dict[str, Any], currency: str) -> Tier:
    minor = Decimal(10) ** get_currency_precision(currency)
    return Tier(
        up_to=Decimal(str(data["up_to"])) if "up_to" in data else None,
        unit_amount=Decimal(data["unit"]) * minor,
        flat_amount=Decimal(data.get("flat", "0")) * minor,
    )
