"""A charge as a note, and what may become of it. Functions of the note, done under its lock.

`state` is the outcome's. While it is `requires_action`, `step` says which page is shown: `card`, or
`confirm` once a card that wants it was given.
"""

from datetime import datetime, timedelta
from typing import Any

from serai.contracts.payments import Charge, Outcome, Refund, SavedMethod
from serai.drivers.payments import refunds
from serai.drivers.payments.sandbox.cards import CARDS, Card
from serai.kit import clock, ids
from serai.kit.errors import Invalid, NotFound
from serai.kit.i18n import N_, _
from serai.kit.money import Money

Note = dict[str, Any]
DELAY = timedelta(seconds=60)
# What a decline is called, and what the payer reads.
_ERRORS = {
    "insufficient_funds": N_("The card was declined: there is not enough money on it."),
    "card_declined": N_("The card was declined."),
    "authentication_failed": N_("It was not confirmed that it is you."),
    "method_gone": N_("This card is no longer saved. Choose another."),
}
_FINAL = {"method_gone"}


def begun(note: Note | None, charge: Charge) -> Note:
    """A charge begun before stays as it was."""
    return note or {
        "charge": charge.id,
        "reference": ids.new("sbx"),
        "amount": charge.amount.amount,
        "currency": charge.amount.currency,
        "description": charge.description,
        "payer": charge.payer.name,
        "account": charge.payer.account_id,
        "return_url": charge.return_url,
        "notify_url": charge.notify_url,
        "save": charge.save_method,
        "state": "requires_action",
        "step": "card",
        "refunds": {},
    }


def card_given(note: Note | None, card: Card, expires: str, *, save: bool) -> Note:
    found = known(note)
    if found["state"] != "requires_action":
        return found
    given = {**found, "card": card.number, "expires": expires, "save": save or found["amount"] == 0}
    if card.declines:
        return _failed(given, "insufficient_funds")
    return {**given, "step": "confirm"} if card.confirms else _paid(given, card)


def confirmed(note: Note | None, *, approve: bool) -> Note:
    found = known(note)
    if found["state"] != "requires_action" or found["step"] != "confirm":
        return found
    return _paid(found, CARDS[found["card"]]) if approve else _failed(found, "authentication_failed")


def charged_saved(note: Note | None, saved: Note | None) -> Note:
    """With a card that was saved and confirmed before: nobody is asked again."""
    found = known(note)
    if found["state"] != "requires_action":
        return found
    found = {**found, "save": False}
    if not saved or saved.get("gone") or saved["account"] != found["account"]:
        return _failed(found, "method_gone")
    card = CARDS[saved["card"]]
    return _failed(found, "card_declined") if card.declines_saved else _paid(found, card)


def cancelled(note: Note | None) -> Note:
    found = known(note)
    return {**found, "state": "cancelled"} if found["state"] == "requires_action" else found


def ripened(note: Note | None) -> Note:
    """What was on its way long enough has arrived."""
    found = known(note)
    if found["state"] != "pending" or clock.now() < datetime.fromisoformat(found["ready_at"]):
        return found
    return _succeeded(found)


def with_refund(note: Note | None, refund: Refund) -> Note:
    found = known(note)
    if found["state"] != "succeeded" or not found["amount"]:
        raise Invalid(_("Nothing was paid under this payment."))
    return refunds.claim(found, refund, Money(found["amount"], found["currency"]), "succeeded")


def outcome(note: Note, url: str) -> Outcome:
    """`url`: where its page stands."""
    state, reference = note["state"], note["reference"]
    if state == "requires_action":
        return Outcome("requires_action", reference, redirect_url=url)
    if state == "failed":
        code = note["code"]
        return Outcome("failed", reference, error=_(_ERRORS[code]), code=code, final=code in _FINAL)
    if state != "succeeded":
        return Outcome(state, reference)
    money = Money(note["amount"], note["currency"]) if note["amount"] else None
    return Outcome(
        "succeeded", reference, amount=money, method=_method(note), fee=fee(money) if money else None
    )


def fee(amount: Money) -> Money:
    """2.9 % and 30 minor units, rounded half up; never more than the amount."""
    return Money(min((amount.amount * 29 + 500) // 1000 + 30, amount.amount), amount.currency)


def known(note: Note | None) -> Note:
    if not note:
        raise NotFound(_("The sandbox knows no such payment."))
    return note


def _paid(note: Note, card: Card) -> Note:
    kept = {"method": ids.new("sbxm")} if note["save"] else {}
    if card.delays:
        return {**note, **kept, "state": "pending", "ready_at": (clock.now() + DELAY).isoformat()}
    return _succeeded({**note, **kept})


def _succeeded(note: Note) -> Note:
    return {**note, "state": "succeeded", "at": clock.now().isoformat()}


def _failed(note: Note, code: str) -> Note:
    return {**note, "state": "failed", "code": code}


def _method(note: Note) -> SavedMethod | None:
    if "method" not in note:
        return None
    return SavedMethod(
        note["method"], CARDS[note["card"]].label, "card", note["expires"], payer_reference=note["account"]
    )
