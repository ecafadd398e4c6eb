"""Provisioning by a directory (SCIM 2.0): who is in the account's team, and in which role."""

from serai.modules.identity.scim import directory, groups, rendering
from serai.modules.identity.scim.directory import Changed, Person, steward
from serai.modules.identity.scim.schemas import MOST_RESULTS, PROVIDER, TOLERANT, User, read_object

__all__ = [
    "MOST_RESULTS",
    "PROVIDER",
    "TOLERANT",
    "Changed",
    "Person",
    "User",
    "directory",
    "groups",
    "read_object",
    "rendering",
    "steward",
]
