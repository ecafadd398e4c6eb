"""The well-known test numbers. Others are not taken, so that nobody leaves a real card here."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from serai.kit.i18n import LazyText, lazy


@dataclass(frozen=True, slots=True)
class Card:
    """`confirms`: wants SCA on our page. `declines`: at once. `declines_saved`: only once it is saved.
    `delays`: money is on its way for a while."""

    number: str
    hint: LazyText
    confirms: bool = False
    declines: bool = False
    declines_saved: bool = False
    delays: bool = False

    @property
    def label(self) -> str:
        return f"Visa •••• {self.number[-4:]}"


CARDS: Mapping[str, Card] = {
    each.number: each
    for each in (
        Card("4242424242424242", lazy("Approved")),
        Card("4000002500003155", lazy("Asks for confirmation"), confirms=True),
        Card("4000000000009995", lazy("Declined: no funds"), declines=True),
        Card("4000000000000341", lazy("Declined at renewals"), declines_saved=True),
        Card("4000000000000259", lazy("Pays a minute later"), delays=True),
    )
}


def find(number: str) -> Card | None:
    return CARDS.get(re.sub(r"[\s-]", "", number))


def read_expiry(text: str) -> str | None:
    """`12/34` or `12/2034` as `2034-12`; None for anything else."""
    found = re.fullmatch(r"\s*(0?[1-9]|1[0-2])\s*/\s*(?:20)?(\d\d)\s*", text)
    return f"20{found[2]}-{int(found[1]):02}" if found else None
