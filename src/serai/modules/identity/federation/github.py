"""GitHub: OAuth 2 without an ID token, so its API is asked who the person is."""

from typing import Any
from urllib.parse import urlsplit

from serai.kit.errors import Unavailable
from serai.kit.i18n import _
from serai.kit.outgoing import Answer, Client
from serai.modules.identity.federation.claims import Claims

SCOPE = "read:user user:email"


def authorization_endpoint(issuer: str) -> str:
    return f"{issuer.rstrip('/')}/login/oauth/authorize"


def token_endpoint(issuer: str) -> str:
    return f"{issuer.rstrip('/')}/login/oauth/access_token"


async def claims(client: Client, issuer: str, access_token: str) -> Claims:
    """The numeric id is the subject: names on GitHub can be given up and taken by others."""
    headers = {"Authorization": f"Bearer {access_token}", "Accept": "application/vnd.github+json"}
    user = _read(await client.get(f"{_api(issuer)}/user", headers=headers))
    emails = _read(await client.get(f"{_api(issuer)}/user/emails", headers=headers))
    primary: dict[str, Any] = next((each for each in emails if each.get("primary")), {})
    return Claims(issuer, str(int(user["id"])), str(primary.get("email", "")), primary.get("verified") is True)


def _api(issuer: str) -> str:
    if urlsplit(issuer).hostname == "github.com":
        return "https://api.github.com"
    return f"{issuer.rstrip('/')}/api/v3"


def _read(answer: Answer) -> Any:
    if answer.status != 200:
        raise Unavailable(_("GitHub did not say who you are (status %(status)s).", status=answer.status))
    return answer.json()
