"""/console/settings/security: all ways in at a glance."""

from fastapi import APIRouter, Request, Response

from serai.kit.i18n import lazy
from serai.kit.web.navigation import NavItem, register
from serai.modules import identity
from serai.portals.console.settings import (
    security_app,
    security_email,
    security_links,
    security_passkeys,
    security_password,
)
from serai.portals.console.settings.person import SECURITY, signed_in_person
from serai.portals.shared.access import database, page

register("settings", NavItem(lazy("Security"), SECURITY, "shield-lock", order=20, group=lazy("You")))
router = APIRouter()


@router.get("/settings/security")
async def security(request: Request) -> Response:
    async with database(request).transaction() as session:
        user = await signed_in_person(request, session)
        proofs = await identity.step_up.proofs(session, user)
        codes_left = await identity.recovery.left(session, user.id)
        passkeys = await identity.passkeys.passkeys(session, user.id)
        links = await identity.federation.links(session, user.id)
        providers = await identity.federation.offered(session)
    names = {each.id: each.name for each in providers}
    return page(
        request, "console/settings/security.html", user=user, proofs=proofs, codes_left=codes_left,
        passkeys=passkeys, links=[(each, names.get(each.provider_id, each.issuer)) for each in links],
        providers=[each for each in providers if each.id not in {link.provider_id for link in links}],
    )  # fmt: skip


for _part in (security_password, security_email, security_app, security_passkeys, security_links):
    router.include_router(_part.router)
