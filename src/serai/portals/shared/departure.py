"""Off to another sign-in service, to sign in or to link it."""

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from serai.kit.origin import origin
from serai.modules import identity
from serai.portals.shared.access import settings, system_database
from serai.portals.shared.browser import browser_of, keep_browser


async def to_provider(request: Request, key: str, **data: str) -> Response:
    """The provider is asked between two transactions, never within one."""
    async with system_database(request).transaction() as session:
        provider = await identity.federation.get_provider(session, key)
        await identity.throttle.spend(session, [identity.throttle.departures(origin().ip)])
    endpoints = await identity.federation.discover(settings(request), provider)
    back = f"{settings(request).public_url}/signin/with/{key}/callback"
    async with system_database(request).transaction() as session:
        address = await identity.federation.authorization_address(
            session, provider, endpoints, browser_of(request), back, **data
        )
    return keep_browser(request, RedirectResponse(address, status_code=303))
