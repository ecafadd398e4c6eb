"""What the hosted page shows and takes."""

from collections.abc import Callable, Mapping
from typing import Any

from serai.drivers.payments.sandbox import cards, state
from serai.kit import clock
from serai.kit.errors import Invalid
from serai.kit.i18n import _
from serai.kit.money import Money

Note = dict[str, Any]


def shown(note: Note) -> Mapping[str, Any]:
    """`step`: card, confirm or done. `amount`: None when a card is only saved."""
    waiting = note["state"] == "requires_action"
    return {
        "step": note["step"] if waiting else "done",
        "state": note["state"],
        "amount": Money(note["amount"], note["currency"]) if note["amount"] else None,
        "description": note["description"],
        "payer": note["payer"],
        "return_url": note["return_url"],
        "save": note["save"],
        "card": cards.CARDS[note["card"]].label if "card" in note else None,
        "cards": [{"number": each.number, "hint": each.hint} for each in cards.CARDS.values()],
        "expires": f"12/{clock.now().year % 100 + 3:02}",
    }


def answer(note: Note, fields: Mapping[str, str]) -> Callable[[Note | None], Note]:
    """The change the payer asks for. Raises Invalid with `number` or `expires`."""
    given = fields.get("answer", "")
    if given == "cancel":
        return state.cancelled
    if given in {"approve", "refuse"}:
        return lambda found: state.confirmed(found, approve=given == "approve")
    if note["state"] != "requires_action" or note["step"] != "card":
        return state.known
    return _card(fields)


def _card(fields: Mapping[str, str]) -> Callable[[Note | None], Note]:
    card = cards.find(fields.get("number", ""))
    if card is None:
        message = _("The sandbox takes its test cards only: press one of them. Never type a real card here.")
        raise Invalid(message, fields={"number": message})
    expires = cards.read_expiry(fields.get("expires", ""))
    if expires is None or expires < f"{clock.now():%Y-%m}":
        message = _("Write a month that is still to come, like 12/34.")
        raise Invalid(message, fields={"expires": message})
    save = fields.get("save", "") not in {"", "false", "0"}
    return lambda note: state.card_given(note, card, expires, save=save)
