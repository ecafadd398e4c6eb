"""All that stands below /oidc, /scim and /.well-known."""

from fastapi import APIRouter

from serai.portals.provider import logout, machines, visitors
from serai.portals.provider.scim import routes as scim

router = APIRouter(include_in_schema=False)

for _part in (machines, visitors, logout, scim):
    router.include_router(_part.router)
