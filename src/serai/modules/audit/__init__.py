"""Audit: who did what, as whom, from where, and what was before and after.

Owns: audit records and their hash chains, one per account and one for the platform itself. Calls:
kit. Emits: `audit.exported`. Every event that any module publishes becomes a record in the same
transaction; the database's role can add records, not change them.
"""

from serai.modules.audit.models import AuditRecord
from serai.modules.audit.policy import EXPORT, READ
from serai.modules.audit.schemas import RecordView, as_csv, as_json_lines, record_view
from serai.modules.audit.search import Search, actions, export, get, note_export, page
from serai.modules.audit.trail import write
from serai.modules.audit.verification import Broken, Verified, verify

__all__ = [
    "EXPORT",
    "READ",
    "AuditRecord",
    "Broken",
    "RecordView",
    "Search",
    "Verified",
    "actions",
    "as_csv",
    "as_json_lines",
    "export",
    "get",
    "note_export",
    "page",
    "record_view",
    "verify",
    "write",
]
