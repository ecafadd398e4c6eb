"""Puts templates, components and static files into an application."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import jinja2
from fastapi import FastAPI

from serai.kit.templates import templates
from serai.kit.web.templates import url_with
from serai.portals.ui import assets, states
from serai.portals.ui.components import Components
from serai.portals.ui.messages import browser_messages
from serai.portals.ui.static_files import AssetFiles

TEMPLATES = Path(__file__).parent / "templates"


def environment(directories: Sequence[Path | str] = ()) -> jinja2.Environment:
    """`directories` are searched before the kit's own templates."""
    made = templates([*directories, TEMPLATES])
    made.globals.update(
        ui=Components(made, TEMPLATES / "ui"),
        asset=assets.asset_url,
        icon_href=icon_href,
        state_tone=states.tone,
        state_label=states.label,
        state_icon=states.icon,
        is_moving=states.is_moving,
        browser_messages=browser_messages,
        url_with=url_with,
    )
    made.filters["clock_time"] = clock_time
    return made


def clock_time(value: str) -> str:
    """Shorten "2026-01-02T03:04:05+00:00" to "03:04:05", in UTC as the browser's scripts do."""
    return datetime.fromisoformat(value).astimezone(UTC).strftime("%H:%M:%S")


def icon_href(name: str) -> str:
    if name not in assets.icon_names():
        message = (
            f"There is no icon “{name}” in the sprite: add its name from tabler.io/icons to "
            "portals/ui/assets/icons.txt"
        )
        raise LookupError(message)
    return f"{assets.asset_url('icons.svg')}#{name.replace('/', '-')}"


def install(app: FastAPI, directories: Sequence[Path | str] = ()) -> None:
    """Build the assets if needed (blocking), mount them at /static/dist and set the templates."""
    dist = assets.ensure_built()
    app.state.templates = environment(directories)
    app.mount(assets.STATIC_URL, AssetFiles(directory=dist), name="static")
