"""Bring the catalogue up to a blueprint, and leave alone what staff changed.

Texts, limits and the like that staff edited stay theirs. A price or charge gets a new version only
when the blueprint's own amount changed since the blueprint was read last.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from serai.kit import clock, events, ids
from serai.kit.actor import Actor
from serai.kit.db import Json, Session
from serai.modules.catalog import policy, queries
from serai.modules.catalog.blueprint import Blueprint
from serai.modules.catalog.blueprint.model import AddOn, Bundle, Charge
from serai.modules.catalog.blueprint.model import Package as Plan
from serai.modules.catalog.models import Meter, Package, Product, Release
from serai.modules.catalog.package_resources import combined
from serai.modules.catalog.sync_prices import sync_charges, sync_prices


async def sync(session: Session, actor: Actor, blueprint: Blueprint) -> Release:
    """Bring the product and all that is sold of it up to the blueprint, and return the release it
    describes: the one that exists, or a new one waiting to be built."""
    policy.MANAGE.require(actor)
    product_id = await queries.claim_slug(session, ids.new("prd"), blueprint.product.slug, clock.now())
    product = await session.get_one(Product, product_id, populate_existing=True)
    await _bring_up(session, actor, "catalog.product_changed", product, _product_values(blueprint))
    product.updated_at = clock.now()
    meters = await _sync_meters(session, product_id, blueprint)
    await _sync_packages(session, actor, product_id, blueprint, meters)
    release = await _release(session, actor, product_id, blueprint)
    # Texts and packages may change without a new release; the latest blueprint describes them.
    release.blueprint = msgspec.to_builtins(blueprint)
    product.release_id = release.id
    await session.flush()
    return release


async def _release(session: Session, actor: Actor, product_id: str, blueprint: Blueprint) -> Release:
    release = await queries.release(session, product_id, blueprint.version)
    if release is None:
        release = Release(
            id=ids.new("rel"), product_id=product_id, version=blueprint.version,
            digest=blueprint.digest, blueprint={}, state="pending", created_at=clock.now(),
        )  # fmt: skip
        session.add(release)
        await events.publish(session, actor, "catalog.release_added", release.id)
    return release


async def _sync_packages(
    session: Session, actor: Actor, product_id: str, blueprint: Blueprint, meters: Mapping[str, Meter]
) -> None:
    there = {row.key: row for row in await queries.packages(session, [product_id], everything=True)}
    for position, (sold, values) in enumerate(_sold(blueprint)):
        row = there.pop(sold.key, None)
        if row is None:
            row = Package(
                id=ids.new("pkg"), product_id=product_id, key=sold.key, stock=sold.stock,
                blueprint_stock=sold.stock, edited=[], version=0,
            )  # fmt: skip
        elif sold.stock != row.blueprint_stock:
            row = await session.get_one(Package, row.id, populate_existing=True, with_for_update=True)
            row.stock = _stock_after(row, sold.stock)
            row.blueprint_stock = sold.stock
        values |= {"position": position, "active": True}
        await _bring_up(session, actor, "catalog.package_changed", row, values)
        await sync_prices(session, actor, row, sold.periods)
        await sync_charges(session, actor, row, _charges(sold, blueprint), meters)
    for row in there.values():  # no longer named: not sold any more; what runs on them stays
        await _bring_up(session, actor, "catalog.package_changed", row, {"active": False})


async def _bring_up(
    session: Session, actor: Actor, event: str, row: Product | Package, values: Mapping[str, Any]
) -> None:
    """Set what differs and was not edited by staff. A row of version 0 is new."""
    changes = {
        name: value
        for name, value in values.items()
        if name not in row.edited and getattr(row, name) != value
    }
    if not changes:
        return
    before = {name: getattr(row, name) for name in changes}
    for name, value in changes.items():
        setattr(row, name, value)
    row.version += 1
    session.add(row)
    await session.flush()
    if row.version > 1:
        await events.publish(session, actor, event, row.id, before=before, after=changes)


async def _sync_meters(session: Session, product_id: str, blueprint: Blueprint) -> dict[str, Meter]:
    there = {row.key: row for row in await queries.meters(session, [product_id])}
    for meter in blueprint.meters:
        row = there.get(meter.key) or Meter(id=ids.new("mtr"), product_id=product_id, key=meter.key)
        row.name, row.aggregation = msgspec.to_builtins(meter.name), meter.aggregation
        row.field, row.active = meter.field, True
        session.add(row)
        there[meter.key] = row
    named = {meter.key for meter in blueprint.meters}
    for key, row in there.items():
        row.active = key in named
    await session.flush()
    return there


def _sold(blueprint: Blueprint) -> Iterator[tuple[Plan | AddOn | Bundle, dict[str, Any]]]:
    """All that is sold, in its order, with what the table says of it."""
    plans = {plan.key: plan for plan in blueprint.packages}
    addons = {addon.key: addon for addon in blueprint.addons}
    for plan in blueprint.packages:
        yield plan, _texts(plan) | {
            "kind": "package", "resources": msgspec.to_builtins(plan.resources),
            "limits": dict(plan.limits), "contents": [], "trial_days": plan.trial_days,
            "trial_requires_method": plan.trial_requires_method,
        }  # fmt: skip
    for addon in blueprint.addons:
        yield addon, _texts(addon) | _untried() | {
            "kind": "addon", "resources": dict(addon.resources), "limits": dict(addon.limits), "contents": [],
        }  # fmt: skip
    for bundle in blueprint.bundles:
        plan = next(plans[each.package] for each in bundle.contents if each.package in plans)
        extra = [(addons[c.package], c.quantity) for c in bundle.contents if c.package in addons]
        resources, limits = combined(
            msgspec.to_builtins(plan.resources), plan.limits,
            [(addon.resources, addon.limits, quantity) for addon, quantity in extra],
        )  # fmt: skip
        yield bundle, _texts(bundle) | _untried() | {
            "kind": "bundle", "resources": resources, "limits": limits,
            "contents": list(_builtins(bundle.contents)),
        }  # fmt: skip


def _charges(sold: Plan | AddOn | Bundle, blueprint: Blueprint) -> tuple[Charge, ...]:
    """A bundle's use costs what that of its package does, and of add-ons where the package says nothing."""
    if not isinstance(sold, Bundle):
        return sold.charges
    named = {content.package for content in sold.contents}
    inside: list[Plan | AddOn] = [each for each in blueprint.addons if each.key in named]
    inside += [each for each in blueprint.packages if each.key in named]  # the package has the last word
    found = {(charge.meter, charge.currency): charge for each in inside for charge in each.charges}
    return tuple(found.values())


def _texts(sold: Plan | AddOn | Bundle) -> dict[str, Any]:
    return {
        "name": msgspec.to_builtins(sold.name),
        "summary": msgspec.to_builtins(sold.summary),
        "description": msgspec.to_builtins(sold.description or sold.summary),
        "features": list(_builtins(sold.features)),
    }


def _builtins(values: Iterable[object]) -> Iterator[Json]:
    for value in values:
        yield msgspec.to_builtins(value)


def _untried() -> dict[str, Any]:
    return {"trial_days": 0, "trial_requires_method": False}


def _stock_after(row: Package, now: int | None) -> int | None:
    """What was sold meanwhile stays sold."""
    if now is None or row.blueprint_stock is None or row.stock is None:
        return now
    return max(0, row.stock + now - row.blueprint_stock)


def _product_values(blueprint: Blueprint) -> dict[str, Any]:
    product = blueprint.product
    return {
        "category": product.category, "icon": product.icon, "directory": blueprint.directory,
        "listed": True,
        "name": msgspec.to_builtins(product.name),
        "summary": msgspec.to_builtins(product.summary),
        "description": msgspec.to_builtins(product.description),
    }  # fmt: skip
