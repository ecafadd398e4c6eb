"""“Open”: into a system without its password, by a token that works once and for a minute."""

from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from serai.kit.errors import Conflict
from serai.kit.i18n import _
from serai.modules import launches
from serai.modules.identity import provider
from serai.portals.shared.access import acting, back_to, database, portal_of
from serai.portals.shared.leaving import leave
from serai.portals.shared.system_detail import read_system

router = APIRouter()


@router.post("/systems/{launch_id}/open")
async def open_system(request: Request, launch_id: str) -> Response:
    """For the customer only: staff are nobody in a customer's system."""
    if portal_of(request).for_staff:
        raise HTTPException(404)
    try:
        async with database(request).transaction() as session:
            detail = await read_system(session, acting(request), portal_of(request), launch_id)
            if detail.launch.state != "running":
                raise launches.WrongState(_("%(name)s does not run.", name=detail.launch.name))
            address = detail.open_url
            client = await provider.find(session, detail.launch.id)
            if client is not None and client.open_uri is not None:
                token = await provider.grant_opening(session, acting(request), client)
                separator = "&" if "?" in client.open_uri else "?"
                address = f"{client.open_uri}{separator}{urlencode({'token': token})}"
    except Conflict as error:
        return back_to(request, f"/systems/{launch_id}", error.message, "danger")
    return leave(request, address, detail.launch.name)
