"""/console/billing/details: who invoices are made out to, and how they come."""

from typing import Any
from zoneinfo import available_timezones

from fastapi import APIRouter, Request, Response
from wtforms import BooleanField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from serai.kit.errors import SeraiError
from serai.kit.i18n import LANGUAGES, _, lazy_str
from serai.kit.web.problems import status_of
from serai.modules import billing
from serai.portals.console.billing.common import account_of, shown
from serai.portals.shared.access import acting, back_to, database
from serai.portals.shared.billing_details import DetailsForm, begun_with
from serai.portals.ui.forms import choice, from_request

router = APIRouter()
_MORE = ("email", "language", "time_zone", "consolidate", "use_wallet")


class BillingForm(DetailsForm):
    email = StringField(lazy_str("Mail address for invoices"), [Optional(), Length(max=320)])
    language = SelectField(
        lazy_str("Language of invoices"), [InputRequired()],
        choices=[choice(code, name) for code, name in LANGUAGES.items()],
    )  # fmt: skip
    time_zone = SelectField(lazy_str("Time zone"), [InputRequired()])
    consolidate = BooleanField(lazy_str("One invoice for all that is due on a day"))
    use_wallet = BooleanField(lazy_str("The wallet pays before any other way"))

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        zones = {each for each in available_timezones() if "/" in each and not each.startswith("Etc/")}
        self.time_zone.choices = [
            (each, each) for each in sorted(zones | {"UTC", self.time_zone.data or "UTC"})
        ]

    def changes(self) -> dict[str, Any]:
        email = (self.email.data or "").strip() or None
        more = {name: self[name].data for name in _MORE}
        return super().changes() | more | {"email": email}


@router.get("/details")
async def details(request: Request) -> Response:
    profile = await _profile(request)
    return shown(request, "details.html", form=BillingForm(data=_begun(profile)), profile=profile)


@router.post("/details")
async def change(request: Request) -> Response:
    form = await from_request(BillingForm, request)
    if not form.validate():
        return shown(request, "details.html", 422, form=form, profile=await _profile(request))
    try:
        async with database(request).transaction() as session:
            await billing.profiles.change(session, acting(request), account_of(request), form.changes())
    except SeraiError as error:
        form.take(error)
        return shown(request, "details.html", status_of(error), form=form, profile=await _profile(request))
    return back_to(
        request, "/billing/details", _("Your billing details are saved. Invoices from now on have them.")
    )


async def _profile(request: Request) -> billing.BillingProfile:
    async with database(request).transaction() as session:
        return await billing.profiles.read(session, acting(request), account_of(request))


def _begun(profile: billing.BillingProfile) -> dict[str, Any]:
    return begun_with(profile) | {name: getattr(profile, name) for name in _MORE}
