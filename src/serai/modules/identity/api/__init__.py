"""/api/v1: the account, its team, roles and keys."""

from fastapi import APIRouter

from serai.modules.identity.api import account, keys, roles, team

router = APIRouter()
for _part in (account, team, roles, keys):
    router.include_router(_part.router)
