"""What a quantity costs under a usage charge: pure arithmetic in exact decimals.

The included quantity is taken off first; tiers count what is left. Nothing is rounded here: an
invoice line is, once.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Literal, Protocol

import msgspec

from serai.kit.i18n import N_

Model = Literal["per_unit", "graduated", "volume", "package"]
_ZERO = Decimal(0)


class Tier(msgspec.Struct, frozen=True):
    """Up to and with `up_to` units (None: all the rest), each for `unit_amount` minor units, and
    `flat_amount` once as soon as there is anything in the tier."""

    up_to: Decimal | None
    unit_amount: Decimal
    flat_amount: Decimal = _ZERO


class Terms(Protocol):
    """What of a charge the arithmetic looks at; a `ChargeView` is one."""

    @property
    def model(self) -> Model: ...
    @property
    def included(self) -> Decimal: ...
    @property
    def tiers(self) -> tuple[Tier, ...]: ...
    @property
    def package_size(self) -> Decimal | None: ...
    @property
    def minimum(self) -> int: ...


class Part(msgspec.Struct, frozen=True):
    """`amount` = `quantity` × `unit_amount` + `flat`. For the package model the quantity counts
    packages; what is missing to the minimum is a part of quantity 0."""

    quantity: Decimal
    unit_amount: Decimal
    flat: Decimal
    amount: Decimal


class Rated(msgspec.Struct, frozen=True):
    """`amount_minor`: the sum of the parts, in minor units, not rounded."""

    amount_minor: Decimal
    parts: tuple[Part, ...]


def rate(charge: Terms, quantity: Decimal) -> Rated:
    """The cost of `quantity` in one period. Corrections may leave less than nothing: that counts as
    nothing."""
    billable = max(quantity - charge.included, _ZERO)
    parts = list(_parts(charge, billable)) if billable else []
    missing = charge.minimum - sum((part.amount for part in parts), _ZERO)
    if missing > 0:
        parts.append(_part(_ZERO, _ZERO, missing))
    return Rated(sum((part.amount for part in parts), _ZERO), tuple(parts))


def why_wrong(model: Model, tiers: Sequence[Tier], package_size: Decimal | None) -> str | None:
    """What keeps these tiers from being a charge of that model, or None when nothing does. In
    English; a message of the catalogue of texts."""
    if (model == "package") != (package_size is not None):
        return N_("The model package needs a package size, and no other has one.")
    if package_size is not None and package_size <= 0:
        return N_("A package holds more than nothing.")
    if model in {"per_unit", "package"} and len(tiers) != 1:
        return N_("The models per unit and package have one price; graduated and volume have tiers.")
    if not tiers or tiers[-1].up_to is not None:
        return N_("The last tier has no end (“up to” stays empty), so that every quantity has a price.")
    if any(tier.unit_amount < 0 or tier.flat_amount < 0 for tier in tiers):
        return N_("No amount is below zero.")
    known = [tier.up_to for tier in tiers[:-1] if tier.up_to is not None]
    if len(known) < len(tiers) - 1:
        return N_("Only the last tier is without an end (“up to”).")
    if any(low >= high for low, high in zip([_ZERO, *known], known, strict=False)):
        return N_("Each tier ends (“up to”) above the one before it.")
    return None


def _parts(charge: Terms, billable: Decimal) -> Iterator[Part]:
    match charge.model:
        case "per_unit":
            tier = charge.tiers[0]
            yield _part(billable, tier.unit_amount, tier.flat_amount)
        case "package":
            tier = charge.tiers[0]
            yield _part(_packages(billable, charge.package_size), tier.unit_amount, tier.flat_amount)
        case "volume":
            tier = next(t for t in charge.tiers if t.up_to is None or billable <= t.up_to)
            yield _part(billable, tier.unit_amount, tier.flat_amount)
        case "graduated":
            begin = _ZERO
            for tier in charge.tiers:
                end = billable if tier.up_to is None else min(billable, tier.up_to)
                yield _part(end - begin, tier.unit_amount, tier.flat_amount)
                begin = end
                if begin == billable:
                    return


def _packages(quantity: Decimal, size: Decimal | None) -> Decimal:
    """Begun packages count whole."""
    whole, rest = divmod(quantity, size or Decimal(1))
    return whole + (1 if rest else 0)


def _part(quantity: Decimal, unit_amount: Decimal, flat: Decimal) -> Part:
    return Part(quantity, unit_amount, flat, quantity * unit_amount + flat)
