"""/oidc/logout: a system's visitor signs out there, and is asked whether here, too."""

from collections.abc import Mapping

from fastapi import APIRouter, Depends, Request, Response

from serai.kit.web.sessions import clear_cookie
from serai.kit.web.templates import render
from serai.modules import identity
from serai.modules.identity import provider
from serai.portals.shared.access import recognise, session_token, settings, system_database

router = APIRouter(dependencies=[Depends(recognise)])
_FIELDS = ("id_token_hint", "client_id", "post_logout_redirect_uri", "state")


@router.get("/oidc/logout")
async def ask(request: Request) -> Response:
    """Nothing has happened yet: any site could send people here."""
    return await _page(request, request.query_params)


@router.post("/oidc/logout")
async def sign_out(request: Request) -> Response:
    form = {name: str(value) for name, value in (await request.form()).items()}
    async with system_database(request).transaction() as session:
        await identity.sign_out(session, session_token(request))
    request.state.actor = None
    response = await _page(request, form)
    clear_cookie(response, secure=settings(request).is_secure)
    return response


async def _page(request: Request, given: Mapping[str, str]) -> Response:
    fields = {name: given[name] for name in _FIELDS if name in given}
    async with system_database(request).transaction() as session:
        client = await provider.client_of_hint(
            session, settings(request).public_url, fields.get("id_token_hint", ""),
            fields.get("client_id", ""),
        )  # fmt: skip
    back = provider.way_back(client, fields.get("post_logout_redirect_uri", ""), fields.get("state", ""))
    name = client.name if client else None
    return render(request, "provider/logout.html", fields=fields, back=back, system=name)
