"""The catalogue: what is sold and what it is built from.

Owns: products, packages, prices, releases, and the blueprint format. Calls: kit.
Emits: `catalog.release_added`.
"""

from serai.modules.catalog.blueprint import (
    Blueprint,
    File,
    Problem,
    check,
    hash_password,
    load,
    render,
    schema,
)
from serai.modules.catalog.errors import PackageNotFound, ProductNotFound, ReleaseNotFound
from serai.modules.catalog.models import Release
from serai.modules.catalog.ports import BuildLog, ReleaseBuilder
from serai.modules.catalog.schemas import PackageView, PeriodView, ProductView
from serai.modules.catalog.service import (
    blueprint_of,
    get_package,
    get_product,
    get_release,
    list_products,
    list_releases,
    package_resources,
    set_release_state,
    sync,
)

__all__ = [
    "Blueprint",
    "BuildLog",
    "File",
    "PackageNotFound",
    "PackageView",
    "PeriodView",
    "Problem",
    "ProductNotFound",
    "ProductView",
    "Release",
    "ReleaseBuilder",
    "ReleaseNotFound",
    "blueprint_of",
    "check",
    "get_package",
    "get_product",
    "get_release",
    "hash_password",
    "list_products",
    "list_releases",
    "load",
    "package_resources",
    "render",
    "schema",
    "set_release_state",
    "sync",
]
