"""Legal entities: who sells, under which numbers, and when unpaid invoices have consequences."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from serai.kit import clock, events, ids
from serai.kit.actor import Actor
from serai.kit.db import Json, Session
from serai.kit.errors import Invalid, NotFound
from serai.kit.i18n import _
from serai.modules.billing import policy, tax
from serai.modules.billing.periods import is_time_zone
from serai.modules.billing.profiles import countries, queries
from serai.modules.billing.profiles.models import LegalEntity, TaxRate

STEPS = ("retry", "suspend", "warn", "terminate")
_EDITABLE = (
    "name", "address", "country", "tax_number", "registration", "email", "tax_registered", "oss",
    "tax_inclusive", "prefix", "bank", "time_zone", "dunning",
)  # fmt: skip


async def every(session: Session, actor: Actor) -> Sequence[LegalEntity]:
    policy.READ.require(actor)
    return list((await queries.entities(session)).values())


async def add(session: Session, actor: Actor, values: Mapping[str, Any]) -> LegalEntity:
    policy.CONFIGURE.require(actor)
    default = next(iter((await queries.entities(session)).values()))
    made = LegalEntity(
        id=ids.new("ent"), is_default=False, next_invoice=1, next_credit_note=1, created_at=clock.now(),
        **{"address": {}, "bank": {}, "registration": None, "tax_number": None, "email": None,
           "tax_registered": False, "oss": False, "tax_inclusive": False, "time_zone": "UTC",
           "country": "", "dunning": default.dunning, **_checked(values)},
    )  # fmt: skip
    await _prefix_is_free(session, made.id, made.prefix)
    session.add(made)
    await session.flush()
    await events.publish(session, actor, "billing.seller_added", made.id, after=dict(values))
    return made


async def change(session: Session, actor: Actor, entity_id: str, values: Mapping[str, Any]) -> LegalEntity:
    """Invoices that were issued keep the seller as it was."""
    policy.CONFIGURE.require(actor)
    entity = (await queries.entities(session)).get(entity_id)
    if entity is None:
        raise NotFound(_("There is no such seller."))
    good = _checked(values)
    if "prefix" in good and good["prefix"] != entity.prefix:
        if entity.next_invoice > 1 or entity.next_credit_note > 1:
            text = _("Numbers were issued under this prefix; add another seller for a new one.")
            raise Invalid(text, fields={"prefix": text})
        await _prefix_is_free(session, entity.id, good["prefix"])
    before = {name: getattr(entity, name) for name in good}
    for name, value in good.items():
        setattr(entity, name, value)
    await session.flush()
    await events.publish(session, actor, "billing.seller_changed", entity.id, before=before, after=good)
    return entity


async def make_default(session: Session, actor: Actor, entity_id: str) -> None:
    policy.CONFIGURE.require(actor)
    for entity in (await queries.entities(session)).values():
        if entity.is_default and entity.id != entity_id:
            entity.is_default = False
    await session.flush()
    chosen = (await queries.entities(session)).get(entity_id)
    if chosen is None:
        raise NotFound(_("There is no such seller."))
    chosen.is_default = True
    await events.publish(session, actor, "billing.seller_made_default", entity_id)


async def set_tax_rate(session: Session, actor: Actor, country: str, valid_from: date, rate: int) -> None:
    """Basis points, over the known rate of a country from a day on."""
    policy.CONFIGURE.require(actor)
    if not countries.is_country(country) or not 0 <= rate <= 10_000:
        raise Invalid(_("A rate is of a country, and between 0 and 100 %."))
    row = await session.get(TaxRate, (country, valid_from))
    before = {"rate": row.rate} if row else None
    if row is None:
        session.add(TaxRate(country=country, valid_from=valid_from, rate=rate, created_at=clock.now()))
    else:
        row.rate = rate
    await session.flush()
    await events.publish(
        session, actor, "billing.tax_rate_set", country, before=before,
        after={"rate": rate, "valid_from": valid_from.isoformat()},
    )  # fmt: skip


async def tax_rates(session: Session) -> list[tax.Rate]:
    """What staff set, as the rules take it."""
    return [tax.Rate(row.country, row.rate, row.valid_from) for row in await queries.tax_rates(session)]


def _checked(values: Mapping[str, Any]) -> Json:
    good = {name: value for name, value in values.items() if name in _EDITABLE}
    wrong: dict[str, str] = {}
    if not str(good.get("name", "x")).strip():
        wrong["name"] = _("A seller needs a name.")
    if good.get("country") and not countries.is_country(good["country"]):
        wrong["country"] = _("Choose a country.")
    if good.get("tax_registered") and not good.get("country", "x"):
        wrong["country"] = _("Who is registered for tax is so in a country.")
    prefix = str(good.get("prefix", "INV"))
    if not (1 <= len(prefix) <= 12 and prefix.replace("-", "").isalnum() and prefix.isascii()):
        wrong["prefix"] = _("A prefix has 1 to 12 letters, digits or hyphens.")
    if "time_zone" in good and not is_time_zone(good["time_zone"]):
        wrong["time_zone"] = _("There is no such time zone; choose one such as Africa/Cairo.")
    if "dunning" in good and not _is_schedule(good["dunning"]):
        wrong["dunning"] = _(
            "The steps have rising days, and what is done is retry, suspend, warn or terminate."
        )
    if wrong:
        raise Invalid(" ".join(wrong.values()), fields=wrong)
    if good.get("tax_number"):
        good["tax_number"] = tax.check_number(good.get("country", ""), good["tax_number"])
    return good


def _is_schedule(steps: Any) -> bool:
    days = [step["after"] for step in steps]
    return (
        all(step["do"] in STEPS for step in steps) and days == sorted(set(days)) and all(d > 0 for d in days)
    )


async def _prefix_is_free(session: Session, entity_id: str, prefix: str) -> None:
    if any(e.prefix == prefix and e.id != entity_id for e in (await queries.entities(session)).values()):
        text = _("Another seller's numbers begin with %(prefix)s.", prefix=prefix)
        raise Invalid(text, fields={"prefix": text})
