"""Reads what a browser brings to /oidc/authorize (OpenID Connect Core 3.1.2, RFC 7636, RFC 9207)."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from authlib.oauth2.rfc6749.errors import (
    InvalidRequestError,
    InvalidScopeError,
    OAuth2Error,
    UnsupportedResponseTypeError,
)
from authlib.oauth2.rfc7636.challenge import CODE_CHALLENGE_PATTERN
from authlib.oidc.core.errors import (
    AccountSelectionRequiredError,
    ConsentRequiredError,
    RequestNotSupportedError,
    RequestURINotSupportedError,
)

from serai.kit.errors import Invalid
from serai.kit.i18n import _
from serai.modules.identity.models.provider import SignInClient

SCOPES = ("openid", "profile", "email", "account")
PROMPTS = ("none", "login")
_LONGEST = 1024


class UnknownClient(Invalid):
    """Whoever asks is not to be answered at the address they name."""

    code = "identity.unknown_client"


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """`max_age` in seconds."""

    client: SignInClient
    scope: str
    state: str | None
    nonce: str | None
    code_challenge: str
    prompt: str | None
    max_age: int | None

    def answer_with(self, issuer: str, **parameters: str) -> str:
        """The system's address with the answer."""
        return answer_address(self.client, issuer, self.state, parameters)

    def refuse(self, issuer: str, error: OAuth2Error) -> str:
        return answer_address(self.client, issuer, self.state, dict(error.get_body()))


class Refused(Exception):
    """What the system that asked is to hear, at `address`."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.address = address


def check_client(client: SignInClient | None, parameters: Mapping[str, list[str]]) -> SignInClient:
    """Before anything else: errors of these two are never sent anywhere. Raises UnknownClient."""
    if client is None:
        raise UnknownClient(_("The system you come from is not known here, or no longer."))
    if parameters.get("redirect_uri") != [client.redirect_uri]:
        raise UnknownClient(_("The system you come from names an address that is not its own."))
    return client


def read(client: SignInClient, issuer: str, parameters: Mapping[str, list[str]]) -> AuthorizationRequest:
    """Raises Refused, with the address that tells the system why."""
    states = parameters.get("state", [])
    state = states[0] if len(states) == 1 and len(states[0]) <= _LONGEST else None
    try:
        return _read(client, parameters, state)
    except OAuth2Error as error:
        raise Refused(answer_address(client, issuer, state, dict(error.get_body()))) from error


def answer_address(
    client: SignInClient, issuer: str, state: str | None, parameters: Mapping[str, str]
) -> str:
    answer = {**parameters, "iss": issuer} | ({"state": state} if state is not None else {})
    separator = "&" if "?" in client.redirect_uri else "?"
    return f"{client.redirect_uri}{separator}{urlencode(answer)}"


def _read(
    client: SignInClient, parameters: Mapping[str, list[str]], state: str | None
) -> AuthorizationRequest:
    for name, values in parameters.items():
        if len(values) > 1 or len(values[0]) > _LONGEST:
            raise InvalidRequestError(f"{_plain(name)} stands twice or is too long.")
    given = {name: values[0] for name, values in parameters.items() if values[0]}
    if "request" in given:
        raise RequestNotSupportedError
    if "request_uri" in given:
        raise RequestURINotSupportedError
    if given.get("response_type") != "code":
        raise UnsupportedResponseTypeError(given.get("response_type"))
    if given.get("response_mode", "query") != "query":
        raise InvalidRequestError("response_mode is query or left out.")
    return AuthorizationRequest(
        client=client, scope=_scope(given.get("scope", "")), state=state, nonce=given.get("nonce"),
        code_challenge=_challenge(given), prompt=_prompt(given.get("prompt")),
        max_age=_seconds(given.get("max_age")),
    )  # fmt: skip


def _scope(asked: str) -> str:
    """What we know of the scopes asked for; others are left out (OpenID Connect Core 3.1.2.1)."""
    scopes = asked.split()
    if "openid" not in scopes:
        raise InvalidScopeError("scope has to hold openid.")
    return " ".join(scope for scope in SCOPES if scope in scopes)


def _challenge(given: Mapping[str, str]) -> str:
    challenge = given.get("code_challenge", "")
    if given.get("code_challenge_method") != "S256" or not CODE_CHALLENGE_PATTERN.match(challenge):
        raise InvalidRequestError("PKCE is required: send code_challenge and code_challenge_method=S256.")
    return challenge


def _prompt(asked: str | None) -> str | None:
    prompts = (asked or "").split()
    if "none" in prompts and len(prompts) > 1:
        raise InvalidRequestError("prompt=none stands alone.")
    if "consent" in prompts:
        raise ConsentRequiredError
    if "select_account" in prompts:
        raise AccountSelectionRequiredError
    return next((prompt for prompt in PROMPTS if prompt in prompts), None)


def _seconds(asked: str | None) -> int | None:
    if asked is None:
        return None
    if not asked.isascii() or not asked.isdigit() or len(asked) > 9:
        raise InvalidRequestError("max_age is a number of seconds.")
    return int(asked)


def _plain(name: str) -> str:
    return "".join(letter for letter in name[:40] if letter.isalnum() or letter == "_") or "A parameter"
