"""What a server's answer means for the mail (RFC 5321 4.2, enhanced codes of RFC 3463)."""

import re

from serai.contracts.mail import DeliveryError, Refused, TryLater

_ENHANCED = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
# Bad mailbox, bad system, bad syntax, moved, null MX.
_NOBODY_THERE = {("1", "1"), ("1", "2"), ("1", "3"), ("1", "6"), ("1", "10")}
_NOBODY_IN_WORDS = re.compile(
    r"no such (user|recipient|mailbox|address)|(user|recipient|mailbox|address)\b.{0,40}"
    r"\b(unknown|not found|does not exist|doesn't exist)|unknown (user|recipient|mailbox)|no mailbox",
    re.IGNORECASE,
)


def meaning(code: int, text: str, *, of_recipient: bool = False) -> DeliveryError:
    said = f"{code} {text}".strip()
    if code < 500:
        return TryLater(said)
    return Refused(said, bad_address=of_recipient and _nobody_there(code, text))


def _nobody_there(code: int, text: str) -> bool:
    found = _ENHANCED.search(text)
    if found is not None:
        return (found[2], found[3]) in _NOBODY_THERE
    return code in {550, 551, 553} and _NOBODY_IN_WORDS.search(text) is not None
