"""JSON over HTTP to a vendor, with a time-out on everything and no secret in what is said of failures."""

import json as jsons
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp

from serai.kit.errors import Unavailable
from serai.kit.i18n import _

SECONDS = 20.0
_LARGEST_ANSWER = 4 << 20


@dataclass(frozen=True, slots=True)
class Answer:
    """`body`: the decoded JSON, None for an empty answer."""

    status: int
    body: Any

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def part(self, name: str) -> dict[str, Any]:
        """An object in the body, empty where there is none."""
        found = self.body.get(name) if isinstance(self.body, dict) else None
        return found if isinstance(found, dict) else {}


class Http:
    """`name` is who is said not to answer. A session a call: a gateway has no end at which to close one,
    and is asked from several event loops. Redirects are not followed. Raises Unavailable when nobody
    knows whether the call was heard: connection, time-out, 429, 5xx, and what is no JSON."""

    def __init__(self, name: str, base_url: str, *, seconds: float = SECONDS) -> None:
        self.name = name
        self._base_url = base_url.rstrip("/")
        self._timeout = aiohttp.ClientTimeout(total=seconds, connect=min(seconds, 10))

    async def call(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        json: object | None = None,
        data: Mapping[str, str] | bytes | None = None,
    ) -> Answer:
        sent = {"Accept": "application/json", "User-Agent": "Serai", **(headers or {})}
        if json is not None:
            data = jsons.dumps(json).encode()
            sent["Content-Type"] = "application/json"
        try:
            async with (
                aiohttp.ClientSession(timeout=self._timeout, cookie_jar=aiohttp.DummyCookieJar()) as session,
                session.request(
                    method, self._base_url + path, headers=sent, data=data, allow_redirects=False
                ) as response,
            ):
                body = await _read(response)
                status = response.status
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise self.unavailable() from error
        if status == 429 or status >= 500:
            raise self.unavailable()
        return Answer(status, self._decoded(body))

    def unavailable(self) -> Unavailable:
        return Unavailable(
            _("%(gateway)s does not answer just now. Nothing is lost: the payment is looked at again.",
              gateway=self.name)
        )  # fmt: skip

    def _decoded(self, body: bytes) -> Any:
        if not body.strip():
            return None
        try:
            return jsons.loads(body)
        except (ValueError, RecursionError) as error:
            raise self.unavailable() from error


async def _read(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_chunked(1 << 14):
        body += chunk
        if len(body) > _LARGEST_ANSWER:
            raise aiohttp.ClientPayloadError("The answer is too large.")
    return bytes(body)


def without(text: object, secrets: Sequence[str], limit: int = 200) -> str:
    """What a vendor said, shortened and without our keys, should it repeat one."""
    said = str(text)
    for each in sorted(filter(None, secrets), key=len, reverse=True):
        said = said.replace(each, "•••")
    return said[:limit]
