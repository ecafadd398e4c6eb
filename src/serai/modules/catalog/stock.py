"""How many of a package can still be sold."""

from serai.kit.db import Session
from serai.kit.errors import Invalid
from serai.kit.i18n import _, pick
from serai.modules.catalog import queries
from serai.modules.catalog.errors import PackageNotFound, SoldOut
from serai.modules.catalog.models import Package


async def take_stock(session: Session, package_id: str, quantity: int = 1) -> None:
    """Hold so many for a purchase, under the package's row lock. Raises SoldOut and takes nothing.

    Packages without a stock are never sold out, and are not locked for long: nothing is written.
    """
    package = await _locked(session, package_id, quantity)
    if package.stock is None:
        return
    if package.stock < quantity:
        raise SoldOut(
            _("%(name)s is sold out. Choose another package, or ask us when there will be more.",
              name=pick(package.name))
            if not package.stock
            else _("There are only %(left)s of %(name)s left.", left=package.stock, name=pick(package.name))
        )  # fmt: skip
    package.stock -= quantity
    await session.flush()


async def give_back_stock(session: Session, package_id: str, quantity: int = 1) -> None:
    """What was taken and is not sold after all. Call it once for each take."""
    package = await _locked(session, package_id, quantity)
    if package.stock is not None:
        package.stock += quantity
        await session.flush()


async def _locked(session: Session, package_id: str, quantity: int) -> Package:
    if quantity < 1:
        raise Invalid(_("A quantity is 1 or more."))
    package = await queries.package_for_update(session, package_id)
    if package is None:
        raise PackageNotFound(_("There is no package %(id)s.", id=package_id))
    return package
