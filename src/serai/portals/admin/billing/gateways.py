"""/admin/billing/gateways: set up, tested, and only then switched on. Secrets go in and never come out."""

from typing import Any, cast

from fastapi import APIRouter, Depends, Request, Response
from wtforms import BooleanField, PasswordField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from serai.contracts.payments import ConfigField
from serai.kit.errors import Invalid, SeraiError
from serai.kit.i18n import _
from serai.modules import billing
from serai.portals.admin.billing.common import HERE, gateways_of, refused, require_reader, shown
from serai.portals.admin.billing.payment import is_by_hand
from serai.portals.shared.access import acting, back_to, database
from serai.portals.shared.acts import apply
from serai.portals.shared.step_up import sudo
from serai.portals.ui.forms import Form, choice, from_request

router = APIRouter(prefix="/gateways")
_FIELD = "value_"


class GatewayForm(Form):
    """With a field for each of the driver's, its name behind `value_`."""

    def values(self) -> dict[str, str]:
        return {
            name.removeprefix(_FIELD): str(field.data or "")
            for name, field in self._fields.items()
            if name.startswith(_FIELD)
        }

    def take(self, error: SeraiError) -> None:
        fields = {f"{_FIELD}{name}": text for name, text in error.fields.items()}
        super().take(Invalid(error.message, fields=fields))


@router.get("")
async def gateways(request: Request) -> Response:
    require_reader(request)
    known, rows = gateways_of(request), await _rows(request)
    found = [
        (key, known.name_of(key), billing.payments.shown(rows.get(key)))
        for key in sorted(known.factories, key=lambda each: (each not in rows, each))
        if key != billing.payments.WALLET
    ]
    return shown(request, "gateways.html", rows=found)


@router.get("/{gateway}")
async def gateway(request: Request, gateway: str) -> Response:
    require_reader(request)
    row = (await _rows(request)).get(gateway)
    return await _page(request, gateway, row, await _form(request, gateway, row))


@router.post("/{gateway}", dependencies=[Depends(sudo)])
async def set_up(request: Request, gateway: str) -> Response:
    billing.policy.CONFIGURE.require(acting(request))
    row = (await _rows(request)).get(gateway)
    form = await _form(request, gateway, row)
    status = 422
    if form.validate():
        try:
            async with database(request).transaction() as session:
                await billing.payments.set_up(
                    session, acting(request), gateways_of(request), gateway, form.values(),
                    test_mode=bool(form["test_mode"].data), base_url=row.base_url if row else None,
                )  # fmt: skip
        except SeraiError as error:
            status = refused(form, error)
        else:
            said = _("The settings are kept. Test them, then switch the gateway on.")
            return back_to(request, f"{HERE}/gateways/{gateway}", said, "info")
    return await _page(request, gateway, row, form, status)


@router.post("/{gateway}/test")
async def test(request: Request, gateway: str) -> Response:
    """What the driver can try without moving money; the result stands on the page."""
    billing.policy.CONFIGURE.require(acting(request))
    path = f"{HERE}/gateways/{gateway}"
    _known(request, gateway)
    try:
        await gateways_of(request).test(gateway)
    except billing.GatewayNotFound:
        return back_to(request, path, _("Set this gateway up first."), "danger")
    except SeraiError as error:
        return back_to(request, path, error.message, "danger")
    return back_to(request, path, _("The test has succeeded."))


@router.post("/{gateway}/switch", dependencies=[Depends(sudo)])
async def switch(request: Request, gateway: str) -> Response:
    on = (await request.form()).get("on") == "1"

    async def work(session: Any, actor: Any) -> None:
        await billing.payments.switch(session, actor, gateway, on=on)

    said = _("Customers can pay with it.") if on else _("It is off; what is under way still ends.")
    return await apply(request, f"{HERE}/gateways/{gateway}", work, said)


async def _rows(request: Request) -> dict[str, billing.payments.GatewayAccount]:
    async with database(request).transaction() as session:
        return {row.key: row for row in await billing.payments.reading.set_up_gateways(session, acting(request))}


def _known(request: Request, key: str) -> tuple[ConfigField, ...]:
    """Its fields. Raises GatewayNotFound, also for the wallet, which needs no settings."""
    if key == billing.payments.WALLET:
        raise billing.GatewayNotFound(_("The wallet is always there; nothing is to be set up."))
    return gateways_of(request).fields(key)


async def _form(request: Request, key: str, row: billing.payments.GatewayAccount | None) -> GatewayForm:
    """What is no secret begins as it is; of secrets nothing is ever sent."""
    fields = _known(request, key)
    made: dict[str, Any] = {f"{_FIELD}{each.name}": _field(each, is_set=row is not None) for each in fields}
    made["test_mode"] = BooleanField(_("The vendor's test system"))
    form = cast("type[GatewayForm]", type("OneGatewayForm", (GatewayForm,), made))
    initial: dict[str, Any] = {"test_mode": row.test_mode if row else False}
    if row is not None and billing.policy.CONFIGURE.allows(acting(request)):
        kept = gateways_of(request).settings_of(row).values
        initial |= {f"{_FIELD}{f.name}": kept.get(f.name, "") for f in fields if f.kind != "secret"}
    return await from_request(form, request, **initial)


def _field(each: ConfigField, *, is_set: bool) -> Any:
    """A secret that is kept may stay empty: it stays as it was."""
    label = str(each.label)
    may_stay_empty = not each.required or (is_set and each.kind == "secret")
    rules: list[Any] = [Optional() if may_stay_empty else InputRequired(), Length(max=4000)]
    if each.kind == "choice":
        return SelectField(label, rules[:1], choices=[choice(value, value) for value in each.choices])
    if each.kind == "secret":
        return PasswordField(label, rules, render_kw={"autocomplete": "new-password"})
    return StringField(label, rules, render_kw={"autocomplete": "off"})


async def _page(
    request: Request, key: str, row: billing.payments.GatewayAccount | None, form: GatewayForm, status: int = 200
) -> Response:
    known = gateways_of(request)
    fields = [(form[f"{_FIELD}{each.name}"], each) for each in known.fields(key)]
    return shown(
        request, "gateway.html", status=status, key=key, title=known.name_of(key), form=form, fields=fields,
        state=billing.payments.shown(row), notify_url=known.notify_url(key), by_hand=await is_by_hand(request, key),
    )  # fmt: skip
