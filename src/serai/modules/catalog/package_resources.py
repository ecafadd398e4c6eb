"""What a package and its add-ons give together."""

from collections.abc import Iterable, Mapping
from typing import Any

from serai.modules.catalog.schemas import PackageView

Extra = tuple[Mapping[str, Any], Mapping[str, int], int]


def resources_with(
    package: PackageView, addons: Iterable[tuple[PackageView, int]]
) -> tuple[dict[str, Any], dict[str, int]]:
    """Resources and limits of `package` with so many of each add-on on top."""
    extra = [(addon.resources, addon.limits, quantity) for addon, quantity in addons]
    return combined(package.resources, package.limits, extra)


def combined(
    resources: Mapping[str, Any], limits: Mapping[str, int], extra: Iterable[Extra]
) -> tuple[dict[str, Any], dict[str, int]]:
    """Sums. What the package sets no number for is without bounds, and stays so."""
    all_resources, all_limits = dict(resources), dict(limits)
    for more, further, quantity in extra:
        for name, value in more.items():
            all_resources[name] = all_resources.get(name, 0) + value * quantity
        for name, value in further.items():
            if name in all_limits:
                all_limits[name] += value * quantity
    return all_resources, all_limits
