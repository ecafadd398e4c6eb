"""A scenario as it was read: who sells what to whom, what happens when, and what has to come of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from serai.modules import catalog


@dataclass(frozen=True, slots=True)
class Action:
    """`subject`: an account, a subscription or a package by its name in the file; `line` is where it
    stands there."""

    at: datetime
    kind: str
    subject: str
    values: Mapping[str, Any]
    line: int


@dataclass(frozen=True, slots=True)
class Pays:
    """How an account pays what its wallet does not: by a saved card that works between two moments, or
    (`wallet_only`) not at all."""

    since: datetime | None = None
    until: datetime | None = None
    never: bool = False
    wallet_only: bool = False

    def works(self, at: datetime) -> bool:
        if self.never or self.wallet_only:
            return False
        return (self.since is None or at >= self.since) and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True)
class Customer:
    """`profile`: columns of the billing profile. `wallet`: what is in it at first, in minor units."""

    name: str
    profile: Mapping[str, Any]
    wallet: int
    pays: Pays


@dataclass(frozen=True, slots=True)
class ExpectedInvoice:
    """Minor units; None is not looked at. A credit note's amounts are positive."""

    at: datetime
    account: str
    kind: str
    net: int | None
    tax: int | None
    total: int
    lines: tuple[int, ...] | None
    state: str | None
    line: int


@dataclass(frozen=True, slots=True)
class ExpectedTotals:
    """What one account came to in the end: `net` and `tax` invoiced less credited, and what is owed and in
    the wallet."""

    account: str
    values: Mapping[str, int]
    line: int


@dataclass(frozen=True, slots=True)
class Expected:
    """`invoices`: all there may be, or None when the file says nothing of them."""

    invoices: tuple[ExpectedInvoice, ...] | None = None
    states: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    totals: tuple[ExpectedTotals, ...] = ()


@dataclass(frozen=True, slots=True)
class Scenario:
    file: Path
    name: str
    starts: datetime
    until: datetime
    time_zone: str
    currency: str
    seller: Mapping[str, Any]
    blueprint: catalog.Blueprint
    coupons: Mapping[str, catalog.CouponTerms]
    customers: tuple[Customer, ...]
    actions: tuple[Action, ...]
    expected: Expected

    def where(self, line: int) -> str:
        return f"{self.file}:{line}"
