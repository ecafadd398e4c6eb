"""Imports every module that owns tables, so that the metadata is whole."""

from serai.kit import events, heartbeats, idempotency
from serai.modules import audit, billing, catalog, fleet, identity, launches, notifications, operations

__all__ = [
    "audit", "billing", "catalog", "events", "fleet", "heartbeats", "idempotency", "identity", "launches", "notifications",
    "operations",
]  # fmt: skip
