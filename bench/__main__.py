"""`make bench`: run all benches, or those named on the command line."""

import asyncio
import sys

from bench import launches

BENCHES = {"launch": launches.run}


def main() -> None:
    for name in sys.argv[1:] or BENCHES:
        asyncio.run(BENCHES[name]())


main()
