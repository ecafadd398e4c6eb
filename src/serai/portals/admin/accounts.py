"""/admin/accounts: all customers; and the way into one of them for support."""

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.errors import Conflict, Invalid
from serai.kit.i18n import _, lazy
from serai.kit.web.navigation import NavItem, register
from serai.modules import billing, identity, launches
from serai.portals.shared.access import acting, back_to, database, page, settings
from serai.portals.shared.acts import apply
from serai.portals.shared.rows import Names, system_row
from serai.portals.shared.step_up import sudo
from serai.portals.shared.visibility import who_may
from serai.portals.shared.visits import VISIT

register("admin", NavItem(lazy("Accounts"), "/admin/accounts", "building", order=40, visible=who_may(identity.policy.ACCOUNT_READ)))
router = APIRouter()
_A_PAGE = 25


@router.get("/accounts")
async def accounts(request: Request, search: str = "", cursor: str = "") -> Response:
    search = search.strip()[:100]
    async with database(request).transaction() as session:
        found = await identity.staff.page_of_accounts(
            session, acting(request), search=search, before=cursor or None, limit=_A_PAGE + 1
        )
    more = len(found) > _A_PAGE
    shown = found[:_A_PAGE]
    return page(
        request, "admin/accounts.html", rows=shown, search=search, cursor=cursor,
        next_cursor=shown[-1][0].id if more else None,
    )  # fmt: skip


@router.get("/accounts/{account_id}")
async def account(request: Request, account_id: str) -> Response:
    actor = acting(request)
    async with database(request).transaction() as session:
        found = await identity.accounts.get(session, actor, account_id)
        members = await identity.members.list_members(session, actor, found.id)
        systems = await launches.of_account(session, actor, found.id)
        names = await Names.read(session)
        may_enter = identity.policy.SUPPORT_ENTER.allows(actor)
        consents = await identity.support.consents_of(session, actor, found.id) if may_enter else []
    return page(
        request, "admin/account.html", account=found, consents=consents, may_enter=may_enter, members=members,
        systems=[system_row(each, names) for each in systems],
        names={each.key: each.name for each in identity.roles.built_in()},
        may_close=identity.policy.ACCOUNT_CLOSE.allows(actor),
        may_see_money=billing.policy.READ.allows(actor),
        may_manage_people=identity.policy.STAFF_MANAGE.allows(actor),
    )  # fmt: skip


@router.post("/accounts/{account_id}/enter", dependencies=[Depends(sudo)])
async def enter(request: Request, account_id: str) -> Response:
    reason = str((await request.form()).get("reason", ""))
    try:
        async with database(request).transaction() as session:
            visit = await identity.support.enter(session, acting(request), account_id, reason)
    except (Conflict, Invalid) as error:
        return back_to(request, f"/accounts/{account_id}", error.message, "danger")
    response = RedirectResponse("/console/systems", status_code=303)
    VISIT.put(response, visit.token, secure=settings(request).is_secure)
    return response


@router.post("/accounts/{account_id}/deactivate", dependencies=[Depends(sudo)])
async def deactivate(request: Request, account_id: str) -> Response:
    async def work(session: Session, actor: Actor) -> None:
        await identity.accounts.deactivate(session, actor, account_id)

    said = _("The account rests. Its systems are being stopped.")
    return await apply(request, f"/accounts/{account_id}", work, said)


@router.post("/accounts/{account_id}/reactivate", dependencies=[Depends(sudo)])
async def reactivate(request: Request, account_id: str) -> Response:
    async def work(session: Session, actor: Actor) -> None:
        await identity.accounts.reactivate(session, actor, account_id)

    said = _("The account is active again. Its systems are being started.")
    return await apply(request, f"/accounts/{account_id}", work, said)


@router.post("/people/{user_id}/deactivate", dependencies=[Depends(sudo)])
async def shut_out(request: Request, user_id: str) -> Response:
    return await _set_active(request, user_id, active=False)


@router.post("/people/{user_id}/reactivate", dependencies=[Depends(sudo)])
async def let_in(request: Request, user_id: str) -> Response:
    return await _set_active(request, user_id, active=True)


@router.post("/people/{user_id}/sign-out", dependencies=[Depends(sudo)])
async def sign_out_everywhere(request: Request, user_id: str) -> Response:
    async def work(session: Session, actor: Actor) -> None:
        await identity.staff.end_sessions(session, actor, user_id)

    back = str((await request.form()).get("account", ""))
    said = _("Signed out everywhere.")
    return await apply(request, f"/accounts/{back}" if back else "/accounts", work, said)


async def _set_active(request: Request, user_id: str, *, active: bool) -> Response:
    async def work(session: Session, actor: Actor) -> None:
        await identity.staff.set_active(session, actor, user_id, active=active)

    back = str((await request.form()).get("account", ""))
    said = _("The login works again.") if active else _("The login is shut out everywhere.")
    return await apply(request, f"/accounts/{back}" if back else "/accounts", work, said)
