"""What starts often loads no library that it does not need."""

import subprocess
import sys

import pytest

HEAVY = "facturx lxml fastapi starlette jsonschema scim2_models webauthn joserfc authlib segno alembic stripe"


@pytest.mark.parametrize(
    ("what", "unwanted"),
    [
        ("serai.cli", f"{HEAVY} sqlalchemy pydantic aiohttp rich.traceback serai.modules.launches serai.kit.db"),
        ("serai.drivers.runtimes.process.agent", f"{HEAVY} sqlalchemy pydantic serai.modules serai.portals"),
        ("serai.worker", f"{HEAVY} ua_parser email_validator serai.portals"),
    ],
)
def test_it_loads_only_what_it_needs(what: str, unwanted: str) -> None:
    script = f"import sys, {what}; print(*(name for name in {unwanted.split()} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
