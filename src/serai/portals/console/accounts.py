"""/console/accounts: go on in another account, or make one."""

from fastapi import APIRouter, Request, Response

from serai.kit.errors import SeraiError
from serai.kit.i18n import _
from serai.kit.web.problems import status_of
from serai.modules import identity
from serai.portals.console.settings.account_forms import AccountForm
from serai.portals.shared.access import acting, back_to, database, page
from serai.portals.ui.forms import from_request

router = APIRouter()


@router.get("/accounts")
async def accounts(request: Request) -> Response:
    return await _page(request, await from_request(AccountForm, request))


@router.post("/accounts")
async def create(request: Request) -> Response:
    form = await from_request(AccountForm, request)
    if not form.validate():
        return await _page(request, form, 422)
    try:
        async with database(request).transaction() as session:
            made = await identity.accounts.create(session, acting(request), form.name.data or "")
            await identity.sessions.switch_account(session, acting(request), made.id)
    except SeraiError as error:
        form.take(error)
        return await _page(request, form, status_of(error))
    return back_to(request, "", _("You are in %(name)s now.", name=made.name))


@router.post("/accounts/{account_id}/switch")
async def switch(request: Request, account_id: str) -> Response:
    async with database(request).transaction() as session:
        account = await identity.sessions.switch_account(session, acting(request), account_id)
    return back_to(request, "", _("You are in %(name)s now.", name=account.name))


async def _page(request: Request, form: AccountForm, status: int = 200) -> Response:
    async with database(request).transaction() as session:
        mine = await identity.accounts.mine(session, acting(request))
        names = {each.key: each.name for each in identity.roles.built_in()}
    response = page(
        request, "console/accounts.html", mine=mine, names=names, present=acting(request).account_id, form=form
    )
    response.status_code = status
    return response
