"""Which services people may sign in with: kept by the platform's staff."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import urlsplit

from serai.kit import clock, events, ids
from serai.kit.actor import Actor
from serai.kit.db import Session, as_platform
from serai.kit.errors import Conflict, Invalid, NotFound
from serai.kit.i18n import _
from serai.kit.secrets import Vault
from serai.modules.identity import credential_queries
from serai.modules.identity.models import IdentityProvider
from serai.modules.identity.policy import SIGN_IN_MANAGE

GITHUB, OIDC = "github", "oidc"
_KEY = re.compile(r"^[a-z][a-z0-9-]{1,30}$")


@dataclass(frozen=True, slots=True)
class Preset:
    """`issuer` may hold `{tenant}`, to be filled in."""

    kind: str
    name: str
    issuer: str


PRESETS: Mapping[str, Preset] = MappingProxyType({
    "google": Preset(OIDC, "Google", "https://accounts.google.com"),
    "microsoft": Preset(OIDC, "Microsoft", "https://login.microsoftonline.com/{tenant}/v2.0"),
    "github": Preset(GITHUB, "GitHub", "https://github.com"),
})


@dataclass(frozen=True, slots=True)
class ProviderChange:
    """What the form holds; an empty secret keeps the present one."""

    key: str
    kind: str
    name: str
    issuer: str
    client_id: str
    client_secret: str = ""


async def offered(session: Session) -> Sequence[IdentityProvider]:
    """Those that are switched on, for the sign-in page."""
    async with as_platform(session):  # everybody may see the names of those that are offered
        return await credential_queries.providers(session, only_on=True)


async def list_providers(session: Session, actor: Actor) -> Sequence[IdentityProvider]:
    SIGN_IN_MANAGE.require(actor)
    return await credential_queries.providers(session, only_on=False)


async def get_provider(session: Session, key: str, *, only_on: bool = True) -> IdentityProvider:
    async with as_platform(session):  # signing in: nobody is known yet
        found = await credential_queries.provider(session, key)
    if found is None or (only_on and not found.is_on):
        raise NotFound(_("Signing in with %(name)s is not offered.", name=key))
    return found


async def put_provider(session: Session, actor: Actor, vault: Vault, change: ProviderChange) -> IdentityProvider:
    """Make it or change it; a new one is switched off until it has been tried.

    Its issuer stays: the people linked to it are known by it. Raises Invalid or Conflict.
    """
    SIGN_IN_MANAGE.require(actor)
    _require_sense(change)
    row = await credential_queries.provider(session, change.key)
    before = _shown(row) if row else None
    if row is None:
        if not change.client_secret:
            message = _("The provider gave you a client secret with the client id. Enter it.")
            raise Invalid(message, fields={"client_secret": message})
        row = IdentityProvider(
            id=ids.new("idp"), key=change.key, kind=change.kind, issuer=change.issuer, is_on=False,
            created_at=clock.now(), sealed_secret="", name="", client_id="",
        )  # fmt: skip
        session.add(row)
    elif (row.issuer, row.kind) != (change.issuer, change.kind):
        raise Conflict(_("The issuer of a provider cannot be changed. Add another provider instead."))
    row.name, row.client_id = change.name.strip(), change.client_id.strip()
    if change.client_secret:
        row.sealed_secret = vault.seal(change.client_secret.strip())
    await session.flush()
    what = "identity.provider_changed" if before else "identity.provider_added"
    await events.publish(session, actor, what, row.id, before=before, after=_shown(row))
    return row


async def switch_provider(session: Session, actor: Actor, key: str, *, on: bool) -> IdentityProvider:
    SIGN_IN_MANAGE.require(actor)
    row = await get_provider(session, key, only_on=False)
    row.is_on = on
    what = "identity.provider_switched_on" if on else "identity.provider_switched_off"
    await events.publish(session, actor, what, row.id)
    return row


def _require_sense(change: ProviderChange) -> None:
    faults = {}
    if not _KEY.match(change.key):
        faults["key"] = _("Take two or more letters a to z, digits and hyphens, such as google.")
    if change.kind not in {GITHUB, OIDC}:
        faults["kind"] = _("Choose one of the kinds.")
    if not change.name.strip():
        faults["name"] = _("Say what people read on the button, such as Google.")
    if not change.client_id.strip():
        faults["client_id"] = _("The provider gave you a client id. Enter it.")
    parts = urlsplit(change.issuer)
    if parts.scheme not in {"https", "http"} or not parts.netloc or "{" in change.issuer:
        faults["issuer"] = _("Enter the issuer's address, such as https://accounts.google.com.")
    if faults:
        raise Invalid(_("Some of it is missing or wrong."), fields=faults)


def _shown(row: IdentityProvider) -> dict[str, str]:
    return {"key": row.key, "name": row.name, "issuer": row.issuer, "client_id": row.client_id}
