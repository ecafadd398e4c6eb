"""/oidc/authorize: what people meet on their way into a system, redirects mostly."""

from datetime import datetime, timedelta
from urllib.parse import parse_qs, quote, urlencode

from authlib.oauth2.rfc6749.errors import AccessDeniedError
from authlib.oidc.core.errors import LoginRequiredError
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from serai.kit import clock
from serai.kit.db import Session
from serai.kit.errors import Unavailable
from serai.kit.i18n import _
from serai.kit.web.templates import render
from serai.modules.identity import provider
from serai.portals.shared.access import recognise, settings, system_database
from serai.portals.shared.leaving import leave

router = APIRouter(dependencies=[Depends(recognise)])
_ASKED = "serai_asked"  # since when a fresh sign-in is waited for, sealed
_PATIENCE = timedelta(hours=1)


@router.get("/oidc/authorize")
async def authorize(request: Request) -> Response:
    """A system's question who this is, answered with a code at its redirect_uri."""
    parameters = _parameters(request.url.query)
    since = _opened(request, parameters.pop(_ASKED, [""])[0])
    issuer = settings(request).public_url
    async with system_database(request).transaction() as session:
        found = await provider.find(session, parameters.get("client_id", [""])[0])
        client = provider.check_client(found, parameters)
        try:
            asked = provider.read(client, issuer, parameters)
        except provider.Refused as refused:
            return leave(request, refused.address, client.name)
        return await _answer(request, session, asked, since)


async def _answer(
    request: Request, session: Session, asked: provider.AuthorizationRequest, since: datetime | None
) -> Response:
    issuer, actor = settings(request).public_url, request.state.actor
    signed_in = await provider.session_of(session, actor) if actor else None
    if actor is None or (signed_in is not None and not _is_fresh(asked, signed_in.at, since)):
        if asked.prompt == "none":
            return leave(request, asked.refuse(issuer, LoginRequiredError()), asked.client.name)
        door = "/signin" if actor is None else "/console/confirm"
        back = f"/oidc/authorize?{_waiting(request, since)}"
        return RedirectResponse(f"{door}?next={quote(back, safe='')}", status_code=303)
    try:
        code = await provider.grant_code(session, actor, asked)
    except provider.NotAllowedIn as error:
        return _refuse(request, asked, error)
    return leave(request, asked.answer_with(issuer, code=code), asked.client.name)


def _refuse(request: Request, asked: provider.AuthorizationRequest, error: provider.NotAllowedIn) -> Response:
    back = asked.refuse(settings(request).public_url, AccessDeniedError())
    if asked.prompt == "none":
        return leave(request, back, asked.client.name)
    return render(
        request, "provider/refused.html", status_code=403, heading=_("You may not do this"),
        message=error.message, back=back, system=asked.client.name,
    )  # fmt: skip


def _is_fresh(asked: provider.AuthorizationRequest, at: datetime, since: datetime | None) -> bool:
    """Whether the sign-in is as new as the system asks for."""
    if since is not None and at >= since:
        return True
    if asked.prompt == "login":
        return False
    return asked.max_age is None or at + timedelta(seconds=asked.max_age) >= clock.now()


def _waiting(request: Request, since: datetime | None) -> str:
    """The question again, noting since when a fresh sign-in is waited for."""
    parameters = _parameters(request.url.query)
    sealed = request.app.state.platform.vault.seal((since or clock.now()).isoformat())
    return urlencode({**parameters, _ASKED: [sealed]}, doseq=True)


def _opened(request: Request, sealed: str) -> datetime | None:
    try:
        since = datetime.fromisoformat(request.app.state.platform.vault.open(sealed))
    except (Unavailable, ValueError):
        return None
    return since if since + _PATIENCE >= clock.now() else None


def _parameters(query: str) -> dict[str, list[str]]:
    return parse_qs(query, keep_blank_values=True)
