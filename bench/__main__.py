"""`make bench`: run all benches, or those named on the command line."""

import asyncio
import sys

from bench import engine, launches, ledger, renewals, usage

BENCHES = {
    "launch": launches.run, "engine": engine.run, "ledger": ledger.run,
    "renewals": renewals.run, "usage": usage.run,
}  # fmt: skip


def main() -> None:
    for name in sys.argv[1:] or BENCHES:
        asyncio.run(BENCHES[name]())


if __name__ == "__main__":
    main()
