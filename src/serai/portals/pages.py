"""All portals' pages, put into the application."""

from pathlib import Path

from fastapi import FastAPI

from serai.portals.admin import pages as admin
from serai.portals.console import pages as console
from serai.portals.mailbox import pages as mailbox
from serai.portals.provider import pages as provider
from serai.portals.sandbox import pages as sandbox
from serai.portals.shared.errors import bug_page, error_page, http_error_page
from serai.portals.storefront import pages as storefront
from serai.portals.ui import pages as ui_kit
from serai.portals.ui import setup

__all__ = ["bug_page", "error_page", "http_error_page", "install"]

_HERE = Path(__file__).parent
_TEMPLATES = [
    _HERE / name / "templates"
    for name in ("shared", "storefront", "console", "admin", "mailbox", "provider", "sandbox")
]


def install(app: FastAPI) -> None:
    setup.install(app, _TEMPLATES)
    for part in (storefront, console, admin, mailbox, provider, sandbox, ui_kit):
        app.include_router(part.router)
