"""How a system shows itself: client_secret_basic or client_secret_post (RFC 6749 2.3.1)."""

from collections.abc import Mapping

from authlib.oauth2.rfc6749.errors import InvalidClientError, InvalidRequestError
from authlib.oauth2.rfc6749.util import extract_basic_authorization

from serai.kit.db import Session
from serai.modules.identity.models.provider import SignInClient
from serai.modules.identity.provider import clients

METHODS = ("client_secret_basic", "client_secret_post")


async def authenticate(session: Session, authorization: str | None, form: Mapping[str, str]) -> SignInClient:
    """Raises InvalidRequestError for both ways at once, InvalidClientError for a wrong secret."""
    client_id, secret = form.get("client_id", ""), form.get("client_secret", "")
    if authorization:
        if secret:
            raise InvalidRequestError("Send the secret either in the header or in the body.")
        named, secret = _basic(authorization)
        if client_id not in {"", named}:
            raise InvalidRequestError("client_id is not the one in the header.")
        client_id = named
    client = await clients.find(session, client_id) if client_id and secret else None
    if client is None or not clients.has_secret(client, secret):
        raise InvalidClientError("The client is unknown or its secret wrong.", status_code=401)
    return client


def _basic(authorization: str) -> tuple[str, str]:
    try:
        name, secret = extract_basic_authorization({"Authorization": authorization})
    except ValueError:  # no UTF-8
        return "", ""
    return name or "", secret or ""
