"""What staff change of products and packages by hand. Blueprints leave those fields alone after."""

from collections.abc import Mapping
from typing import Any

from serai.kit import clock, events
from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.errors import Invalid
from serai.kit.i18n import _
from serai.modules.catalog import policy, queries
from serai.modules.catalog.errors import Changed, PackageNotFound, ProductNotFound
from serai.modules.catalog.models import Package, Product

PRODUCT_FIELDS = ("name", "summary", "description")
PACKAGE_FIELDS = (
    "name", "summary", "description", "features", "limits", "trial_days", "trial_requires_method",
    "visibility", "stock",
)  # fmt: skip
_LONGEST_NAME, _LONGEST_TEXT, _LONGEST_TRIAL, _MOST = 100, 5_000, 365, 10**12


async def edit_product(
    session: Session, actor: Actor, product_id: str, *, version: int | None = None, **changes: Any
) -> None:
    """`changes`: any of PRODUCT_FIELDS, as `{"en": …, "ar": …}`. `version`: the one that was read;
    raises Changed when it is another by now."""
    policy.MANAGE.require(actor)
    product = await queries.product_for_update(session, product_id)
    if product is None:
        raise ProductNotFound(_("There is no product %(id)s.", id=product_id))
    _require_good(changes, PRODUCT_FIELDS)
    await _change(session, actor, "catalog.product_changed", product, changes, version)
    product.updated_at = clock.now()


async def edit_package(
    session: Session, actor: Actor, package_id: str, *, version: int | None = None, **changes: Any
) -> None:
    """`changes`: any of PACKAGE_FIELDS. Those who have the package already keep what they pay;
    limits hold for them, too, from their next renewal or resize on."""
    policy.MANAGE.require(actor)
    package = await queries.package_for_update(session, package_id)
    if package is None:
        raise PackageNotFound(_("There is no package %(id)s.", id=package_id))
    _require_good(changes, PACKAGE_FIELDS)
    if package.kind != "package" and changes.get("trial_days"):
        message = _("Only packages can be tried; add-ons and bundles cannot.")
        raise Invalid(message, fields={"trial_days": message})
    await _change(session, actor, "catalog.package_changed", package, changes, version)


async def follow_blueprint(session: Session, actor: Actor, package_id: str) -> None:
    """Give the package's fields back to the blueprint: its next sync sets them again."""
    policy.MANAGE.require(actor)
    package = await queries.package_for_update(session, package_id)
    if package is None:
        raise PackageNotFound(_("There is no package %(id)s.", id=package_id))
    if package.edited:
        await events.publish(
            session, actor, "catalog.package_changed", package.id,
            before={"edited": package.edited}, after={"edited": []},
        )  # fmt: skip
        package.edited = []
        package.version += 1
    await session.flush()


async def _change(
    session: Session, actor: Actor, event: str, row: Product | Package, changes: Mapping[str, Any],
    version: int | None,
) -> None:  # fmt: skip
    if version is not None and version != row.version:
        raise Changed(_("Somebody changed this meanwhile. Look at it again, then change it."))
    new = {name: value for name, value in changes.items() if getattr(row, name) != value}
    if not new:
        return
    before = {name: getattr(row, name) for name in new}
    for name, value in new.items():
        setattr(row, name, value)
    row.edited = sorted({*row.edited, *new} - {"stock"})  # of the stock, each sale takes some
    row.version += 1
    await session.flush()
    await events.publish(session, actor, event, row.id, before=before, after=new)


def _require_good(changes: Mapping[str, Any], known: tuple[str, ...]) -> None:
    unknown = [name for name in changes if name not in known]
    if unknown:
        raise TypeError(f"these cannot be edited: {', '.join(unknown)}")
    problems = {name: why for name, value in changes.items() if (why := _problem(name, value))}
    if problems:
        raise Invalid(next(iter(problems.values())), fields=problems)


def _problem(name: str, value: Any) -> str | None:
    match name:
        case "name" | "summary" | "description":
            return _text_problem(value, _LONGEST_NAME if name == "name" else _LONGEST_TEXT)
        case "features":
            return next((why for each in value if (why := _text_problem(each, _LONGEST_TEXT))), None)
        case "visibility" if value not in {"public", "hidden", "retired"}:
            return _("Choose public, hidden or retired.")
        case "trial_days" if not 0 <= value <= _LONGEST_TRIAL:
            return _("A trial has 0 to %(days)s days.", days=_LONGEST_TRIAL)
        case "stock" if value is not None and not 0 <= value <= 10**9:
            return _("The stock is zero or more; leave it empty for any number.")
        case "limits" if any(type(v) is not int or not 0 <= v <= _MOST for v in value.values()):
            return _("A limit is a whole number, zero or more.")
    return None


def _text_problem(value: Any, longest: int) -> str | None:
    if not all(str(value.get(language, "")).strip() for language in ("en", "ar")):
        return _("Write it in English and in Arabic.")
    if any(len(text) > longest for text in value.values()):
        return _("This is too long: at most %(count)s characters.", count=longest)
    return None
