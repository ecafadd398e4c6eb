"""A launched system as a client, and people who come to it with their browsers."""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from starlette.types import ASGIApp

from serai.kit import clock
from serai.kit.actor import Actor
from serai.kit.clock import MovableClock
from serai.modules.launches.rendering import Secrets
from tests.client import Answered, Client
from tests.factories import World
from tests.integration.portals.conftest import SignedIn, Visitor, app, signed_in, visitor  # noqa: F401

ISSUER = "http://localhost:8080"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


@dataclass
class System:
    """What the launched software does: it sends people to Serai and asks Serai itself."""

    app: ASGIApp
    id: str
    secret: str
    name: str
    owner: Actor
    url: str = field(init=False)

    def __post_init__(self) -> None:
        self.url = f"http://{self.name}.apps.localhost:8080"

    @property
    def redirect_uri(self) -> str:
        return f"{self.url}/callback"

    def question(self, **changes: Any) -> str:
        """The address a visitor is sent to; None leaves a parameter out, a list repeats it."""
        asked = {
            "response_type": "code", "client_id": self.id, "redirect_uri": self.redirect_uri,
            "scope": "openid profile email account", "state": "s1", "nonce": "n1",
            "code_challenge": CHALLENGE, "code_challenge_method": "S256",
        } | changes  # fmt: skip
        given = {name: value for name, value in asked.items() if value is not None}
        return f"/oidc/authorize?{urlencode(given, doseq=True)}"

    async def post(self, path: str, *, basic: tuple[str, str] | None = None, **form: str) -> Answered:
        headers = {"content-type": "application/x-www-form-urlencoded"}
        if basic is not None:
            key = base64.b64encode(":".join(basic).encode()).decode()
            headers["authorization"] = f"Basic {key}"
        return await Client(self.app).post(path, urlencode(form).encode(), headers=headers)

    async def redeem(self, code: str, **changes: str) -> Answered:
        form = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": self.redirect_uri,
            "code_verifier": VERIFIER,
        } | changes  # fmt: skip
        return await self.post("/oidc/token", basic=(self.id, self.secret), **form)

    async def open(self, token: str) -> Answered:
        return await self.post("/oidc/open", basic=(self.id, self.secret), token=token)

    async def userinfo(self, access_token: str) -> Answered:
        return await Client(self.app).get(
            "/oidc/userinfo", headers={"authorization": f"Bearer {access_token}"}
        )

    async def code_for(self, person: Visitor, **changes: Any) -> str:
        return answered(await person.get(self.question(**changes)))["code"]

    async def tokens_for(self, person: Visitor, **changes: Any) -> dict[str, Any]:
        answer = await self.redeem(await self.code_for(person, **changes))
        assert answer.status == 200, answer.body
        found: dict[str, Any] = answer.json
        return found


def answered(answer: Answered) -> dict[str, str]:
    """The parameters with which somebody is sent back."""
    assert answer.status == 303, (answer.status, answer.body[:500])
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    return {name: values[0] for name, values in query.items()}


async def launched(world: World, application: ASGIApp, owner: Actor, name: str) -> System:
    launch_id = await world.launch(owner, name)
    launch = await world.find(launch_id)
    secret = Secrets.opened(world.platform.vault, launch.sealed_secrets).sign_in
    return System(application, launch_id, secret, name, owner)


@pytest.fixture
async def system(world: World, app: ASGIApp) -> System:  # noqa: F811
    return await launched(world, app, await world.ground(), "acme")


@pytest.fixture
async def sara(system: System, signed_in: SignedIn) -> Visitor:  # noqa: F811
    """The system's owner in a signed-in browser."""
    return await signed_in(system.owner)


@pytest.fixture
def moving() -> Iterator[MovableClock]:
    """Begins a little ahead, for what was made before stays in the past."""
    made = MovableClock(datetime.now(clock.now().tzinfo) + timedelta(seconds=1))
    former = clock.use(made)
    yield made
    clock.use(former)
