"""A fresh case a test; one localstripe a test process, started when it is first wanted."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack

import pytest

from serai.kit.clock import MovableClock
from tests.contract.payments import own_cases, vendor_cases
from tests.contract.payments.cases import Case
from tests.contract.payments.servers import local_stripe
from tests.contract.payments.servers.common import serving
from tests.contract.payments.servers.easykash import EasyKashServer
from tests.contract.payments.servers.fawaterk import FawaterkServer
from tests.contract.payments.servers.paypal import PayPalServer
from tests.contract.payments.servers.stripe_front import StripeFront

MakeCase = Callable[[str], Awaitable[Case]]


@pytest.fixture(scope="session")
def local_stripe_url() -> Iterator[str]:
    with local_stripe.running() as url:
        yield url


@pytest.fixture
async def make_case(request: pytest.FixtureRequest, moving: MovableClock) -> AsyncIterator[MakeCase]:
    """`await make_case("paypal")`; the clock stands still until the test moves it."""
    async with AsyncExitStack() as stack:

        async def make(key: str) -> Case:
            if key == "wallet":
                return own_cases.WalletCase()
            if key == "instapay":
                return own_cases.InstaPayCase()
            if key == "bank_transfer":
                return own_cases.BankTransferCase()
            if key == "sandbox":
                return own_cases.SandboxCase(moving)
            return await _of_vendor(key, request, stack)

        yield make


async def _of_vendor(key: str, request: pytest.FixtureRequest, stack: AsyncExitStack) -> Case:
    if key == "stripe":
        front = StripeFront(request.getfixturevalue("local_stripe_url"))
        return vendor_cases.StripeCase(front, await stack.enter_async_context(serving(front.app)))
    if key == "paypal":
        paypal = PayPalServer()
        return vendor_cases.PayPalCase(paypal, await stack.enter_async_context(serving(paypal.app)))
    if key == "fawaterk":
        fawaterk = FawaterkServer()
        return vendor_cases.FawaterkCase(fawaterk, await stack.enter_async_context(serving(fawaterk.app)))
    easykash = EasyKashServer()
    return vendor_cases.EasyKashCase(easykash, await stack.enter_async_context(serving(easykash.app)))
