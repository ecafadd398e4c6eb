"""/console/settings/keys: made, rotated, revoked; shown once."""

from datetime import timedelta

from fastapi import APIRouter, Depends, Request, Response

from serai.kit import clock
from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.errors import Conflict, SeraiError
from serai.kit.i18n import _, lazy
from serai.kit.permissions import defined
from serai.kit.web.navigation import NavItem, register
from serai.kit.web.problems import status_of
from serai.modules import identity
from serai.portals.console.settings.account_forms import KeyForm
from serai.portals.shared.access import acting, back_to, database, page
from serai.portals.shared.acts import apply
from serai.portals.shared.permissions import by_resource
from serai.portals.shared.step_up import sudo
from serai.portals.shared.visibility import who_may
from serai.portals.ui.forms import choice, from_request

_HERE = "/settings/keys"
register("settings", NavItem(lazy("API keys"), f"/console{_HERE}", "key", order=60, group=lazy("Account"), visible=who_may(identity.policy.KEYS_READ)))
router = APIRouter()


@router.get(_HERE)
async def keys(request: Request) -> Response:
    actor = acting(request)
    async with database(request).transaction() as session:
        rows = await identity.list_tokens(session, actor)
    now = clock.now()
    return page(
        request, "console/settings/keys.html",
        rows=[(row, identity.keys.is_usable(row, now)) for row in rows],
        may_manage=identity.policy.KEYS_MANAGE.allows(actor, account_id=actor.account_id),
    )  # fmt: skip


@router.get(f"{_HERE}/new", dependencies=[Depends(sudo)])
async def new(request: Request) -> Response:
    identity.policy.KEYS_MANAGE.require(acting(request), account_id=acting(request).account_id)
    return _form_page(request, await _form(request))


@router.post(f"{_HERE}/new", dependencies=[Depends(sudo)])
async def create(request: Request) -> Response:
    form = await _form(request)
    if not form.validate():
        return _form_page(request, form, 422)
    try:
        async with database(request).transaction() as session:
            row, clear = await identity.create_token(
                session, acting(request), form.name.data or "", scopes=form.scopes.data or [],
                days=int(form.days.data) or None,
            )  # fmt: skip
    except SeraiError as error:
        form.take(error)
        return _form_page(request, form, status_of(error))
    return _show_once(request, row, clear)


@router.post(f"{_HERE}/{{key_id}}/rotate", dependencies=[Depends(sudo)])
async def rotate(request: Request, key_id: str) -> Response:
    try:
        async with database(request).transaction() as session:
            row, clear = await identity.rotate_token(
                session, acting(request), key_id, timedelta(days=1)
            )
    except Conflict as error:
        return back_to(request, _HERE, error.message, "danger")
    return _show_once(request, row, clear)


@router.post(f"{_HERE}/{{key_id}}/revoke")
async def revoke(request: Request, key_id: str) -> Response:
    async def work(session: Session, actor: Actor) -> None:
        await identity.revoke_token(session, actor, key_id)

    return await apply(request, _HERE, work, _("The key no longer works."))


async def _form(request: Request) -> KeyForm:
    form = await from_request(KeyForm, request)
    held = set(identity.keys.grantable(acting(request)))
    form.scopes.choices = [choice(each.name, str(each.text)) for each in defined("account") if each.name in held]
    return form


def _form_page(request: Request, form: KeyForm, status: int = 200) -> Response:
    offered = {value for value, *_rest in form.scopes.iter_choices()}
    resources = by_resource([each for each in defined("account") if each.name in offered])
    response = page(
        request, "console/settings/key.html", form=form, resources=resources,
        chosen=set(form.scopes.data or []),
    )  # fmt: skip
    response.status_code = status
    return response


def _show_once(request: Request, row: identity.ApiToken, clear: str) -> Response:
    response = page(request, "console/settings/key_made.html", key=row, clear=clear)
    response.headers["Cache-Control"] = "no-store"
    return response
