"""Puts together the web client's public directory out of what npm installed.

Usage: web_client.py NODE_MODULES TARGET. Only the packages that index.html names are taken.
"""

import re
import shutil
import sys
from pathlib import Path

EXTRAS = Path(__file__).with_name("www")


def main() -> None:
    modules, target = map(Path, sys.argv[1:])
    client = modules / "tryton-sao"
    target.mkdir()
    for name in ("dist", "images", "locale", "sounds"):
        shutil.copytree(client / name, target / name)
    page = (client / "index.html").read_text("utf-8")
    for path in sorted(set(re.findall(r'(?:src|href)="node_modules/([^"]+)"', page))):
        place = target / "node_modules" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(modules / path, place)
    fonts = "bootstrap/fonts"
    shutil.copytree(modules / fonts, target / "node_modules" / fonts)
    (target / "index.html").write_text(page, "utf-8")
    shutil.copytree(EXTRAS, target, dirs_exist_ok=True)
    shutil.rmtree(modules)


if __name__ == "__main__":
    main()
