"""The asset build: once, locked, and with one clear line when it fails."""

import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from serai.portals.ui.assets import (
    AssetBuildFailed,
    asset_url,
    builder,
    ensure_built,
    icon_names,
    manifest,
)
from serai.portals.ui.setup import TEMPLATES

ROOT = Path(__file__).parents[3]


def test_a_second_call_builds_nothing() -> None:
    ensure_built()
    said: list[str] = []
    assert ensure_built(said.append) == builder.DIST
    assert said == []


def test_callers_at_once_build_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built = []

    def build(_work: Path, dist: Path, stamp: str) -> None:
        built.append(stamp)
        dist.mkdir()
        (dist / builder.STAMP).write_text(stamp)

    monkeypatch.setattr(builder, "_build", build)
    dist = tmp_path / "dist"
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: ensure_built(str, work=tmp_path, dist=dist), range(4)))
    assert len(built) == 1


def test_a_changed_source_changes_the_stamp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "assets"
    shutil.copytree(builder.SOURCES, copy)
    monkeypatch.setattr(builder, "SOURCES", copy)
    before = builder._stamp_of_sources()
    (copy / "src" / "app.js").write_text("// other")
    assert builder._stamp_of_sources() != before


def test_a_failing_tool_gives_one_line_and_the_place_of_its_log(tmp_path: Path) -> None:
    with pytest.raises(AssetBuildFailed) as caught:
        builder._run([builder._node(), "-e", "throw new Error('no disk left')"], tmp_path)
    assert "no disk left" in caught.value.message
    assert "\n" not in caught.value.message
    assert (tmp_path / "failed.log").exists()


def test_addresses_carry_the_content() -> None:
    ensure_built()
    assert {"app.js", "app.css", "app.rtl.css", "theme.js", "icons.svg"} <= manifest().keys()
    assert re.fullmatch(r"/static/dist/app\.js\?v=[0-9a-f]{12}", asset_url("app.js"))


def test_the_sprite_has_every_listed_icon() -> None:
    sprite = (ensure_built() / "icons.svg").read_text()
    drawn = set(re.findall(r'<symbol id="([^"]+)"', sprite))
    assert drawn == {name.replace("/", "-") for name in icon_names()}


def test_every_icon_named_in_a_template_or_navigation_is_in_the_sprite() -> None:
    pattern = re.compile(r'(?:icon\(|icon=)"([a-z0-9-]+)"')
    sources = [*ROOT.glob("src/serai/**/templates/**/*.html"), *TEMPLATES.rglob("*.html")]
    used = {name for path in sources for name in pattern.findall(path.read_text())}
    assert used - icon_names() == set()


def test_no_package_registry_is_named() -> None:
    texts = [path.read_text() for path in (builder.SOURCES / name for name in
             ("package.json", "package-lock.json", ".npmrc"))]  # fmt: skip
    assert not any("resolved" in text and '"resolved"' in text for text in texts)
    assert not any("registry." in text for text in texts)
