"""`python -m serai.kit.i18n update|check`: brings the catalogues in step with the sources."""

import sys

from serai.kit.i18n.extraction import check, update


def main() -> int:
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    if command not in {"update", "check"}:
        sys.stderr.write("usage: python -m serai.kit.i18n update|check\n")
        return 2
    problems = update() if command == "update" else check()
    for problem in problems:
        sys.stdout.write(f"{problem}\n")
    sys.stdout.write(f"{len(problems)} to translate or mend\n" if problems else "complete\n")
    return 1 if problems else 0


sys.exit(main())
