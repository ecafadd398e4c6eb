"""What billing asks of payment gateways. A driver is one folder in `drivers/payments/<vendor>/`, found
through the entry points `serai.payments`, each a factory `(GatewaySettings, GatewayTools) -> Gateway`.

The rules every driver keeps (`tests/contract/payments` holds them):

- Amounts are integers of minor units on our side; what a gateway wants as decimals the driver converts.
- `start` with the same `Charge.id` again never charges twice: the id is the gateway's idempotency key,
  or where it knows none, the driver looks for a charge with that id first.
- Only `sync` says whether money moved. A notice (webhook) names what to look at and is believed in
  nothing else, however well it is signed.
- A declined card is an `Outcome`, not an exception. `Unavailable` means: nobody knows, ask again.
- No card number ever reaches us, and no key reaches a log or an error's text.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from serai.kit.i18n import LazyText
from serai.kit.money import Money

ChargeState = Literal["pending", "requires_action", "succeeded", "failed", "cancelled"]
RefundState = Literal["pending", "succeeded", "failed"]
FieldKind = Literal["text", "secret", "choice"]


@dataclass(frozen=True, slots=True)
class ConfigField:
    """One field of the gateway's settings, as the admin form shows it."""

    name: str
    label: LazyText
    kind: FieldKind = "text"
    help: LazyText | None = None
    required: bool = True
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Features:
    """What a gateway can. `off_session`: charges a saved method while the payer is away.
    `approval`: money arrives outside of any system and a person of the staff says so.
    `currencies`: None for all. `content_sources`: origins its card fields need in the page."""

    save_methods: bool = False
    off_session: bool = False
    refunds: bool = True
    partial_refunds: bool = True
    approval: bool = False
    currencies: frozenset[str] | None = None
    content_sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Payer:
    """`reference`: what the gateway called this payer before (a customer id), if it did."""

    account_id: str
    name: str
    email: str
    language: str = "en"
    phone: str | None = None
    country: str | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class SavedMethod:
    """`reference` is all that is needed to charge it again; kept encrypted. `label`: `Visa •••• 4242`."""

    reference: str
    label: str
    kind: str = "card"
    expires: str | None = None  # YYYY-MM
    payer_reference: str | None = None


@dataclass(frozen=True, slots=True)
class Charge:
    """What is asked for. `id` is the payment's public id. `method`: a saved method's reference, or None
    when the payer chooses on the gateway's page. `amount` 0 with `save_method`: only save a method."""

    id: str
    amount: Money
    description: str
    payer: Payer
    return_url: str
    notify_url: str
    method: str | None = None
    save_method: bool = False
    off_session: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a charge stands. `reference`: the gateway's own id. `amount`: what the gateway says was paid,
    compared with what was asked for. `redirect_url`: where the payer goes to pay or to confirm (SCA).
    `instructions`: what a payer has to do by themselves, label → value. `client`: for card fields in our
    page. `final`: for a failure, that asking the same method again is of no use."""

    state: ChargeState
    reference: str
    amount: Money | None = None
    redirect_url: str | None = None
    instructions: Mapping[str, str] = field(default_factory=dict)
    client: Mapping[str, str] = field(default_factory=dict)
    method: SavedMethod | None = None
    fee: Money | None = None
    error: str | None = None
    code: str | None = None
    final: bool = False


@dataclass(frozen=True, slots=True)
class Refund:
    """`id` is the refund's public id and idempotency key; `reference` the charge's."""

    id: str
    charge_id: str
    reference: str
    amount: Money
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RefundOutcome:
    state: RefundState
    reference: str
    error: str | None = None


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """What a verified webhook says: which charge or refund to look at. `event_id` is unique per gateway;
    where the vendor gives none, a digest of the body."""

    event_id: str
    kind: str
    charge_id: str | None = None
    reference: str | None = None


class WebhookRefused(Exception):
    """The webhook's signature, age or shape is wrong. The text says which, without any secret."""


@dataclass(frozen=True, slots=True)
class PayoutLine:
    """One charge (positive) or refund (negative) in a payout."""

    reference: str
    amount: Money
    fee: Money


@dataclass(frozen=True, slots=True)
class Payout:
    """What a gateway paid out to the bank. `amount` is net of all fees."""

    reference: str
    amount: Money
    arrived_at: datetime
    lines: tuple[PayoutLine, ...]


class Gateway(Protocol):
    """A way to pay. Every method may be called again; none is called inside a transaction, except those
    of the wallet, which is a movement in our own books."""

    key: str
    features: Features

    async def start(self, charge: Charge) -> Outcome:
        """Begin to charge; with `method` and `off_session` mostly also the end. Raises Unavailable, and
        Invalid for what this gateway cannot do (a currency, an amount below its least)."""
        ...

    async def sync(self, charge_id: str, reference: str) -> Outcome:
        """Ask how the charge stands. Raises Unavailable, NotFound."""
        ...

    async def cancel(self, charge_id: str, reference: str) -> Outcome:
        """Give an unfinished charge up; one that has succeeded meanwhile answers so."""
        ...

    async def refund(self, refund: Refund) -> RefundOutcome:
        """Give back a part or all. Again with the same id: how that refund stands now. Raises Invalid for
        more than is left, or where the vendor lets nobody refund but a person in its own pages."""
        ...

    async def forget(self, method: str) -> None:
        """Remove a saved method at the gateway; one that is gone is no error."""
        ...

    async def read_webhook(self, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
        """Verify a webhook over its raw body (`headers` in lower case). Raises WebhookRefused, Unavailable."""
        ...

    async def test(self) -> str:
        """A test transaction or the nearest harmless thing; answers what was tried, in a sentence.
        Raises Invalid when the settings are wrong, saying which. Called before the gateway is switched on."""
        ...

    async def payouts(self, since: datetime) -> list[Payout]:
        """For reconciliation; an empty list where the vendor has no such interface."""
        ...


class HostsPage(Protocol):
    """A gateway whose payment page is our own (the sandbox)."""

    async def page(self, reference: str) -> Mapping[str, Any]:
        """What the page shows. Raises NotFound."""
        ...

    async def submit(self, reference: str, fields: Mapping[str, str]) -> str:
        """Take the payer's answer; where to go next. Raises Invalid with fields."""
        ...


class NeedsApproval(Protocol):
    """A gateway whose money arrives outside of any system (`Features.approval`): the payer shows a
    receipt, a person of the staff says what arrived. Refunds go out by hand and are `pending` until
    somebody says that they were sent."""

    async def find(self, typed: str) -> str:
        """The charge that a reference on a bank statement belongs to, however it is spaced. Raises Invalid
        when it is mistyped, NotFound."""
        ...

    async def add_receipt(self, charge_id: str, *, file: str, text: str = "") -> Outcome:
        """`file`: where the platform keeps what the payer uploaded. Raises NotFound, Conflict once decided."""
        ...

    async def receipts(self, charge_id: str) -> list[Mapping[str, str]]:
        """What was added: `file`, `text`, `at` (ISO 8601), oldest first."""
        ...

    async def approve(self, charge_id: str, *, approved: bool, received: Money, by: str) -> Outcome:
        """`received` becomes the outcome's amount. The same decision again changes nothing. Raises
        NotFound, Conflict for another decision than the one that stands, Invalid for another currency."""
        ...

    async def approve_refund(self, charge_id: str, refund_id: str, *, sent: bool, by: str) -> RefundOutcome:
        """Say that a refund was sent, or could not be. Raises NotFound, Conflict."""
        ...


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """`values` as the driver's ConfigFields name them, secrets opened. `test_mode`: the vendor's test
    system. `base_url`: instead of the vendor's address, for tests. `public_url`: the platform's own."""

    values: Mapping[str, str]
    public_url: str
    test_mode: bool = False
    base_url: str | None = None


class WalletBook(Protocol):
    """The wallet, as the wallet driver sees it: movements in our own ledger."""

    async def spend(self, account_id: str, amount: Money, key: str) -> bool:
        """False when the balance does not suffice; the same key moves once."""
        ...

    async def spent(self, key: str) -> Money | None:
        """What was moved under that key, if it was."""
        ...

    async def give_back(self, account_id: str, amount: Money, key: str) -> None: ...


class Notes(Protocol):
    """Small durable memory of a driver, such as expected transfers. Written at once."""

    async def get(self, key: str) -> dict[str, Any] | None: ...

    async def change(
        self, key: str, work: Callable[[dict[str, Any] | None], dict[str, Any]]
    ) -> dict[str, Any]:
        """Replace the note by `work(note)` under its lock, and return it."""
        ...


@dataclass(frozen=True, slots=True)
class GatewayTools:
    """What drivers may use of the platform. `wallet` is there for the wallet driver only; `send`
    delivers a request to an address of ours, for the sandbox's own webhooks."""

    notes: Notes
    wallet: WalletBook | None = None
    send: Callable[[str, Mapping[str, str], bytes], Awaitable[None]] | None = None


class GatewayFactory(Protocol):
    """What an entry point of `serai.payments` leads to."""

    key: str
    name: LazyText
    fields: tuple[ConfigField, ...]

    def __call__(self, settings: GatewaySettings, tools: GatewayTools) -> Gateway: ...
