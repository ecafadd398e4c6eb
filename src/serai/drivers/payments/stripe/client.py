"""The SDK, asked without blocking, and its errors in our words."""

import logging
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any

import aiohttp
import stripe

from serai.contracts.payments import GatewaySettings
from serai.drivers.payments.factories import value, wrong
from serai.drivers.payments.http import SECONDS, without
from serai.drivers.payments.stripe.settings import FIELDS, NAME
from serai.kit.errors import Invalid, Unavailable
from serai.kit.i18n import _

# It would log what Stripe says of errors, word by word.
logging.getLogger("stripe").setLevel(logging.WARNING)


class Client:
    """A connection a block: a gateway is asked from several event loops and has no end."""

    def __init__(self, settings: GatewaySettings, *, seconds: float = SECONDS) -> None:
        self._key = value(settings.values, "secret_key")
        self._secrets: Sequence[str] = [
            value(settings.values, each.name) for each in FIELDS if each.kind == "secret"
        ]
        self._base_url = settings.base_url
        self._seconds = seconds

    @asynccontextmanager
    async def open(self) -> AsyncIterator[stripe.StripeClient]:
        """Declined cards pass through as stripe.CardError. Raises Unavailable and Invalid."""
        connector = aiohttp.TCPConnector(ssl=_tls())
        timeout = aiohttp.ClientTimeout(total=self._seconds)
        transport: Any = _Transport(timeout=timeout, connector=connector)
        base: Any = {"api": self._base_url} if self._base_url else {}
        client = stripe.StripeClient(
            self._key, base_addresses=base, max_network_retries=0, http_client=transport
        )
        try:
            yield client
        except stripe.CardError:
            raise
        except stripe.StripeError as error:
            raise self._ours(error) from None  # its own words may repeat a key
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _unavailable() from error
        finally:
            await transport.close_async()

    def _ours(self, error: stripe.StripeError) -> Unavailable | Invalid:
        if isinstance(error, stripe.AuthenticationError | stripe.PermissionError):
            return wrong(NAME, FIELDS[0].label, FIELDS[0].name)
        passing = isinstance(error, stripe.APIConnectionError | stripe.RateLimitError)
        if passing or not error.http_status or error.http_status >= 500 or error.http_status == 409:
            return _unavailable()
        if not isinstance(error, stripe.InvalidRequestError | stripe.IdempotencyError):
            return _unavailable()
        said = without(error.user_message or "", self._secrets)
        return Refused(_("Stripe refused this: %(said)s", said=said), error.http_status, error.code or "")


class _Failed(stripe.StripeError):
    pass


class _Transport(stripe.AIOHTTPClient):
    """Whatever stands between us and Stripe may answer 5xx in a shape that the SDK stumbles over."""

    async def request_async(self, *arguments: Any, **options: Any) -> Any:
        answer: Any = await super().request_async(*arguments, **options)
        if answer[1] >= 500:
            raise _Failed(f"Stripe answered {answer[1]}.")
        return answer


class Refused(Invalid):
    """What Stripe will not do. `vendor_code` is its own, `status` that of its answer."""

    code = "billing.gateway_refused"

    def __init__(self, message: str, status: int, vendor_code: str) -> None:
        super().__init__(message)
        self.status = status
        self.vendor_code = vendor_code

    @property
    def is_missing(self) -> bool:
        return self.status == 404 or self.vendor_code == "resource_missing"


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    """Read once: it blocks, and the SDK would do it for each connection."""
    return ssl.create_default_context(cafile=stripe.ca_bundle_path)


def _unavailable() -> Unavailable:
    return Unavailable(
        _(
            "%(gateway)s does not answer just now. Nothing is lost: the payment is looked at again.",
            gateway=NAME,
        )
    )
