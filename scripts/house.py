"""The house's own rules, which no linter knows: doors, sizes, and what may stand in no file."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MODULES = ROOT / "src" / "serai" / "modules"
PORTALS = ROOT / "src" / "serai" / "portals"
OF_A_SESSION = {"add", "delete", "execute", "flush", "get", "get_one", "refresh", "scalar", "scalars"}
LONGEST_FILE, LONGEST_FUNCTION = 400, 40
CODE = {".py", ".js", ".css", ".html", ".sh", ".sql"}
# Put together from parts, so that this file does not name a registry either.
REGISTRIES = tuple(
    "".join(parts)
    for parts in (
        ("py", "pi.org"), ("files.python", "hosted.org"), ("registry.npm", "js.org"),
        ("deb.deb", "ian.org"), ("registry.yarn", "pkg.com"),
    )
)  # fmt: skip
ONE_CLOCK = tuple(ROOT / "src" / "serai" / each for each in ("kit", "modules", "portals"))
CLOCK = ROOT / "src" / "serai" / "kit" / "clock.py"
SQL_NOW = re.compile(r"(?<!clock\.)\b(now\(\)|current_timestamp\b|current_date\b)", re.IGNORECASE)
LEFT_OVER = re.compile(r"\b(TODO|FIXME|XXX)\b")


def main() -> int:
    complaints = [complaint for path in tracked() for complaint in check(path)]
    for complaint in complaints:
        print(complaint)
    return 1 if complaints else 0


def tracked() -> list[Path]:
    """What is or would be committed."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [path for name in names.splitlines() if (path := ROOT / name).is_file()]


def check(path: Path) -> Iterator[str]:
    name = path.relative_to(ROOT)
    if path.stat().st_size > 1_000_000:
        yield f"{name}: larger than a megabyte"
    try:
        text = path.read_text()
    except UnicodeDecodeError:
        return
    for host in REGISTRIES:
        if host in text:
            yield f"{name}: names the package registry {host}"
    if path.suffix in CODE:
        if text.count("\n") > LONGEST_FILE:
            yield f"{name}: longer than {LONGEST_FILE} lines; a long file means a missing noun"
        for number, line in enumerate(text.splitlines(), 1):
            if LEFT_OVER.search(line) and path != Path(__file__).resolve():
                yield f"{name}:{number}: a left-over: {line.strip()[:60]}"
    if path.suffix == ".py" and path.is_relative_to(ROOT / "src"):
        yield from check_python(path, name, ast.parse(text))


def check_python(path: Path, name: Path, tree: ast.Module) -> Iterator[str]:
    if any(path.is_relative_to(each) for each in ONE_CLOCK) and path != CLOCK:
        yield from check_clock(name, tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > LONGEST_FUNCTION and "migrations" not in path.parts:
                yield f"{name}:{node.lineno}: {node.name} has {length} lines, {LONGEST_FUNCTION} at most"
        if isinstance(node, ast.ImportFrom) and node.module:
            own = path.relative_to(MODULES).parts[0] if path.is_relative_to(MODULES) else ""
            yield from check_door(name, own, node)
        if isinstance(node, ast.Attribute) and path.is_relative_to(PORTALS):
            yield from check_page(name, node)


def check_clock(name: Path, tree: ast.Module) -> Iterator[str]:
    """The database's time and the machine's are not those of a clock that was moved."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            other = ast.unparse(node) in {"datetime.now", "func.now"}
        elif isinstance(node, ast.Constant):
            other = isinstance(node.value, str) and bool(SQL_NOW.search(node.value))
        else:
            continue
        if other:
            yield f"{name}:{node.lineno}: another time than kit.clock.now()"


def check_door(name: Path, own: str, node: ast.ImportFrom) -> Iterator[str]:
    parts = (node.module or "").split(".")
    if parts[:2] != ["serai", "modules"] or len(parts) < 3 or parts[2] == own:
        return
    if len(parts) > 3:
        yield f"{name}:{node.lineno}: imports {node.module}; only the door serai.modules.{parts[2]}"
    if own and node.col_offset:
        yield f"{name}:{node.lineno}: an import inside a function hides a circle"


def check_page(name: Path, node: ast.Attribute) -> Iterator[str]:
    """Pages ask services, which say who may see what."""
    said = ast.unparse(node)
    if node.attr == "queries" or (said.startswith("session.") and node.attr in OF_A_SESSION):
        yield f"{name}:{node.lineno}: {said} in a page; ask a service"


if __name__ == "__main__":
    sys.exit(main())
