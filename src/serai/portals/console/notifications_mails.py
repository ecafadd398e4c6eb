"""/console/settings/mails: the account's own log. Texts are not shown: they were written to one person."""

from fastapi import APIRouter, Request, Response

from serai.kit.i18n import lazy
from serai.kit.web.navigation import NavItem, register
from serai.modules import notifications
from serai.portals.shared.access import acting, database, page

register(
    "settings",
    NavItem(
        lazy("Mails"), "/console/settings/mails", "mail", order=65, group=lazy("Account"), visible=notifications.may_read_own_mails
    ),
)

router = APIRouter(prefix="/settings/mails")
_A_PAGE = 30


@router.get("")
async def listed(request: Request, state: str = "", cursor: str = "") -> Response:
    state = state if state in notifications.STATES else ""
    async with database(request).transaction() as session:
        found = await notifications.log.page(
            session, acting(request), state=state or None, before=cursor or None, limit=_A_PAGE + 1
        )
    shown = found[:_A_PAGE]
    return page(
        request, "console/settings/mails.html", rows=shown, kinds=notifications.KINDS, cursor=cursor, state=state,
        next_cursor=shown[-1].id if len(found) > _A_PAGE else None,
    )  # fmt: skip
