"""/admin/sign-in-providers: the services people may sign in with."""

from collections.abc import Mapping

from fastapi import APIRouter, Depends, Request, Response
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Length, Optional

from serai.kit.actor import Actor
from serai.kit.errors import SeraiError
from serai.kit.i18n import _, lazy, lazy_str
from serai.kit.web.navigation import NavItem, register
from serai.kit.web.problems import status_of
from serai.modules import identity
from serai.portals.shared.access import acting, back_to, database, page, settings
from serai.portals.shared.step_up import sudo
from serai.portals.ui.forms import Form, from_request

_HERE = "/sign-in-providers"


def _may_manage(actor: Actor | None) -> bool:
    return actor is not None and identity.policy.SIGN_IN_MANAGE.allows(actor)


register(
    "admin",
    NavItem(lazy("Sign-in services"), f"/admin{_HERE}", "login", order=70, visible=_may_manage),
)
router = APIRouter(prefix=_HERE)


class ProviderForm(Form):
    """The secret is typed, never shown; empty keeps the present one."""

    key = StringField(lazy_str("Short name in addresses"), [InputRequired(), Length(max=31)])
    name = StringField(lazy_str("Name on the button"), [InputRequired(), Length(max=40)])
    issuer = StringField(lazy_str("Issuer"), [InputRequired(), Length(max=300)])
    client_id = StringField(lazy_str("Client id"), [InputRequired(), Length(max=300)])
    client_secret = PasswordField(lazy_str("Client secret"), [Optional(), Length(max=500)])
    kind = HiddenField()


@router.get("")
async def providers(request: Request) -> Response:
    async with database(request).transaction() as session:
        found = await identity.federation.list_providers(session, acting(request))
    return page(request, "admin/sign_in_providers.html", providers=found, presets=identity.federation.PRESETS)


@router.get("/new", dependencies=[Depends(sudo)])
async def new_form(request: Request, preset: str = "") -> Response:
    chosen = identity.federation.PRESETS.get(preset)
    initial = {"kind": identity.federation.OIDC}
    if chosen is not None:
        initial = {"key": preset, "name": chosen.name, "issuer": chosen.issuer, "kind": chosen.kind}
    return await _form_page(request, await from_request(ProviderForm, request, **initial))


@router.get("/{key}/edit", dependencies=[Depends(sudo)])
async def edit_form(request: Request, key: str) -> Response:
    identity.policy.SIGN_IN_MANAGE.require(acting(request))
    async with database(request).transaction() as session:
        row = await identity.federation.get_provider(session, key, only_on=False)
    initial = {name: getattr(row, name) for name in ("key", "name", "issuer", "client_id", "kind")}
    return await _form_page(request, await from_request(ProviderForm, request, **initial), present=True)


@router.post("", dependencies=[Depends(sudo)])
async def put(request: Request) -> Response:
    form = await from_request(ProviderForm, request)
    if not form.validate():
        return await _form_page(request, form, status=422)
    values: Mapping[str, str] = {name: (form[name].data or "").strip() for name in form.data}
    try:
        async with database(request).transaction() as session:
            await identity.federation.put_provider(
                session, acting(request), request.app.state.platform.vault,
                identity.federation.ProviderChange(**values),
            )  # fmt: skip
    except SeraiError as error:
        form.take(error)
        return await _form_page(request, form, status=status_of(error))
    return back_to(request, _HERE, _("It is kept. Try it, then switch it on."))


@router.post("/{key}/try")
async def try_out(request: Request, key: str) -> Response:
    """Whether its discovery document can be read. The provider is asked outside of transactions."""
    identity.policy.SIGN_IN_MANAGE.require(acting(request))
    async with database(request).transaction() as session:
        provider = await identity.federation.get_provider(session, key, only_on=False)
    try:
        endpoints = await identity.federation.discover(settings(request), provider, anew=True)
    except SeraiError as error:
        return back_to(request, _HERE, error.message, "danger")
    return back_to(request, _HERE, _("It answers. People are sent to %(address)s.", address=endpoints.authorization))


@router.post("/{key}/{state}", dependencies=[Depends(sudo)])
async def switch(request: Request, key: str, state: str) -> Response:
    async with database(request).transaction() as session:
        row = await identity.federation.switch_provider(session, acting(request), key, on=state == "on")
    said = _("%(name)s is offered now.") if row.is_on else _("%(name)s is no longer offered.")
    return back_to(request, _HERE, said % {"name": row.name})


async def _form_page(
    request: Request, form: ProviderForm, *, present: bool = False, status: int = 200
) -> Response:
    identity.policy.SIGN_IN_MANAGE.require(acting(request))
    redirect = f"{settings(request).public_url}/signin/with/{form.key.data or '…'}/callback"
    response = page(
        request, "admin/sign_in_provider.html", form=form, present=present, redirect=redirect,
        is_github=form.kind.data == identity.federation.GITHUB,
    )  # fmt: skip
    response.status_code = status
    return response
