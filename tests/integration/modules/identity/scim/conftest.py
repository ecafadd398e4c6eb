"""A directory with a key of an account's."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from starlette.types import ASGIApp

from serai.kit.actor import Actor
from serai.main import create_app
from serai.modules import identity
from tests.client import Answered, Client
from tests.factories import World

ROOT = "/scim/v2"


@dataclass
class Directory:
    """What an identity provider does. `owner`: whose account it keeps in step."""

    app: ASGIApp
    world: World
    owner: Actor
    key: str
    headers: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.headers = {"content-type": "application/scim+json"}

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answered:
        client = Client(self.app, self.key)
        answer = await client.request(method, ROOT + path, body, headers=self.headers | headers)
        if answer.body:
            assert answer.headers["content-type"] == "application/scim+json", answer.body[:300]
        return answer

    async def create(self, email: str = "sara@example.com", **changes: Any) -> dict[str, Any]:
        answer = await self.ask("POST", "/Users", user(email, **changes))
        assert answer.status == 201, answer.body
        found: dict[str, Any] = answer.json
        return found

    async def patch(self, path: str, *operations: dict[str, Any], **headers: str) -> Answered:
        schema = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
        return await self.ask("PATCH", path, {"schemas": [schema], "Operations": list(operations)}, **headers)

    async def entry_of(self, email: str) -> dict[str, Any]:
        found = await self.ask("GET", f'/Users?filter=userName%20eq%20"{email}"')
        (entry,) = found.json["Resources"]
        made: dict[str, Any] = entry
        return made

    async def join(self, email: str) -> Actor:
        """The invited person signs in with the address and follows the link in the mail."""
        text = await self.world.scalar(
            "SELECT text FROM mails WHERE recipient = :who AND kind = 'invitation' ORDER BY id DESC LIMIT 1",
            who=email,
        )  # fmt: skip
        token = text.partition("/invitations/")[2].split()[0].rstrip(".)>")
        async with self.world.database.transaction() as session:
            person, own = await identity.ensure_user(session, email)
            actor = await identity.actor_in(session, person, own)
        async with self.world.database.acting(actor).transaction() as session:
            account = await identity.invitations.accept(session, actor, token)
        async with self.world.database.transaction() as session:
            return await identity.actor_in(session, person, account)


def user(email: str, **changes: Any) -> dict[str, Any]:
    return {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": email,
        "emails": [{"value": email, "primary": True, "type": "work"}],
    } | changes  # fmt: skip


async def directory_of(world: World, app: ASGIApp, owner: Actor, *scopes: str) -> Directory:
    async with world.database.transaction() as session:
        _, key = await identity.create_token(session, owner, "directory", scopes=scopes or ["team:provision"])
    return Directory(app, world, owner, key)


@pytest.fixture
def app(world: World) -> ASGIApp:
    return create_app(world.platform)


@pytest.fixture
async def directory(world: World, app: ASGIApp) -> Directory:
    return await directory_of(world, app, await world.account())
