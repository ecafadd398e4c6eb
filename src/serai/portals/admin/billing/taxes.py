"""/admin/billing/taxes: the rates that count, and those that staff put over the known ones."""

from fastapi import APIRouter, Request, Response

from serai.kit import clock
from serai.kit.errors import Invalid, SeraiError
from serai.kit.i18n import _
from serai.modules import billing
from serai.portals.admin.billing.common import HERE, refused, require_reader, shown, wants_csv
from serai.portals.admin.billing.csv_files import csv_file
from serai.portals.admin.billing.forms import TaxRateForm
from serai.portals.admin.catalog.common import percent
from serai.portals.admin.catalog.forms import bps_of
from serai.portals.shared.access import acting, back_to, database
from serai.portals.ui.forms import from_request

router = APIRouter(prefix="/taxes")


@router.get("")
async def taxes(request: Request) -> Response:
    require_reader(request)
    form = await from_request(TaxRateForm, request, valid_from=clock.now().date())
    return await _page(request, form)


@router.post("")
async def override(request: Request) -> Response:
    billing.policy.CONFIGURE.require(acting(request))
    form = await from_request(TaxRateForm, request)
    status = 422
    if _offer(form).validate():
        try:
            rate = bps_of(form.percent.data)
            if rate is None or form.valid_from.data is None:
                raise Invalid(_("Write a percentage such as 12.5, with two decimals at most."))
            async with database(request).transaction() as session:
                await billing.sellers.set_tax_rate(
                    session, acting(request), form.country.data, form.valid_from.data, rate
                )
        except SeraiError as error:
            status = refused(form, error)
        else:
            return back_to(
                request, f"{HERE}/taxes", _("The rate is kept. Invoices from that day on have it.")
            )
    return await _page(request, form, status)


async def _page(request: Request, form: TaxRateForm, status: int = 200) -> Response:
    async with database(request).transaction() as session:
        own = await billing.sellers.tax_rates(session)
    today, names = clock.now().date(), dict(billing.countries.choices())
    codes = sorted(
        {each.country for each in (*billing.tax.RATES, *own)}, key=lambda code: names.get(code, code)
    )
    in_force = {code: billing.tax.rate_of(code, today, own) for code in codes if _is_known(code, own)}
    mine = {each.country for each in own if each.since <= today}
    if wants_csv(request):
        rows = [(code, names.get(code), percent(rate), code in mine) for code, rate in in_force.items()]
        return csv_file("tax-rates", ("code", "country", "percent", "own"), rows)
    return shown(
        request, "taxes.html", status=status, form=_offer(form), percent=percent, names=names, mine=mine,
        rates=list(in_force.items()), own=sorted(own, key=lambda each: (each.country, each.since), reverse=True),
        today=today,
    )  # fmt: skip


def _is_known(code: str, own: list[billing.tax.Rate]) -> bool:
    today = clock.now().date()
    return any(each.country == code for each in billing.tax.RATES) or any(
        each.country == code and each.since <= today for each in own
    )


def _offer(form: TaxRateForm) -> TaxRateForm:
    form.country.choices = billing.countries.choices()
    return form
