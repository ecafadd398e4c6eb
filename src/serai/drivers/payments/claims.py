"""References that vendors or payers know a charge by, where its public id is too long or no number."""

from serai.contracts.payments import Notes
from serai.kit.errors import Conflict
from serai.kit.i18n import _


async def claim(notes: Notes, charge_id: str, *references: str) -> str:
    """The first of these that is free, or this charge's own. Raises Conflict when none is."""
    for reference in references:
        note = await notes.change(f"reference:{reference}", lambda note: note or {"charge": charge_id})
        if note["charge"] == charge_id:
            return reference
    raise Conflict(_("No free reference was found. Begin the payment anew."))


async def charge_of(notes: Notes, reference: str) -> str | None:
    note = await notes.get(f"reference:{reference}")
    return str(note["charge"]) if note else None
