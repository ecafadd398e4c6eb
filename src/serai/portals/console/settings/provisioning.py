"""/console/settings/provisioning: how a directory is connected (SCIM)."""

from fastapi import APIRouter, Request, Response

from serai.kit.actor import Actor
from serai.kit.i18n import lazy
from serai.kit.web.navigation import NavItem, register
from serai.modules import identity
from serai.portals.shared.access import acting, database, page, settings

_HERE = "/settings/provisioning"
router = APIRouter()


def _may(actor: Actor | None) -> bool:
    return actor is not None and identity.policy.TEAM_PROVISION.allows(actor, account_id=actor.account_id)


register(
    "settings",
    NavItem(
        lazy("Provisioning"), f"/console{_HERE}", "users-group", order=55, group=lazy("Account"), visible=_may
    ),
)  # fmt: skip


@router.get(_HERE)
async def provisioning(request: Request) -> Response:
    """What to enter in the directory, and the keys with which one comes."""
    actor, permission = acting(request), identity.policy.TEAM_PROVISION
    permission.require(actor, account_id=actor.account_id)
    keys = []
    if identity.policy.KEYS_READ.allows(actor, account_id=actor.account_id):
        async with database(request).transaction() as session:
            rows = await identity.list_tokens(session, actor)
        keys = [row for row in rows if permission.name in row.scopes and identity.keys.is_usable(row)]
    return page(
        request, "console/settings/provisioning.html", keys=keys, permission=permission,
        address=f"{settings(request).public_url}/scim/v2",
    )  # fmt: skip
