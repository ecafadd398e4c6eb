"""What a reader of a failed build can do, told from what the tool printed."""

import re
from collections.abc import Iterable

_KNOWN = (
    (
        r"No space left on device|ENOSPC|os error 28|disk quota|EDQUOT",
        "The disk is full: free some space, then retry the operation.",
    ),
    (
        r"hash mismatch|EINTEGRITY|do not match the hashes|hashes are required|--require-hashes",
        (
            "A package differs from the lock file: write the lock file again, and do not trust the"
            " registry's file before you know why."
        ),
    ),
    (
        r"certificate|CERT_|UNABLE_TO_(GET|VERIFY)|SELF_SIGNED",
        (
            "The registry's certificate is not trusted: behind a TLS proxy, name its CA in"
            " SSL_CERT_FILE (Python) and NODE_EXTRA_CA_CERTS (npm), then retry."
        ),
    ),
    (
        (
            r"ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|dns error|error sending request"
            r"|[Ff]ailed to fetch|Connection refused|timed out|\b(429|502|503|504)\b"
        ),
        (
            "The package registry does not answer: check the network, the proxy variables and"
            " UV_DEFAULT_INDEX / npm_config_registry, then retry the operation."
        ),
    ),
    (
        r"no version of|No solution found|not found in the package registry|E404",
        (
            "The registry does not have a version that the lock file names: check the registry, or"
            " write the lock file again."
        ),
    ),
    (
        r"Permission denied|EACCES",
        "A file may not be written: Serai needs to own its SERAI_HOME.",
    ),
)


def advice(output: Iterable[str]) -> str:
    text = "\n".join(output)
    return next((what for pattern, what in _KNOWN if re.search(pattern, text)), "It printed:")
