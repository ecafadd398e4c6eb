"""A launch of the ERP, paid from the wallet, click to healthy, beside the same by hand in a shell script.

`Serai's share` is all that is neither the clone, nor the process from its start until its first
answered probe: the request, the queue, the engine's records, files, password, route.
"""

import asyncio
import os
import re
import shutil
import statistics
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from bench.platform import BenchPlatform
from bench.sizes import SMOKE, sized
from serai.kit.settings import ROOT
from serai.modules import catalog
from serai.modules.operations import queries

ROUNDS = sized(6, 2)
PRODUCT = sized("erp", "hello")


async def run() -> None:
    with tempfile.TemporaryDirectory(prefix="serai-bench-products-") as directory:
        products = sized(ROOT / "products", Path(directory))
        if SMOKE:
            put_hello_on_sale(products)
        await compare(products)


async def compare(products: Path) -> None:
    async with BenchPlatform(f"{PRODUCT}:first", products) as platform:
        await platform.fund()
        ours, by_hand = [], []
        for number in range(ROUNDS):
            ours.append(await launch(platform, f"bench-{number}"))
            by_hand.append(await launch_by_hand(platform, products, number))
            await asyncio.sleep(1)
    report(ours, by_hand)


async def launch(platform: BenchPlatform, name: str) -> dict[str, float]:
    """Milliseconds of one launch through the API, from sending the request to its end."""
    clicked = time.time()
    order = {"product": PRODUCT, "name": name, "email": "bench@example.com", "trial": False}
    async with aiohttp.ClientSession() as client:
        headers = {"Authorization": f"Bearer {platform.token}"}
        async with client.post(f"{platform.url}/api/v1/launches", json=order, headers=headers) as answer:
            answer.raise_for_status()
            operation_id = (await answer.json())["operation"]["id"]
        operation = await platform.ended(client, operation_id, headers)
    if operation["state"] != "succeeded":
        raise SystemExit(f"the launch failed: {operation['error']}")
    finished = _moment(operation["finished_at"])
    outputs = await _outputs(platform, operation_id)
    total = (finished - clicked) * 1000
    clone = outputs["clone_database"].get("clone_ms", 0)
    process = outputs["wait_until_healthy"]["healthy_after_ms"]
    return {"total": total, "clone": clone, "process": process, "share": total - clone - process}


async def launch_by_hand(platform: BenchPlatform, products: Path, number: int) -> dict[str, float]:
    """The same steps by bench/by_hand_*.sh, its process ended afterwards."""
    async with platform.opened.database.transaction() as session:
        product = await catalog.get_product(session, PRODUCT)
    release_id = product.release_id or ""
    home = Path(tempfile.mkdtemp(prefix="by-hand-", dir=platform.home.parent))
    name, port = f"hand_{number}", 61_000 + number
    admin = platform.admin_url()
    parts = urlsplit(admin)
    config = home / "template"
    if not SMOKE:
        config.write_text(_config_template(products))
    environment = {
        **os.environ, "NAME": name, "PASSWORD": "by-hand", "PORT": str(port),
        "TEMPLATE": release_id.replace("rel_", "tpl_", 1), "ADMIN_URL": admin,
        "TENANT_URL": f"postgresql://{name}:by-hand@{parts.hostname}:{parts.port}/{name}",
        "PASSWORD_HASH": catalog.hash_password("argon2", "by-hand"),
        "HOME_DIRECTORY": str(home), "CONFIG": str(config), "PSQL": platform.psql(), "PYTHON": sys.executable,
        "RELEASE": str(platform.settings.state / "releases" / release_id),
        "EDGE": str(platform.settings.sockets / "edge.sock"),
    }  # fmt: skip
    script = await asyncio.create_subprocess_exec(
        str(ROOT / "bench" / f"by_hand_{PRODUCT}.sh"), env=environment, stdout=asyncio.subprocess.PIPE
    )
    printed, _ = await asyncio.wait_for(script.communicate(), 60)
    os.kill(int((home / "pid").read_text()), 15)
    if script.returncode:
        raise SystemExit("the launch by hand failed")
    clone, process, rest = (int(number) / 1000 for number in printed.split())
    shutil.rmtree(home, ignore_errors=True)
    return {"total": clone + process + rest, "clone": clone, "process": process, "share": rest}


def report(ours: list[dict[str, float]], by_hand: list[dict[str, float]]) -> None:
    print(f"\nlaunch of {PRODUCT}, click to healthy, middle of {ROUNDS} (milliseconds)")
    print(f"{'':24}{'total':>9}{'clone':>9}{'process':>9}{'the rest':>9}")
    middle = {}
    for label, rounds in (("Serai", ours), ("by hand, in a shell", by_hand)):
        middle[label] = {part: statistics.median(each[part] for each in rounds) for part in rounds[0]}
        print(f"{label:24}" + "".join(f"{value:9.0f}" for value in middle[label].values()))
    serai, hand = middle["Serai"], middle["by hand, in a shell"]
    print(f"{'ratio':24}" + "".join(f"{serai[part] / max(hand[part], 0.1):9.2f}" for part in serai))
    print(f"Serai's own share: {serai['share']:.0f} ms, {serai['share'] / serai['total']:.1%} of the whole")
    print(f"slowest of ours: {max(each['total'] for each in ours):.0f} ms")


async def _outputs(platform: BenchPlatform, operation_id: str) -> dict[str, Any]:
    async with platform.opened.database.transaction() as session:
        return {row.name: row.output or {} for row in await queries.steps(session, operation_id)}


def put_hello_on_sale(products: Path) -> None:
    """The smallest system sold as the ERP is: a trial for the first, payment for all others."""
    shutil.copytree(ROOT / "examples" / "hello", products / "hello")
    blueprint = products / "hello" / "blueprint.yaml"
    text = blueprint.read_text().replace("- key: free", "- key: paid\n    trial: { days: 14 }")
    blueprint.write_text(text.replace('"0.00"', '"9.00"'))


def _config_template(products: Path) -> str:
    text = (products / "erp" / "trytond.conf").read_text()
    names = {"database.url": "@URL@", "port": "@PORT@", "home": "@HOME@", "release": "@RELEASE@",
             "address": "127.0.0.1", "launch.name": "hand", "host": "localhost"}  # fmt: skip
    return re.sub(r"\$\{([^}]+)\}", lambda found: names[found[1]], text)


def _moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
