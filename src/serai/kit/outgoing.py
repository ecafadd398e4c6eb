"""The one guarded way out, to addresses that users or configuration name (OWASP's SSRF cheat sheet).

A name is resolved once, and the address it led to is judged when the socket is made: there is no
moment between the check and the connection in which DNS could answer something else.
"""

import ipaddress
import json
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from serai.kit.errors import Invalid, Unavailable
from serai.kit.i18n import _
from serai.kit.settings import Settings

SECONDS = 10.0
LARGEST_ANSWER = 1 << 20
_CHUNK = 1 << 14

# What `is_global` calls public and is not: ways to write IPv4 in IPv6, and clouds' metadata.
_NOT_PUBLIC = tuple(
    ipaddress.ip_network(each)
    for each in (
        "::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "192.0.0.0/24", "168.63.129.16/32",
    )
)  # fmt: skip


class Refused(Invalid):
    """The address is none that Serai asks."""

    code = "outgoing.refused"


class NoAnswer(Unavailable):
    """Nobody answered in time, or not as HTTP, or with more than is read."""

    code = "outgoing.no_answer"


@dataclass(frozen=True, slots=True)
class Answer:
    """`headers`: names in lower case, the last of equal ones."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Raises NoAnswer when the body is no JSON."""
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise NoAnswer(_("The answer is no valid JSON.")) from error


class Client:
    """Each request resolves, checks, connects and reads for ten seconds at most, at most 1 MiB.

    Redirects are not followed: the caller sees the 3xx. Raises Refused or NoAnswer.
    """

    def __init__(self, session: aiohttp.ClientSession, *, https_only: bool) -> None:
        self._session = session
        self._https_only = https_only

    async def get(self, url: str, *, headers: Mapping[str, str] | None = None) -> Answer:
        return await self._request("GET", url, headers, None)

    async def post(
        self,
        url: str,
        *,
        data: Mapping[str, str] | bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """`data`: fields of a form, or a body as it is."""
        return await self._request("POST", url, headers, data)

    async def _request(
        self, method: str, url: str, headers: Mapping[str, str] | None, data: Mapping[str, str] | bytes | None
    ) -> Answer:
        address = self._checked(url)
        # Uncompressed, so that what is counted is what arrives.
        sent = {"Accept-Encoding": "identity", **(headers or {})}
        try:
            async with self._session.request(
                method, address, headers=sent, data=data, allow_redirects=False
            ) as response:
                body = await _read(response)
                found = {name.lower(): value for name, value in response.headers.items()}
                return Answer(response.status, found, body)
        except aiohttp.InvalidURL as error:
            raise _no_address(url) from error
        except TimeoutError as error:
            message = _("%(host)s did not answer within %(seconds)s seconds.", host=address.host,
                        seconds=int(SECONDS))  # fmt: skip
            raise NoAnswer(message) from error
        except (aiohttp.ClientError, OSError) as error:
            raise NoAnswer(_("%(host)s cannot be reached.", host=address.host)) from error

    def _checked(self, url: str) -> URL:
        try:
            address = URL(url)
            port = address.port
        except ValueError as error:
            raise _no_address(url) from error
        if address.scheme not in {"http", "https"} or not address.host or not port:
            raise _no_address(url)
        if address.user is not None or address.password is not None:
            raise Refused(_("The address holds a user or password; leave them out."))
        if self._https_only and address.scheme != "https":
            raise Refused(_("The address has to begin with https://."))
        return address


@asynccontextmanager
async def client(settings: Settings, *, resolver: AbstractResolver | None = None) -> AsyncIterator[Client]:
    """A client for a few requests. `resolver` stands in for the system's, in tests."""
    connector = aiohttp.TCPConnector(
        resolver=resolver or aiohttp.ThreadedResolver(),
        use_dns_cache=False,
        happy_eyeballs_delay=None,
        socket_factory=_make_socket if settings.private_requests_allowed else _make_public_socket,
    )
    session = aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=SECONDS),
        trust_env=False,
        auto_decompress=False,
        headers={"User-Agent": "Serai"},
    )
    async with session:
        yield Client(session, https_only=settings.environment == "production")


def is_public(address: str) -> bool:
    """Whether an IP address is one that everybody on the Internet may ask."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    inside = any(ip in network for network in _NOT_PUBLIC if network.version == ip.version)
    return ip.is_global and not ip.is_multicast and not inside


def _make_public_socket(info: aiohttp.AddrInfoType) -> socket.socket:
    """Called for each connection with the very address it is going to be made to."""
    address = str(info[4][0])
    if not is_public(address):
        raise Refused(_("The address leads to %(ip)s, which is not on the public Internet.", ip=address))
    return _make_socket(info)


def _make_socket(info: aiohttp.AddrInfoType) -> socket.socket:
    family, kind, protocol, _name, _address = info
    return socket.socket(family, kind, protocol)


async def _read(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK):
        body += chunk
        if len(body) > LARGEST_ANSWER:
            response.close()
            raise NoAnswer(_("The answer is larger than a megabyte."))
    return bytes(body)


def _no_address(url: str) -> Refused:
    return Refused(_("%(url)s is no address; expected one such as https://example.com/path.", url=url[:100]))
