"""What a walk needs: an account with one of everything, and people in every role around it."""

import itertools
import json
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from starlette.types import ASGIApp

from serai.kit import clock, ids
from serai.kit.actor import SYSTEM, Actor
from serai.kit.permissions import expand
from serai.modules import catalog, identity
from tests.client import Answered, Client
from tests.factories import World
from tests.integration.access import money
from tests.integration.access.routes import Way
from tests.integration.portals.conftest import Visitor

_numbers = itertools.count(1)
_SCIM_USER = "urn:ietf:params:scim:schemas:core:2.0:User"


@dataclass
class Stage:
    """`owner`'s account is what all addresses lead to."""

    world: World
    app: ASGIApp
    owner: Actor
    launch_id: str
    operation_id: str

    async def subjects(self, way: Way, walker: Actor) -> dict[str, str]:
        """Values for the placeholders of the way: made anew where a walk would use them up."""
        made: dict[str, str] = {
            "n": str(next(_numbers)), "launch_id": self.launch_id, "reference": self.launch_id,
            "operation_id": self.operation_id, "slug": "hello", "name": "free-name", "launch_name": "acme",
            "account_id": self.owner.account_id or "", "token": "made-up", "driver": "sendgrid",
            "me": walker.user_id or "", "language": "en", "kind": "invitation", "rest": "nothing", "state": "off",
            "gateway": "sandbox", "seller_id": "ent_first", "number": "1",
        }  # fmt: skip
        if way.path.startswith("/scim/") and "{name}" in way.path:
            made["name"] = "User"
        if way.path.startswith("/api/v1/invoices/"):
            made["reference"] = await money.invoice(self.world, self.owner)
        for placeholder, make in _MAKERS.items():
            if placeholder in way.path or placeholder in str(way.body):
                made[placeholder] = await make(self, way, walker)
        return made

    async def walk(self, walker: Actor | None, client: Client, way: Way) -> Answered:
        values = await self.subjects(way, walker or self.owner)
        path = _filled(way.path.replace("{rest:path}", "{rest}"), values)
        if way.method == "GET" or way.fields or (way.is_page and way.body is None):
            body = urlencode({name: _filled(value, values) for name, value in way.fields.items()}).encode()
            kind = "application/x-www-form-urlencoded"
        else:
            filled = _filled(json.dumps(way.body), values) if way.body is not None else ""
            body, kind = filled.encode(), "application/json"
        return await client.request(way.method, path, body or None, headers={"content-type": kind})

    async def client_of(self, actor: Actor | None, *, pages: bool) -> Client:
        """A browser with a fresh session, or a program with a key that may all its maker may."""
        if actor is None:
            return Visitor(self.app) if pages else Client(self.app)
        if pages:
            return Visitor(self.app, await session_of(self.world, actor))
        return Client(self.app, await key_of(self.world, actor))


async def make_stage(world: World, app: ASGIApp, owner: Actor) -> Stage:
    launch_id, operation_id = await world.order(owner, "acme")
    await world.run(operation_id)
    return Stage(world, app, owner, launch_id, operation_id)


async def session_of(world: World, actor: Actor) -> str:
    async with world.database.transaction() as session:
        user = await session.get_one(identity.User, actor.user_id)
        signed = await identity.sessions.open_session(session, user, actor.account_id)
    return signed.token


async def key_of(world: World, actor: Actor) -> str:
    """Made for them if they may not make one themselves: it may no more than they."""
    platform = actor.is_platform
    maker = replace(actor, grants=actor.grants | expand(("keys:manage",), "platform" if platform else "account"))
    async with world.database.transaction() as session:
        _, clear = await identity.create_token(session, maker, "walk", platform=platform)
    return clear


def _filled(text: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        text = text.replace("{" + name + "}", value)
    return text


async def _member(stage: Stage, way: Way, walker: Actor) -> str:
    if way.path.startswith("/admin/staff"):
        return (await stage.world.account(staff=True, staff_role="read-only")).id
    if way.path.startswith("/admin/people"):
        return (await stage.world.account()).id
    return (await stage.world.member(stage.owner, "viewer")).id


async def _entry(stage: Stage, way: Way, walker: Actor) -> str:
    """Somebody the directory knows, as it made them itself."""
    client = Client(stage.app, await key_of(stage.world, stage.owner))
    person = {"schemas": [_SCIM_USER], "userName": f"entry{next(_numbers)}@example.com"}
    made = await client.post("/scim/v2/Users", person, headers={"content-type": "application/scim+json"})
    found: str = made.json["id"]
    return found


async def _invitation(stage: Stage, way: Way, walker: Actor) -> str:
    async with stage.world.database.transaction() as session:
        email = f"invited{next(_numbers)}@example.com"
        return (await identity.invitations.invite(session, stage.owner, email, "viewer")).invitation.id


async def _role(stage: Stage, way: Way, walker: Actor) -> str:
    async with stage.world.database.transaction() as session:
        name = f"Walk {next(_numbers)}"
        return (await identity.roles.create_role(session, stage.owner, name, ["launches:read"])).id


async def _key(stage: Stage, way: Way, walker: Actor) -> str:
    if way.path.startswith("/scim/"):
        return "viewer"
    async with stage.world.database.transaction() as session:
        row, _ = await identity.create_token(session, stage.owner, "walk", scopes=["launches:read"])
    return row.id


async def _grant(stage: Stage, way: Way, walker: Actor) -> str:
    """Written past the service, which would end the visits that are under way."""
    now = clock.now()
    grant = identity.SupportGrant(
        id=ids.new("sup"), account_id=stage.owner.account_id, may_change=False,
        granted_by=stage.owner.user_id, created_at=now, expires_at=now + timedelta(hours=1),
    )  # fmt: skip
    async with stage.world.database.transaction() as session:
        session.add(grant)
    return grant.id


async def _record(stage: Stage, way: Way, walker: Actor) -> str:
    query = "SELECT max(id) FROM audit_records WHERE account_id = :account"
    found: str = await stage.world.scalar(query, account=stage.owner.account_id)
    return found


async def _session(stage: Stage, way: Way, walker: Actor) -> str:
    """Another one of the walker's own."""
    async with stage.world.database.transaction() as session:
        user = await session.get_one(identity.User, walker.user_id)
        return (await identity.sessions.open_session(session, user, walker.account_id)).session_id


async def _release(stage: Stage, way: Way, walker: Actor) -> str:
    async with stage.world.database.transaction() as session:
        return (await catalog.list_releases(session))[0].id


async def _package(stage: Stage, way: Way, walker: Actor) -> str:
    async with stage.world.database.transaction() as session:
        return (await catalog.get_product(session, "hello")).packages[0].id


async def _price(stage: Stage, way: Way, walker: Actor) -> str:
    """A planned one, which can be taken back."""
    package, at = await _package(stage, way, walker), clock.now() + timedelta(days=next(_numbers))
    async with stage.world.database.transaction() as session:
        return (await catalog.change_price(session, SYSTEM, package, "monthly", "USD", 100, at)).id


async def _coupon(stage: Stage, way: Way, walker: Actor) -> str:
    new = catalog.CouponSettings(terms=catalog.CouponTerms(bps=100))
    async with stage.world.database.transaction() as session:
        return (await catalog.add_coupon(session, SYSTEM, f"WALK{next(_numbers)}", new)).id


async def _special_price(stage: Stage, way: Way, walker: Actor) -> str:
    new = catalog.NewSpecialPrice(account_id=stage.owner.account_id, bps=100)
    async with stage.world.database.transaction() as session:
        return (await catalog.set_special_price(session, SYSTEM, new)).id


async def _nothing(stage: Stage, way: Way, walker: Actor) -> str:
    return "nothing"


def _of_the_owner(make: Any) -> Any:
    async def maker(stage: Stage, way: Way, walker: Actor) -> str:
        return await make(stage.world, stage.owner)

    return maker


_MAKERS: dict[str, Any] = {
    "user_id": _member, "entry_id": _entry, "invitation_id": _invitation, "role_id": _role, "key_id": _key,
    "key": _key, "grant_id": _grant, "record_id": _record, "session_id": _session, "release_id": _release,
    "mail_id": _nothing, "notification_id": _nothing, "passkey_id": _nothing, "link_id": _nothing,
    "member_email": _nothing, "package_id": _package, "price_id": _price, "coupon_id": _coupon,
    "special_id": _special_price, "charge_id": _nothing, "payout_id": _nothing, "transfer_id": _nothing, "refund_id": _nothing,
    "subscription_id": _of_the_owner(money.subscription), "invoice_id": _of_the_owner(money.invoice),
    "payment_id": _of_the_owner(money.payment), "method_id": _of_the_owner(money.method),
    "limit_id": _of_the_owner(money.limit),
}  # fmt: skip
