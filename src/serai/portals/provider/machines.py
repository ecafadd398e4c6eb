"""What systems ask of Serai themselves: metadata, keys, tokens, claims. JSON, no cookies."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias
from urllib.parse import parse_qs

from authlib.oauth2.rfc6749.errors import InvalidRequestError, OAuth2Error, UnsupportedGrantTypeError
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from serai.kit.db import Session
from serai.kit.errors import Unavailable
from serai.modules.identity import provider, signing_keys
from serai.portals.shared.access import settings, system_database

router = APIRouter()
_OPEN_TO_ALL = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
_NOT_KEPT = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_LARGEST_FORM = 1 << 16
Answer: TypeAlias = dict[str, Any] | OAuth2Error


@router.get("/.well-known/openid-configuration")
async def configuration(request: Request) -> Response:
    found = provider.discovery(settings(request).public_url)
    return JSONResponse(found, headers=_OPEN_TO_ALL | {"Cache-Control": "public, max-age=3600"})


@router.get("/.well-known/jwks.json")
async def key_set(request: Request) -> Response:
    async with system_database(request).transaction() as session:
        found = await signing_keys.key_set(session, request.app.state.platform.vault)
    kept = f"public, max-age={signing_keys.KEY_SET_SECONDS}"
    return JSONResponse(found, headers=_OPEN_TO_ALL | {"Cache-Control": kept})


@router.post("/oidc/token")
async def token(request: Request) -> Response:
    """A code for tokens, once."""

    async def work(session: Session, client: provider.SignInClient, form: dict[str, str]) -> Answer:
        if form.get("grant_type") != "authorization_code":
            return UnsupportedGrantTypeError(form.get("grant_type"))
        redeemed = await provider.redeem_code(
            session, client, form.get("code", ""), form.get("redirect_uri", ""), form.get("code_verifier", "")
        )
        if not isinstance(redeemed, provider.Redeemed):
            return redeemed
        platform = request.app.state.platform
        return await provider.issue(session, platform.vault, platform.settings.public_url, redeemed)

    return await _for_client(request, work)


@router.post("/oidc/open")
async def opened(request: Request) -> Response:
    """The token of “Open” for who comes with it, once."""

    async def work(session: Session, client: provider.SignInClient, form: dict[str, str]) -> Answer:
        redeemed = await provider.redeem_opening(session, client, form.get("token", ""))
        if not isinstance(redeemed, provider.Redeemed):
            return redeemed
        return provider.claims_of(redeemed.person, redeemed.grant.scope)

    return await _for_client(request, work)


@router.api_route("/oidc/userinfo", methods=["GET", "POST"])
async def userinfo(request: Request) -> Response:
    scheme, _, access_token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not access_token:
        return Response(status_code=401, headers={"WWW-Authenticate": "Bearer"})
    try:
        async with system_database(request).transaction() as session:
            found = await provider.userinfo(session, settings(request).public_url, access_token.strip())
    except signing_keys.BadToken:
        said = 'Bearer error="invalid_token", error_description="Unknown, expired or revoked."'
        return Response(status_code=401, headers={"WWW-Authenticate": said})
    return JSONResponse(found, headers=_NOT_KEPT)


Work = Callable[[Session, provider.SignInClient, dict[str, str]], Awaitable[Answer]]


async def _for_client(request: Request, work: Work) -> Response:
    """In one transaction, which is committed also when the answer is an error: a code tried is used."""
    try:
        form = await _form(request)
        async with system_database(request).transaction() as session:
            client = await provider.authenticate(session, request.headers.get("authorization"), form)
            answer = await work(session, client, form)
    except OAuth2Error as error:
        answer = error
    except Unavailable as error:
        body = {"error": "temporarily_unavailable", "error_description": error.message}
        return JSONResponse(body, 503, _NOT_KEPT | {"Retry-After": "2"})
    if isinstance(answer, OAuth2Error):
        headers = dict(answer.get_headers()) | _NOT_KEPT
        return JSONResponse(dict(answer.get_body()), answer.status_code, headers)
    return JSONResponse(answer, headers=_NOT_KEPT)


async def _form(request: Request) -> dict[str, str]:
    if request.headers.get("content-type", "").partition(";")[0] != "application/x-www-form-urlencoded":
        raise InvalidRequestError("Send a form: application/x-www-form-urlencoded.")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LARGEST_FORM:
            raise InvalidRequestError("The form is too large.", status_code=413)
    try:
        fields = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=50)
    except ValueError as error:
        raise InvalidRequestError("The form cannot be read.") from error
    if any(len(values) > 1 or "\0" in values[0] for values in fields.values()):
        raise InvalidRequestError("A field stands twice, or holds what no field may.")
    return {name: values[0] for name, values in fields.items()}
