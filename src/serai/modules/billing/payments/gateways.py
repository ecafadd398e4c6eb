"""The gateways as they are set up here: opened from their sealed settings, kept while these stay the same."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from serai.contracts.payments import ConfigField, Gateway, GatewayFactory, GatewaySettings, GatewayTools
from serai.kit import clock, events
from serai.kit.actor import SYSTEM, Actor
from serai.kit.db import Database, Session
from serai.kit.errors import Invalid, SeraiError
from serai.kit.i18n import _
from serai.kit.secrets import Vault
from serai.modules.billing import policy
from serai.modules.billing.errors import GatewayNotFound
from serai.modules.billing.payments import queries
from serai.modules.billing.payments.models import GatewayAccount
from serai.modules.billing.payments.tools import KeptNotes, LedgerWallet

WALLET, SANDBOX = "wallet", "sandbox"
Send = Callable[[str, Mapping[str, str], bytes], Awaitable[None]]


class Gateways:
    """`factories` by key; those that nobody has set up are known, but cannot be used."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        public_url: str,
        factories: Mapping[str, GatewayFactory],
        send: Send,
    ) -> None:
        self.database = database.acting(SYSTEM)
        self.vault = vault
        self.public_url = public_url
        self.factories = factories
        self._send = send
        self._open: dict[str, tuple[datetime, Gateway]] = {}

    async def get(self, key: str, *, even_off: bool = False) -> Gateway:
        """Raises GatewayNotFound for one that is unknown, not set up, or switched off."""
        if key == WALLET:
            return self._made(key, GatewaySettings({}, self.public_url))
        async with self.database.transaction() as session:
            row = await queries.gateway(session, key)
        if row is None or key not in self.factories or not (row.enabled or even_off):
            raise GatewayNotFound(_("This way to pay is not available; choose another one."))
        known = self._open.get(key)
        if known is None or known[0] != row.updated_at:
            known = self._open[key] = (row.updated_at, self._made(key, self.settings_of(row)))
        return known[1]

    def settings_of(self, row: GatewayAccount) -> GatewaySettings:
        values = msgspec.json.decode(self.vault.open(row.sealed_values))
        return GatewaySettings(values, self.public_url, row.test_mode, row.base_url)

    def fields(self, key: str) -> tuple[ConfigField, ...]:
        return self._factory(key).fields

    def name_of(self, key: str) -> str:
        return str(self.factories[key].name) if key in self.factories else key

    def notify_url(self, key: str) -> str:
        return f"{self.public_url}/webhooks/payments/{key}"

    def _made(self, key: str, settings: GatewaySettings) -> Gateway:
        wallet = LedgerWallet(self.database) if key == WALLET else None
        send = self._send if key == SANDBOX else None
        return self._factory(key)(settings, GatewayTools(KeptNotes(self.database, key), wallet, send))

    def _factory(self, key: str) -> GatewayFactory:
        if key not in self.factories:
            raise GatewayNotFound(_("There is no payment gateway called %(name)s.", name=key))
        return self.factories[key]

    async def test(self, key: str) -> str:
        """Try the kept settings; the result is kept with them. Raises what the driver raises."""
        gateway = await self.get(key, even_off=True)
        wrong: SeraiError | None = None
        try:
            result = await gateway.test()
        except SeraiError as error:
            result, wrong = error.message, error
        async with self.database.transaction() as session:
            row = await queries.gateway(session, key, lock=True)
            if row is not None:
                row.tested_at, row.test_result = None if wrong else clock.now(), result
        if wrong is not None:
            raise wrong
        return result


async def set_up(
    session: Session,
    actor: Actor,
    gateways: Gateways,
    key: str,
    values: Mapping[str, str],
    *,
    test_mode: bool,
    base_url: str | None = None,
) -> GatewayAccount:
    """Keep its settings, encrypted; secrets left empty stay as they were. It has to be tested anew."""
    policy.CONFIGURE.require(actor)
    fields = gateways.fields(key)
    row = await queries.gateway(session, key, lock=True)
    before = dict(gateways.settings_of(row).values) if row else {}
    kept = {field.name: values.get(field.name, "").strip() or before.get(field.name, "") for field in fields}
    missing = {
        field.name: _("This is needed.") for field in fields if field.required and not kept[field.name]
    }
    if missing:
        raise Invalid(_("Something is missing."), fields=missing)
    sealed = gateways.vault.seal(msgspec.json.encode(kept).decode())
    if row is None:
        row = GatewayAccount(key=key, enabled=False, position=0, test_mode=test_mode, sealed_values=sealed)
        session.add(row)
    row.sealed_values, row.test_mode, row.base_url = sealed, test_mode, base_url
    row.enabled, row.tested_at, row.test_result, row.updated_at = False, None, None, clock.now()
    await session.flush()
    await events.publish(
        session, actor, "billing.gateway_set_up", key, after={"test_mode": test_mode, "base_url": base_url}
    )
    return row


async def switch(session: Session, actor: Actor, key: str, *, on: bool) -> None:
    """On only what was tested with just these settings."""
    policy.CONFIGURE.require(actor)
    row = await queries.gateway(session, key, lock=True)
    if row is None:
        raise GatewayNotFound(_("Set this gateway up first."))
    if on and row.tested_at is None:
        raise Invalid(_("Test the settings first: a gateway is switched on when a test has succeeded."))
    before, row.enabled, row.updated_at = row.enabled, on, clock.now()
    await session.flush()
    await events.publish(
        session, actor, "billing.gateway_switched", key, before={"enabled": before}, after={"enabled": on}
    )


def shown(row: GatewayAccount | None) -> dict[str, Any]:
    """Without any secret."""
    if row is None:
        return {"set_up": False, "enabled": False}
    return {
        "set_up": True, "enabled": row.enabled, "test_mode": row.test_mode, "tested_at": row.tested_at,
        "test_result": row.test_result,
    }  # fmt: skip
