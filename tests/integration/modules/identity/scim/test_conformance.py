"""scim2-tester's checks (RFC 7643, RFC 7644) against the whole application."""

import asyncio
from typing import Any

from scim2_client import BaseSyncSCIMClient
from scim2_client.engines.asgi import ASGISCIMClient
from scim2_tester import Status, check_server

from tests.integration.modules.identity.scim.conftest import Directory


class Waiting(BaseSyncSCIMClient):
    """The tester asks step by step; the application answers in the test's own loop."""

    def __init__(self, inner: ASGISCIMClient, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self.inner, self.loop = inner, loop

    def _parse_json(self, response: Any) -> Any:
        return self.inner._parse_json(response)

    def _stays_under_base_url(self, endpoint: str) -> bool:
        return self.inner._stays_under_base_url(endpoint)

    def request(self, method: str, url: str, **options: Any) -> Any:
        asked = self.inner.request(method, url, **options)
        return asyncio.run_coroutine_threadsafe(asked, self.loop).result(60)


async def check(directory: Directory, **options: Any) -> list[Any]:
    inner = ASGISCIMClient(
        directory.app, "http://localhost/scim/v2", headers={"Authorization": f"Bearer {directory.key}"}
    )
    client = Waiting(inner, asyncio.get_running_loop())
    return await asyncio.to_thread(check_server, client, **options)


async def test_the_tester_finds_nothing_wrong_with_people_and_descriptions(directory: Directory) -> None:
    results = await check(directory, resource_types=["User"])
    bad = [
        f"{each.title}: {each.reason}" for each in results if each.status in {Status.ERROR, Status.CRITICAL}
    ]
    assert not bad, "\n".join(bad)
    assert sum(each.status == Status.SUCCESS for each in results) > 40
