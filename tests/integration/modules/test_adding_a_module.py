"""A module is a folder of its own and its name in the order: all that it brings along appears."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[3] / "src" / "serai"
FOLDER = {
    "__init__.py": '''
        """Scratch: notes on a wall. Owns nothing. Emits `scratch.noted`."""
        from serai.modules.scratch import jobs, policy, reactions
        ''',
    "module.py": """
        from serai.kit.module import Commands, Module, Schedule
        MODULE = Module(
            name="scratch",
            routers=("serai.modules.scratch.api:router",),
            commands=(Commands("scratch", "Notes on a wall.", "serai.modules.scratch.cli:app"),),
            schedules=(Schedule("scratch.wipe", 60),),
        )
        """,
    "policy.py": """
        from serai.kit.i18n import lazy
        from serai.kit.permissions import define
        WRITE = define("scratch", "write", lazy("Write on the wall"), roles=("developer", "staff:finance"))
        """,
    "api.py": """
        from fastapi import APIRouter
        router = APIRouter(prefix="/api/v1/scratch", tags=["scratch"])
        @router.get("")
        async def read_wall() -> dict[str, str]:
            return {"wall": "white"}
        """,
    "cli.py": '''
        import typer
        app = typer.Typer(no_args_is_help=True)
        @app.command()
        def write(text: str) -> None:
            """Write on the wall."""
            print(f"wrote {text}")
        ''',
    "jobs.py": """
        from serai.kit import jobs
        @jobs.task("scratch.wipe")
        async def wipe(job: jobs.Job) -> None: ...
        """,
    "reactions.py": """
        from serai.kit import events
        @events.subscribe("scratch.noted")
        async def note(session, event) -> None: ...
        """,
}
ASK = """
import json
import serai.migrations.tables
from serai import main, modules
from serai.kit import events, jobs
from serai.modules import identity
roles = identity.builtin_roles
print(json.dumps({
    "routes": [path for router in main._API for route in router.routes
               if "scratch" in (path := getattr(route, "path", ""))],
    "developer": "scratch:write:account" in roles.account_grants("developer"),
    "viewer": "scratch:write:account" in roles.account_grants("viewer"),
    "finance": "scratch:write:platform" in roles.staff_grants("finance"),
    "jobs": [name for name in jobs.tasks() if name.startswith("scratch")],
    "schedules": [each.task for module in modules.registered() for each in module.schedules
                  if module.name == "scratch"],
    "events": list(events._subscribers["scratch.noted"]),
}))
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the code with the folder, and the name in the one line of order."""
    copy = tmp_path_factory.mktemp("tree")
    shutil.copytree(SOURCE, copy / "serai", ignore=shutil.ignore_patterns("__pycache__", "dist"))
    folder = copy / "serai" / "modules" / "scratch"
    folder.mkdir()
    for name, text in FOLDER.items():
        lines = text.strip("\n").splitlines()
        (folder / name).write_text("\n".join(line.removeprefix(" " * 8) for line in lines) + "\n")
    order = copy / "serai" / "modules" / "__init__.py"
    text = order.read_text()
    assert text.count('"launches")') == 1
    order.write_text(text.replace('"launches")', '"launches", "scratch")'))
    return copy


def run(tree: Path, *arguments: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, *arguments]
    done = subprocess.run(command, check=False, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_its_routes_permission_job_schedule_and_reaction_appear(tree: Path) -> None:
    assert json.loads(run(tree, "-c", ASK)) == {
        "routes": ["/api/v1/scratch"],
        "developer": True, "viewer": False, "finance": True,
        "jobs": ["scratch.wipe"], "schedules": ["scratch.wipe"],
        "events": ["scratch.note"],
    }  # fmt: skip


def test_its_commands_appear(tree: Path) -> None:
    assert "Notes on a wall." in run(tree, "-m", "serai", "--help")
    assert run(tree, "-m", "serai", "scratch", "write", "hello") == "wrote hello\n"
