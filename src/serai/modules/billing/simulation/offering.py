"""What a scenario sells: a product whose prices stand in the scenario itself, or a blueprint's."""

from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import msgspec

from serai.modules import catalog
from serai.modules.billing.simulation.parts import Part

PERIODS = {
    "daily": ("day", 1), "weekly": ("week", 1), "monthly": ("month", 1), "quarterly": ("month", 3),
    "half_yearly": ("month", 6), "yearly": ("year", 1),
}  # fmt: skip
_MODELS = ("per_unit", "graduated", "volume", "package")
_SMALL = {"memory": 1, "cpu": 1.0, "processes": 1, "files": 1, "disk": 1}


def blueprint(part: Part, file: Path) -> catalog.Blueprint:
    if part.has("blueprint"):
        part.only("blueprint")
        return catalog.load(file.parent / str(part.data["blueprint"]))
    part.only("packages", "addons", "meters")
    meters = [_meter(name, value) for name, value in part.part("meters").data.items()]
    packages = [_package(name, each) for name, each in part.parts("packages")]
    if not packages:
        part.report("packages", "a product has at least one package.")
    made = {
        "directory": "", "digest": "0" * 64,
        "product": {"slug": "product", "name": _text("Product"), "summary": _text(""),
                    "description": _text(""), "category": "example", "icon": "box"},
        "release": {"label": "0"}, "serve": {"command": ["true"], "health": {"path": "/"}},
        "resources": _SMALL, "database": {}, "administrator": {"login": "admin", "password": {}},
        "packages": packages, "addons": [_addon(name, each) for name, each in part.parts("addons")],
        "meters": meters,
    }  # fmt: skip
    return msgspec.convert(made, catalog.Blueprint)


def _package(name: str, part: Part) -> dict[str, Any]:
    part.only("prices", "trial_days", "stock", "charges")
    return _sold(name, part) | {
        "trial_days": part.number("trial_days", 0), "resources": _SMALL,
        "stock": part.number("stock") if part.has("stock") else None,
        "charges": [_charge(each) for each in part.rows("charges")],
    }  # fmt: skip


def _addon(name: str, part: Part) -> dict[str, Any]:
    part.only("prices")
    return _sold(name, part)


def _sold(name: str, part: Part) -> dict[str, Any]:
    prices = part.part("prices", needed=True)
    prices.only(*PERIODS)
    return {
        "key": name, "name": _text(name), "summary": _text(""), "features": [],
        "periods": [
            {"key": key, "unit": PERIODS[key][0], "count": PERIODS[key][1],
             "prices": [{"amount": prices.money(key), "currency": part.currency}]}
            for key in prices.data if key in PERIODS
        ],
    }  # fmt: skip


def _meter(name: str, value: Any) -> dict[str, Any]:
    return {"key": name, "name": _text(name), "aggregation": str(value), "field": None}


def _charge(part: Part) -> dict[str, Any]:
    """Unit prices are in the currency's main unit, as everywhere in the file, to any fraction."""
    part.only("meter", "model", "included", "each", "tiers", "package_size", "minimum")
    tiers = [
        {"up_to": _decimal(row, "up_to") if row.has("up_to") else None, "unit_amount": _unit(row, "each"),
         "flat_amount": str(row.money("flat", 0))}
        for row in part.rows("tiers")
    ]  # fmt: skip
    if part.has("each"):
        tiers = [{"up_to": None, "unit_amount": _unit(part, "each")}]
    model = part.text("model", "graduated" if part.has("tiers") else "per_unit", _MODELS)
    return {
        "meter": part.text("meter"), "model": model, "currency": part.currency,
        "included": _decimal(part, "included") if part.has("included") else "0", "tiers": tiers,
        "package_size": _decimal(part, "package_size") if part.has("package_size") else None,
        "minimum": part.money("minimum", 0),
    }  # fmt: skip


def _unit(part: Part, name: str) -> str:
    minor = part.amount(name, 1)
    return str(Decimal(_decimal(part, name)) * minor)


def _decimal(part: Part, name: str) -> str:
    try:
        return str(Decimal(str(part.data.get(name))))
    except InvalidOperation:
        part.report(name, "this is a number.")
        return "0"


def _text(words: str) -> dict[str, str]:
    return {"en": words, "ar": words}
