"""Marks texts for translation where they are written but not yet shown."""


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for it
    """The text as it is; extracted like `_()`, translated where it is rendered."""
    return message
