"""What can go wrong with the catalogue."""

from serai.kit.errors import NotFound


class ProductNotFound(NotFound):
    code = "catalog.product_not_found"


class PackageNotFound(NotFound):
    code = "catalog.package_not_found"


class ReleaseNotFound(NotFound):
    code = "catalog.release_not_found"
