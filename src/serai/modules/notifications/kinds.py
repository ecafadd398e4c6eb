"""What is mailed and told, and what people can do without."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from serai.kit.i18n import LazyText, lazy
from serai.modules import identity

MAIL, BELL = "mail", "bell"
CHANNELS = (MAIL, BELL)
URGENT, NORMAL, BULK = 1, 5, 9
LIFETIME = timedelta(days=2)
_MONEY_LIFETIME = timedelta(days=7)  # an invoice is worth as much after a long week-end


@dataclass(frozen=True, slots=True)
class Group:
    """`optional`: can be switched off. `default`: whether mails are sent to who has chosen nothing."""

    name: str
    title: LazyText
    text: LazyText
    optional: bool = True
    default: bool = True
    channels: tuple[str, ...] = CHANNELS


@dataclass(frozen=True, slots=True)
class Kind:
    """`secret`: the text opens a door, so that it is shown to nobody and deleted once it was accepted.

    `lifetime`: how long it is worth sending. `sample`: what the preview is filled with.
    """

    name: str
    group: str
    title: LazyText
    secret: bool = False
    priority: int = NORMAL
    lifetime: timedelta = LIFETIME
    sample: Mapping[str, Any] = field(default_factory=dict)


SECURITY, BILLING, LAUNCHES, PRODUCT, TIPS, DIGEST = (
    "security", "billing", "launches", "product", "tips", "digest",
)  # fmt: skip
_GROUPS = (
    Group(SECURITY, lazy("Security and account"),
          lazy("Codes, password changes, invitations. They always come."), optional=False),
    Group(BILLING, lazy("Billing"), lazy("Invoices and payments. They always come."), optional=False),
    Group(LAUNCHES, lazy("Systems"), lazy("A system is ready, or something is wrong with it.")),
    Group(PRODUCT, lazy("News of the product"), lazy("What is new in Serai and in what you use.")),
    Group(TIPS, lazy("Tips"), lazy("Now and then, how to get more out of it.")),
    Group(DIGEST, lazy("Daily digest"), lazy("Once a day, what the bell holds unread."), default=False,
          channels=(MAIL,)),
)  # fmt: skip
GROUPS: Mapping[str, Group] = {each.name: each for each in _GROUPS}

# What opens a door is worth sending for as long as it opens it.
_CODE_MINUTES = identity.codes.CODE_MINUTES
_RESET_MINUTES = identity.password_reset.LINK_MINUTES
_CONFIRM_MINUTES = identity.email_change.CONFIRM_MINUTES
_ACCOUNT = "Nile Trading"
_AMOUNT = {"amount": 28_500, "currency": "EGP"}
_INVOICE = _AMOUNT | {"number": "INV-2026-00042", "link": "/console/billing"}
_CARD = "Visa •••• 4242"


def _billing(kind: str, title: LazyText, /, **sample: Any) -> Kind:
    """Amounts in minor units beside their `currency`; dates as ISO 8601. Every variable has to be given;
    `due_on`, `until`, `next_try`, `data_until`, `days_left`, `reason`, and the `number` of money that came or
    went, may be None: the sentence about them is left out then."""
    shown = {"link": "/console/billing"} | sample
    return Kind(kind, BILLING, title, lifetime=_MONEY_LIFETIME, sample=shown)


_BILLING_KINDS = (
    _billing("invoice_issued", lazy("Invoice"), **_INVOICE, due_on="2026-03-15", automatic=False),
    _billing("credit_note_issued", lazy("Credit note"), **_INVOICE | {"number": "CN-2026-00007"},
             of_number="INV-2026-00042"),
    _billing("payment_received", lazy("Payment received"), **_INVOICE, method=_CARD),
    _billing("payment_failed", lazy("Payment failed"), **_INVOICE, method=_CARD, next_try="2026-03-18",
             reason=lazy("The card has insufficient funds.")),
    _billing("payment_action_required", lazy("Payment to be confirmed"), **_INVOICE, until="2026-03-16"),
    _billing("trial_ending", lazy("Trial ends"), **_AMOUNT, name="nile", ends_on="2026-03-15", has_method=False),
    _billing("payment_reminder", lazy("Payment reminder"), **_INVOICE, due_on="2026-03-01", days_left=7),
    _billing("subscription_suspended", lazy("System suspended"), **_AMOUNT, name="nile", days_left=14),
    _billing("subscription_resumed", lazy("System resumed"), name="nile"),
    _billing("subscription_cancelled", lazy("Subscription cancelled"), name="nile", ends_on="2026-03-31",
             data_until="2026-04-30"),
    _billing("termination_warning", lazy("Deletion is near"), name="nile", ends_on="2026-04-30"),
    _billing("usage_alert", lazy("Usage alert"), **_AMOUNT, name="nile", limit=25_000, capped=False),
    _billing("money_returned", lazy("Money returned"), **_INVOICE, method=_CARD),
    _billing("card_expiring", lazy("Card expires"), method=_CARD, expires="04/2026"),
    _billing("top_up_failed", lazy("Top-up failed"), **_AMOUNT, method=_CARD, balance=1_250,
             reason=lazy("The card has insufficient funds.")),
)  # fmt: skip
_KINDS = (
    Kind("sign_in_code", SECURITY, lazy("Sign-in code"), secret=True, priority=URGENT,
         lifetime=timedelta(minutes=_CODE_MINUTES), sample={"code": "429134", "minutes": _CODE_MINUTES}),
    Kind("password_reset", SECURITY, lazy("Password reset"), secret=True, priority=URGENT,
         lifetime=timedelta(minutes=_RESET_MINUTES),
         sample={"link": "/reset/sample", "minutes": _RESET_MINUTES}),
    Kind("email_change", SECURITY, lazy("Confirmation of a new address"), secret=True, priority=URGENT,
         lifetime=timedelta(minutes=_CONFIRM_MINUTES),
         sample={"link": "/confirm/sample", "minutes": _CONFIRM_MINUTES, "email": "mona@example.com"}),
    Kind("email_changed_notice", SECURITY, lazy("Notice of a changed address"), secret=True,
         sample={"email": "mona@example.com", "link": "/email/undo?token=sample", "days": 7}),
    Kind("security_notice", SECURITY, lazy("Security notice"),
         sample={"title": lazy("A passkey was added"), "link": "/console/settings/security",
                 "lines": [lazy("If it was not you, end your sessions and change your password.")]}),
    Kind("invitation", SECURITY, lazy("Invitation"), secret=True,
         sample={"account": _ACCOUNT, "inviter": "mona@example.com", "link": "/invitations/sample", "days": 7}),
    Kind("launch_ready", LAUNCHES, lazy("System is ready"),
         sample={"name": "nile", "url": "https://nile.apps.example.com", "link": "/console/systems"}),
    Kind("launch_failed", LAUNCHES, lazy("System could not be launched"),
         sample={"name": "nile", "link": "/console/systems"}),
    Kind("digest", DIGEST, lazy("Daily digest"), priority=BULK,
         sample={"entries": [{"title": lazy("%(name)s is ready", name="nile"), "link": "/console/systems"}],
                 "more": 3}),
    Kind("test", SECURITY, lazy("Test mail"), priority=URGENT),
)  # fmt: skip
KINDS: Mapping[str, Kind] = {each.name: each for each in (*_KINDS, *_BILLING_KINDS)}


def groups_in_use() -> Sequence[Group]:
    """Those something is sent of: there is nothing to choose about the others yet."""
    used = {each.group for each in KINDS.values()}
    return [each for each in GROUPS.values() if each.name in used]


def group_of(kind: str) -> Group:
    """That of a kind; a kind of former times counts as one that always comes."""
    found = KINDS.get(kind)
    return GROUPS[found.group if found else SECURITY]


def is_secret(kind: str) -> bool:
    found = KINDS.get(kind)
    return found is None or found.secret
