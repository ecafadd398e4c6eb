"""What use costs, in words: “Emails: the first 100 are included, then $0.005 each”."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from babel.numbers import format_currency, get_currency_precision
from markupsafe import Markup, escape

from serai.kit.db import Session
from serai.kit.i18n import _, format_money, format_number, get_locale, pick
from serai.kit.i18n.locales import babel_locale
from serai.kit.money import Money
from serai.modules import catalog


async def texts_of(
    session: Session, product_id: str, package_ids: Sequence[str], currency: str
) -> dict[str, list[Markup]]:
    """By package."""
    charges = await catalog.charges_of_many(session, package_ids)
    if not charges:
        return {}
    meters = {meter.id: meter for meter in await catalog.meters_of(session, product_id)}
    return {
        package_id: [charge_text(each, meters) for each in charges.get((package_id, currency), [])]
        for package_id in package_ids
    }


def charge_text(charge: catalog.ChargeView, meters: Mapping[str, catalog.MeterView]) -> Markup:
    meter = meters.get(charge.meter_id)
    name = pick(meter.name) if meter else charge.meter_key
    parts = [*_included(charge), *_prices(charge)]
    if charge.minimum:
        least = format_money(Money(charge.minimum, charge.currency), trim=True)
        parts.append(_worded(_("at least %(amount)s a period"), amount=least))
    return _worded(_("%(name)s: %(terms)s"), name=name, terms=escape(_(", ")).join(parts))


def unit_price(minor: Decimal, currency: str) -> Markup:
    """A price that may have more decimals than the currency: half a cent is $0.005."""
    amount = minor.scaleb(-get_currency_precision(currency)).normalize()
    places = max(-int(amount.as_tuple().exponent), 0)
    places = max(places, get_currency_precision(currency)) if places else 0
    number = "#,##0" + ("." + "0" * places if places else "")
    pattern = f"{number} ¤" if get_locale() == "ar" else f"¤{number}"
    text = format_currency(amount, currency, format=pattern, locale=babel_locale(), currency_digits=False)
    return Markup('<bdi dir="ltr">{}</bdi>').format(text.replace("\u200f", ""))


def _included(charge: catalog.ChargeView) -> Iterable[Markup]:
    if charge.included:
        yield _worded(_("the first %(number)s are included"), number=_number(charge.included))


def _prices(charge: catalog.ChargeView) -> Iterable[Markup]:
    begun = bool(charge.included)
    for tier in charge.tiers:
        price = unit_price(tier.unit_amount, charge.currency)
        values = {"price": price, "number": _number(tier.up_to or Decimal(0))}
        if charge.model == "package":
            size = _number(charge.package_size or Decimal(1))
            text = (
                _("then %(price)s for every %(size)s begun")
                if begun
                else _("%(price)s for every %(size)s begun")
            )
            yield _worded(text, size=size, **values)
        elif tier.up_to is not None:
            yield _worded(_tier_text(charge.model), **values)
        elif len(charge.tiers) > 1:
            yield _worded(_("beyond that %(price)s each"), **values)
        else:
            yield _worded(_("then %(price)s each") if begun else _("%(price)s each"), **values)
        if tier.flat_amount:
            flat = unit_price(tier.flat_amount, charge.currency)
            yield _worded(_("and %(price)s once"), price=flat)


def _tier_text(model: str) -> str:
    if model == "volume":
        return _("%(price)s each as long as it is %(number)s at most")
    return _("%(price)s each up to %(number)s more")


def _number(value: Decimal) -> Markup:
    return Markup("<bdi>{}</bdi>").format(format_number(value))


def _worded(sentence: str, **values: object) -> Markup:
    """Values are escaped unless they are markup already."""
    return escape(sentence) % values
