"""Imports everything that owns tables, so that the metadata is whole: foreign keys go by table name."""

from serai import modules
from serai.kit import events, heartbeats, idempotency

__all__ = ["events", "heartbeats", "idempotency"]

modules.load_all()
