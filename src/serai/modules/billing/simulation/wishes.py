"""What happens in a scenario and when: orders, and what its customers and its seller do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from serai.modules.billing.simulation.parts import Part
from serai.modules.billing.simulation.scenario import Action, Pays

STEPS = ("retry", "suspend", "warn", "terminate")
_WHEN = ("now", "period_end")
_CHOICE = ("package", "period", "quantity", "addons")
# kind → what else it says. The kind's own value is its subject.
_KINDS: dict[str, tuple[str, ...]] = {
    "change": (*_CHOICE, "when"), "withdraw_change": (), "cancel": ("when",), "keep": (),
    "pause": ("when", "resume_at"), "resume": (), "price": ("period", "amount", "also_running"),
    "top_up": ("amount",), "usage": ("meter", "value", "at", "id", "corrects"), "pays": ("how",),
}  # fmt: skip
_OF_ACCOUNTS, _OF_PACKAGES = {"top_up", "pays"}, {"price"}


@dataclass(frozen=True, slots=True)
class Names:
    """What may be named in the file."""

    accounts: Sequence[str]
    subscriptions: Sequence[str]
    packages: Sequence[str]

    def subscription(self, part: Part, at: str, name: str) -> None:
        _known(part, at, name, self.subscriptions, "subscription")


def order(name: str, part: Part, accounts: Sequence[str]) -> Action:
    part.only("account", "on", *_CHOICE, "coupon", "trial")
    account = part.text("account", accounts[0] if len(accounts) == 1 else None)
    _known(part, "account", str(account), accounts, "account")
    values = _choice(part) | {
        "account": account, "codes": tuple(str(each) for each in part.each("coupon", lambda _n, v: v)),
        "trial": part.flag("trial"),
    }  # fmt: skip
    return Action(part.moment("on"), "order", name, values, part.line)


def specials(root: Part, known: Names, starts: datetime) -> list[Action]:
    found = []
    for row in root.rows("special_prices"):
        row.only("account", "package", "period", "percent", "amount", "from", "until")
        account = str(row.text("account", known.accounts[0] if len(known.accounts) == 1 else None))
        _known(row, "account", account, known.accounts, "account")
        if row.has("package"):
            _known(row, "package", str(row.data["package"]), known.packages, "package")
        values = {
            "package": row.text("package", None), "period": row.text("period", None),
            "bps": bps(row, "percent") if row.has("percent") else None,
            "amount": row.money("amount", None), "until": row.moment("until", None),
        }  # fmt: skip
        found.append(Action(row.moment("from", starts), "special_price", account, values, row.line))
    return found


def actions(root: Part, known: Names) -> list[Action]:
    return [found for row in root.rows("actions") if (found := _action(row, known)) is not None]


def _action(row: Part, known: Names) -> Action | None:
    kinds = [name for name in row.data if name in _KINDS]
    if len(kinds) != 1:
        row.source.report(row.location, f"say one thing that happens: {', '.join(_KINDS)}.")
        return None
    kind = kinds[0]
    row.only("on", kind, *_KINDS[kind])
    subject = str(row.text(kind))
    if kind in _OF_ACCOUNTS:
        _known(row, kind, subject, known.accounts, "account")
    elif kind not in _OF_PACKAGES:
        _known(row, kind, subject, known.subscriptions, "subscription")
    return Action(row.moment("on"), kind, subject, _values(row, kind), row.line)


def _values(row: Part, kind: str) -> dict[str, Any]:
    match kind:
        case "change":
            return _choice(row, changed=True) | {"when": row.text("when", "now", _WHEN)}
        case "cancel":
            return {"when": row.text("when", "period_end", _WHEN)}
        case "pause":
            return {"when": row.text("when", "now", _WHEN), "resume_at": row.moment("resume_at", None)}
        case "price":
            return {"period": row.text("period", "monthly"), "amount": row.money("amount"),
                    "also_running": row.flag("also_running")}  # fmt: skip
        case "top_up":
            return {"amount": row.money("amount")}
        case "usage":
            return {"meter": row.text("meter"), "value": row.data.get("value", 1),
                    "at": row.moment("at", None), "id": row.text("id", None),
                    "corrects": row.text("corrects", None)}  # fmt: skip
        case "pays":
            return {"pays": pays(row, "how")}
    return {}


def pays(part: Part, name: str) -> Pays:
    """always, never, wallet, {until: date} or {from: date}."""
    value = part.data.get(name, "always")
    if isinstance(value, dict):
        inside = part.part(name)
        inside.only("from", "until")
        return Pays(since=inside.moment("from", None), until=inside.moment("until", None))
    if value not in {"always", "never", "wallet"}:
        part.report(name, "an account pays always, never, wallet, {until: date} or {from: date}.")
    return Pays(never=value == "never", wallet_only=value == "wallet")


def bps(part: Part, name: str) -> int:
    try:
        hundredths = Decimal(str(part.data.get(name))) * 100
    except InvalidOperation:
        part.report(name, "this is a percentage, such as 10 or 12.5.")
        return 0
    if hundredths != int(hundredths) or not 0 < hundredths <= 10_000:
        part.report(name, "a percentage is more than 0, at most 100, and has at most two decimals.")
    return int(hundredths)


def _choice(part: Part, *, changed: bool = False) -> dict[str, Any]:
    """Of a change, what is not said stays as it is."""
    addons = part.part("addons")
    default: Any = None if changed else 1
    return {
        "package": part.text("package", None), "period": part.text("period", None),
        "quantity": part.number("quantity", default, 1) if part.has("quantity") else default,
        "addons": {key: addons.number(key) for key in addons.data} if part.has("addons") else None,
    }  # fmt: skip


def _known(part: Part, at: str, name: str, names: Sequence[str], what: str) -> None:
    if name not in names:
        offered = ", ".join(names) or "none"
        part.report(at, f"there is no {what} {name!r}; there are: {offered}.")
