"""/console/settings/notifications: what somebody hears of, and where."""

from fastapi import APIRouter, Request, Response

from serai.kit.i18n import _, lazy
from serai.kit.web.navigation import NavItem, register
from serai.modules import notifications
from serai.portals.shared.access import acting, back_to, database, page

register("settings", NavItem(lazy("Notifications"), "/console/settings/notifications", "bell", order=28, group=lazy("You")))

router = APIRouter(prefix="/settings/notifications")


@router.get("")
async def shown(request: Request) -> Response:
    async with database(request).transaction() as session:
        chosen = await notifications.preferences.choices(session, acting(request))
    return page(
        request, "console/settings/notifications_settings.html", groups=notifications.groups_in_use(),
        chosen=chosen, channels=notifications.CHANNELS,
        sees_mails=notifications.may_read_own_mails(acting(request)),
    )  # fmt: skip


@router.post("")
async def save(request: Request) -> Response:
    """Boxes that are not ticked are not sent."""
    ticked = {str(each) for each in (await request.form()).getlist("wanted")}
    async with database(request).transaction() as session:
        possible = await notifications.preferences.choices(session, acting(request))
        wanted = {key: f"{key[0]}.{key[1]}" in ticked for key in possible}
        await notifications.preferences.choose(session, acting(request), wanted)
    return back_to(request, "/settings/notifications", _("Your choice is saved."))
