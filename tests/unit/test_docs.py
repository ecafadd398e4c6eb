"""What the documents name exists."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
SECURITY = ROOT / "docs" / "reference" / "security.md"
_PLACES = {"u:": "tests/unit/modules/identity/", "i:": "tests/integration/modules/identity/", "e:": "tests/e2e/"}


def named_tests() -> list[tuple[str, str]]:
    """(file, function or nothing) as security.md names them."""
    found, file = [], ""
    for name in re.findall(r"`([^`]*(?:test_\w+\.py|::test_\w+)[^`]*)`", SECURITY.read_text()):
        path, _, function = name.partition("::")
        file = _resolved(path) if path else file
        found.append((file, function))
    return found


def _resolved(path: str) -> str:
    for prefix, place in _PLACES.items():
        if path.startswith(prefix):
            return place + path.removeprefix(prefix)
    return path if path.startswith("tests/") else f"tests/integration/portals/{path}"


def test_every_test_that_the_security_reference_names_is_there() -> None:
    names = named_tests()
    assert len(names) > 80
    missing = [
        (file, function)
        for file, function in names
        if not (ROOT / file).exists() or f"def {function}(" not in (ROOT / file).read_text() + "def ("
    ]
    assert missing == []


def test_links_between_the_documents_lead_somewhere() -> None:
    broken = []
    for document in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]:
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", document.read_text()):
            if "://" not in target and not (document.parent / target).exists():
                broken.append((document.name, target))
    assert broken == []
