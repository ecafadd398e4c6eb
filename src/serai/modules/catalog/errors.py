"""What can go wrong with the catalogue."""

from serai.kit.errors import Conflict, Invalid, NotFound


class ProductNotFound(NotFound):
    code = "catalog.product_not_found"


class PackageNotFound(NotFound):
    code = "catalog.package_not_found"


class ReleaseNotFound(NotFound):
    code = "catalog.release_not_found"


class PriceNotFound(NotFound):
    code = "catalog.price_not_found"


class ChargeNotFound(NotFound):
    code = "catalog.charge_not_found"


class SpecialPriceNotFound(NotFound):
    code = "catalog.special_price_not_found"


class CouponNotFound(NotFound):
    code = "catalog.coupon_not_found"


class RedemptionNotFound(NotFound):
    code = "catalog.redemption_not_found"


class SoldOut(Conflict):
    """Nothing of the package is left; nothing was taken."""

    code = "catalog.sold_out"


class Changed(Conflict):
    """Somebody changed it since it was read."""

    code = "catalog.changed"


class CouponTaken(Conflict):
    """Another coupon has this code."""

    code = "catalog.coupon_taken"


class CouponRefused(Invalid):
    """The coupon is not for this purchase; the message says why and `reason` in one word."""

    code = "catalog.coupon_refused"

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message, code=f"catalog.coupon_{reason}", fields={"coupon": message})
        self.reason = reason


class CouponExhausted(Conflict):
    """All redemptions there are have been used."""

    code = "catalog.coupon_exhausted"
    reason = "exhausted"
