"""The ways somebody can pay something: the wallet, what they saved, and each gateway that is switched on."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import Request

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.errors import Invalid, SeraiError
from serai.kit.i18n import _
from serai.kit.money import Money
from serai.modules import billing

_METHOD, _GATEWAY = "method:", "gateway:"


@dataclass(frozen=True, slots=True)
class Offered:
    """A gateway that is switched on for a currency. `saves`: it can be charged again without the payer."""

    key: str
    name: str
    is_test: bool
    saves: bool
    approval: bool


@dataclass(frozen=True, slots=True)
class Way:
    """One choice of a form: `key` is what it posts. `icon` from the sprite."""

    key: str
    label: str
    icon: str
    note: str = ""
    balance: Money | None = None
    is_test: bool = False
    saves: bool = False


def gateways_of(request: Request) -> billing.payments.Gateways:
    found: billing.payments.Gateways = request.app.state.platform.gateways
    return found


async def offered(request: Request, currency: str, *, saving: bool = False) -> list[Offered]:
    """What is switched on; `saving`: only what can save a way to pay. Outside of any transaction."""
    gateways = gateways_of(request)
    async with gateways.database.transaction() as session:
        rows = await billing.payments.reading.switched_on(session)
    found = []
    for row in rows:
        try:
            features = (await gateways.get(row.key)).features
        except SeraiError:  # switched off meanwhile, or a driver that is not installed here
            continue
        if features.currencies is not None and currency not in features.currencies:
            continue
        if saving and not features.save_methods:
            continue
        found.append(
            Offered(
                row.key, gateways.name_of(row.key), row.test_mode or row.key == billing.payments.SANDBOX,
                features.save_methods, features.approval,
            )
        )  # fmt: skip
    return found


async def ways(
    session: Session, actor: Actor, account_id: str, gateways: Sequence[Offered], *, due: Money | None = None
) -> list[Way]:
    """`due`: what is to be paid, for the wallet to be among them where it holds that much."""
    if not billing.policy.PAY.allows(actor, account_id=account_id):
        return []
    found = []
    if due is not None:
        balance = await wallet_of(session, actor, account_id, due.currency)
        if due.amount and balance.amount >= due.amount:
            found.append(Way(billing.payments.WALLET, _("Your wallet"), "wallet", balance=balance))
    usable = {each.key for each in gateways if each.saves}
    for method in await billing.payments.methods.of_account(session, actor, account_id):
        if method.gateway in usable:
            note = _("It failed last time.") if method.state == "failing" else ""
            found.append(Way(f"{_METHOD}{method.id}", method.label, "credit-card", note))
    found.extend(_of_gateway(each) for each in gateways)
    return found


async def wallet_of(session: Session, actor: Actor, account_id: str, currency: str) -> Money:
    """What of it can be spent, with what it may be overdrawn by."""
    for each in await billing.wallets.balances(session, actor, account_id):
        if each.currency == currency:
            return Money(each.spendable, currency)
    return Money(0, currency)


def intent_of(chosen: str, *, save: bool, return_path: str) -> billing.payments.PaymentIntent:
    """Raises Invalid when nothing was chosen."""
    if chosen.startswith(_METHOD):
        return billing.payments.PaymentIntent(method_id=chosen.removeprefix(_METHOD), return_path=return_path)
    if chosen == billing.payments.WALLET:
        return billing.payments.PaymentIntent(gateway=billing.payments.WALLET, return_path=return_path)
    if chosen.startswith(_GATEWAY):
        return billing.payments.PaymentIntent(gateway=chosen.removeprefix(_GATEWAY), save_method=save, return_path=return_path)
    text = _("Choose how to pay.")
    raise Invalid(text, fields={"way": text})


def saves(chosen: str, gateways: Sequence[Offered]) -> bool:
    """Whether that gateway can keep the way to pay at all."""
    return any(chosen == f"{_GATEWAY}{each.key}" and each.saves for each in gateways)


def _of_gateway(each: Offered) -> Way:
    note = ""
    if each.approval:
        note = _("You send the money yourself; it counts when it has arrived.")
    elif each.is_test:
        note = _("For trying out: no real money moves.")
    icon = "building" if each.approval else "credit-card"
    return Way(f"{_GATEWAY}{each.key}", each.name, icon, note, is_test=each.is_test, saves=each.saves)
