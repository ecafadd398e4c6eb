"""/console/settings/account: its name, support's way in, its owner, its end."""

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.errors import SeraiError
from serai.kit.i18n import _, lazy
from serai.kit.web.navigation import NavItem, register
from serai.kit.web.problems import status_of
from serai.modules import identity, launches
from serai.portals.console.settings.account_forms import AccountForm, ConsentForm
from serai.portals.shared.access import acting, back_to, database, page
from serai.portals.shared.acts import apply
from serai.portals.shared.step_up import sudo
from serai.portals.ui.forms import from_request

_HERE = "/settings/account"
register("settings", NavItem(lazy("Account"), f"/console{_HERE}", "building", order=30, group=lazy("Account")))
router = APIRouter()


@router.get("/settings")
async def settings_home() -> Response:
    return RedirectResponse("/console/settings/profile", status_code=303)


@router.get(_HERE)
async def account(request: Request) -> Response:
    return await _page(request)


@router.post(f"{_HERE}/name")
async def rename(request: Request) -> Response:
    form = await from_request(AccountForm, request)
    if not form.validate():
        return await _page(request, form, 422)
    try:
        async with database(request).transaction() as session:
            await identity.accounts.rename(session, acting(request), form.name.data or "")
    except SeraiError as error:
        form.take(error)
        return await _page(request, form, status_of(error))
    return back_to(request, _HERE, _("The account has its new name."))


@router.post(f"{_HERE}/second-step", dependencies=[Depends(sudo)])
async def ask_second_step(request: Request) -> Response:
    required = "required" in await request.form()

    async def work(session: Session, actor: Actor) -> None:
        await identity.accounts.require_second_step(session, actor, required=required)

    said = (
        _("From now on every member needs a second step.")
        if required
        else _("A second step is each member's own choice again.")
    )
    return await apply(request, _HERE, work, said)


@router.post(f"{_HERE}/support")
async def let_support_in(request: Request) -> Response:
    form = await from_request(ConsentForm, request)
    form.validate()

    async def work(session: Session, actor: Actor) -> None:
        await identity.support.consent(
            session, actor, form.hours.data or 0, may_change=bool(form.may_change.data)
        )

    return await apply(request, _HERE, work, _("Support can enter the account until the time is over."))


@router.post(f"{_HERE}/support/{{grant_id}}/withdraw")
async def shut_support_out(request: Request, grant_id: str) -> Response:
    async def work(session: Session, actor: Actor) -> None:
        await identity.support.withdraw(session, actor, grant_id)

    return await apply(request, _HERE, work, _("Support can no longer enter with your consent."))


@router.post(f"{_HERE}/transfer", dependencies=[Depends(sudo)])
async def transfer(request: Request) -> Response:
    user_id = str((await request.form()).get("user_id", ""))

    async def work(session: Session, actor: Actor) -> None:
        await identity.members.transfer_ownership(session, actor, user_id)

    return await apply(request, _HERE, work, _("The account has a new owner; you are administrator now."))


@router.post(f"{_HERE}/deactivate", dependencies=[Depends(sudo)])
async def deactivate(request: Request) -> Response:
    return await apply(
        request, _HERE, identity.accounts.deactivate, _("The account rests. Its systems are being stopped.")
    )


@router.post(f"{_HERE}/reactivate")
async def reactivate(request: Request) -> Response:
    return await apply(
        request, _HERE, identity.accounts.reactivate,
        _("The account is active again. Its systems are being started."),
    )  # fmt: skip


@router.post(f"{_HERE}/delete", dependencies=[Depends(sudo)])
async def delete(request: Request) -> Response:
    typed = str((await request.form()).get("confirmed_name", ""))

    async def work(session: Session, actor: Actor) -> None:
        await identity.accounts.delete(session, actor, typed)

    return await apply(
        request, "/accounts", work, _("The account is deleted. Its systems are being removed.")
    )


async def _page(request: Request, form: AccountForm | None = None, status: int = 200) -> Response:
    actor = acting(request)
    async with database(request).transaction() as session:
        found = await identity.accounts.get(session, actor)
        may_consent = identity.policy.SUPPORT_CONSENT.allows(actor, account_id=found.id)
        consents = await identity.support.consents(session, actor) if may_consent else []
        others = []
        if identity.policy.ACCOUNT_TRANSFER.allows(actor, account_id=found.id):
            members = await identity.members.list_members(session, actor)
            others = [user for member, user in members if user.id != actor.user_id and not member.deactivated_at]
        counts = (
            await launches.count_by_state(session, actor)
            if launches.policy.READ.allows(actor, account_id=found.id)
            else {}
        )
    response = page(
        request, "console/settings/account.html", account=found, others=others, consents=consents,
        form=form or AccountForm(data={"name": found.name}), consent_form=ConsentForm(),
        systems=sum(count for state, count in counts.items() if state not in launches.GONE_STATES),
        may_rename=identity.policy.ACCOUNT_UPDATE.allows(actor, account_id=found.id),
        may_close=identity.policy.ACCOUNT_CLOSE.allows(actor, account_id=found.id), may_consent=may_consent,
        may_secure=identity.policy.ACCOUNT_SECURE.allows(actor, account_id=found.id),
    )  # fmt: skip
    response.status_code = status
    return response
