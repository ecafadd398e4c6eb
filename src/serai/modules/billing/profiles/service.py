"""Read and change how an account is billed, and who sells to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from serai.kit import clock, events
from serai.kit.actor import Actor
from serai.kit.db import Json, Session
from serai.kit.errors import Invalid
from serai.kit.i18n import LANGUAGES, _
from serai.kit.money import Money
from serai.modules import identity
from serai.modules.billing import policy, tax
from serai.modules.billing.periods import is_time_zone
from serai.modules.billing.profiles import countries, queries
from serai.modules.billing.profiles.models import BillingProfile, LegalEntity

ADDRESS = ("line1", "line2", "city", "postcode", "region")
_TEXTS = ("name", "email", "country", "tax_number", "language", "time_zone", "currency")
_SWITCHES = ("is_business", "consolidate", "use_wallet")
_STAFF_ONLY = ("tax_exempt", "legal_entity_id", "partner_id", "terms_days")


@dataclass(frozen=True, slots=True)
class Billed:
    """An account's profile with who sells to it."""

    profile: BillingProfile
    seller: LegalEntity


async def ensure(session: Session, actor: Actor, account_id: str) -> Billed:
    """The profile, made of what is known of the account when it is needed for the first time."""
    found = await billed(session, [account_id])
    if account_id not in found:
        account = await identity.accounts.get(session, actor, account_id)
        seller = await default_seller(session)
        await queries.add_profile(session, _fresh(account_id, account.name, seller))
        found = await billed(session, [account_id])
    return found[account_id]


async def billed(session: Session, account_ids: Sequence[str]) -> dict[str, Billed]:
    """Those accounts that have a profile: two queries however many."""
    profiles = await queries.profiles(session, account_ids)
    sellers = await queries.entities(session)
    default = next(iter(sellers.values()))
    return {
        key: Billed(row, sellers.get(row.legal_entity_id or "", default)) for key, row in profiles.items()
    }


async def default_seller(session: Session) -> LegalEntity:
    return next(iter((await queries.entities(session)).values()))


async def read(session: Session, actor: Actor, account_id: str) -> BillingProfile:
    policy.READ.require(actor, account_id=account_id)
    return (await ensure(session, actor, account_id)).profile


async def change(
    session: Session, actor: Actor, account_id: str, changes: Mapping[str, Any]
) -> BillingProfile:
    """`changes` by column. Raises Invalid with fields, Denied for what only staff may set."""
    policy.PROFILE.require(actor, account_id=account_id)
    if any(name in changes for name in _STAFF_ONLY):
        policy.CONFIGURE.require(actor)
    profile = (await ensure(session, actor, account_id)).profile
    before = {name: getattr(profile, name) for name in changes}
    for name, value in _checked(profile, changes).items():
        setattr(profile, name, value)
    profile.updated_at = clock.now()
    await session.flush()
    await events.publish(
        session, actor, "billing.profile_changed", account_id, account_id, before=before,
        after={name: getattr(profile, name) for name in changes},
    )  # fmt: skip
    return profile


def _checked(profile: BillingProfile, changes: Mapping[str, Any]) -> Json:
    known = {*_TEXTS, *_SWITCHES, *_STAFF_ONLY, "address", "auto_top_up"}
    good = {name: _clean(value) for name, value in changes.items() if name in known}
    country = good.get("country", profile.country)
    if good.get("tax_number"):
        good["tax_number"] = tax.check_number(country, good["tax_number"])
    if good.get("email"):
        good["email"] = identity.clean_email(good["email"])
    _check(good, country)
    if "address" in good:
        good["address"] = {key: str(good["address"].get(key, ""))[:200] for key in ADDRESS}
    return good


def _check(good: Json, country: str) -> None:
    wrong: dict[str, str] = {}
    if "name" in good and not good["name"]:
        wrong["name"] = _("Invoices need a name.")
    if "time_zone" in good and not is_time_zone(good["time_zone"]):
        wrong["time_zone"] = _("There is no such time zone; choose one such as Africa/Cairo.")
    if "language" in good and good["language"] not in LANGUAGES:
        wrong["language"] = _("Choose one of the languages offered.")
    if country and not countries.is_country(country):
        wrong["country"] = _("Choose a country.")
    if good.get("auto_top_up"):
        _check_top_up(good["auto_top_up"], wrong)
    if not 0 <= int(good.get("terms_days", 0)) <= 180:
        wrong["terms_days"] = _("Invoices can be due after 0 to 180 days.")
    if wrong:
        raise Invalid(" ".join(wrong.values()), fields=wrong)


def _check_top_up(wanted: Mapping[str, Any], wrong: dict[str, str]) -> None:
    amount, threshold = int(wanted["amount"]), int(wanted["threshold"])
    Money(amount, wanted["currency"])
    if amount <= 0 or threshold < 0:
        wrong["auto_top_up"] = _("The amount has to be above zero, and the threshold not below.")


def _clean(value: Any) -> Any:
    return value.strip()[:300] if isinstance(value, str) else value


def _fresh(account_id: str, name: str, seller: LegalEntity) -> dict[str, object]:
    return {
        "account_id": account_id, "name": name, "email": None, "address": {}, "country": seller.country,
        "tax_number": None, "is_business": False, "tax_exempt": False, "language": "en",
        "time_zone": seller.time_zone, "currency": None, "legal_entity_id": None, "partner_id": None,
        "consolidate": False, "use_wallet": True, "auto_top_up": None, "terms_days": 0,
        "updated_at": clock.now(),
    }  # fmt: skip
