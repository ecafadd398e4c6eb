"""/admin/mails: the queue and what became of each mail, over all accounts."""

from collections.abc import Container

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from serai.kit.errors import Conflict, NotFound
from serai.kit.i18n import _, lazy
from serai.kit.web.navigation import NavItem, register
from serai.modules import notifications
from serai.portals.admin import mails_preview, mails_suppressions
from serai.portals.admin.mails_html import html_page
from serai.portals.shared.access import acting, back_to, database, page, settings

router = APIRouter(prefix="/mails")
_A_PAGE = 30
_LONGEST_SEARCH = 254
_WAITING = ("queued", "sending")

register(
    "admin", NavItem(lazy("Mails"), "/admin/mails", "mail", order=60, visible=notifications.may_read_mails)
)
for _part in (mails_preview, mails_suppressions):
    router.include_router(_part.router)


@router.get("")
async def listed(
    request: Request, state: str = "", kind: str = "", search: str = "", account: str = "", cursor: str = ""
) -> Response:
    state, kind = _known(state, notifications.STATES), _known(kind, notifications.KINDS)
    search = search.strip()[:_LONGEST_SEARCH]
    async with database(request).transaction() as session:
        counts = await notifications.log.count_by_state(session, acting(request))
        found = await notifications.log.page(
            session, acting(request), state=state or None, kind=kind or None, search=search or None,
            account_id=account or None, before=cursor or None, limit=_A_PAGE + 1,
        )  # fmt: skip
    shown = found[:_A_PAGE]
    return page(
        request, "admin/mails.html", rows=shown, counts=counts, states=notifications.STATES,
        kinds=notifications.KINDS, state=state, kind=kind, search=search, account=account, cursor=cursor,
        next_cursor=shown[-1].id if len(found) > _A_PAGE else None,
        waiting=sum(counts.get(each, 0) for each in _WAITING), held=settings(request).holds_mail,
        driver=settings(request).mail,
    )  # fmt: skip


@router.get("/{mail_id}")
async def one(request: Request, mail_id: str) -> Response:
    async with database(request).transaction() as session:
        mail = await notifications.log.find(session, acting(request), mail_id)
        suppression = await notifications.suppressions.of(session, acting(request), mail.recipient)
    readable = notifications.log.readable(mail)
    return page(
        request, "admin/mail.html", mail=mail, kinds=notifications.KINDS, suppression=suppression,
        readable=readable, can_retry=notifications.log.can_retry(acting(request), mail),
        text=notifications.links.show(mail.text, settings(request)) if readable else "",
    )  # fmt: skip


@router.get("/{mail_id}/html")
async def as_html(request: Request, mail_id: str) -> Response:
    """A page of its own, in which nothing runs, loads or leads anywhere."""
    async with database(request).transaction() as session:
        mail = await notifications.log.find(session, acting(request), mail_id)
    if not mail.html or not notifications.log.readable(mail):
        raise HTTPException(404)
    return html_page(notifications.links.show(mail.html, settings(request)))


@router.post("/{mail_id}/retry")
async def retry(request: Request, mail_id: str) -> Response:
    try:
        async with database(request).transaction() as session:
            await notifications.log.retry(session, acting(request), mail_id)
    except (Conflict, NotFound) as error:
        return back_to(request, f"/mails/{mail_id}", error.message, "danger")
    return back_to(request, f"/mails/{mail_id}", _("It is queued again."), "info")


def _known(wanted: str, known: Container[str]) -> str:
    return wanted if wanted in known else ""
