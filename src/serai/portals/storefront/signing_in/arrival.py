"""The end of every way in: the cookies, the notice of a new device, and where to go next."""

from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from serai.kit.db import Session
from serai.kit.web.sessions import set_cookie
from serai.modules import identity
from serai.portals.shared import sign_in_mails
from serai.portals.shared.access import session_token, settings
from serai.portals.shared.browser import browser_of, keep_browser
from serai.portals.shared.paths import local_path


async def arrive(request: Request, session: Session, entry: identity.Entry, wanted: str) -> Response:
    """Within the transaction that made the entry. A second step comes first, if there is one."""
    if entry.signed is None:
        return keep_browser(request, RedirectResponse("/signin/second", status_code=303))
    if entry.is_new_device:
        await sign_in_mails.new_device(session, entry.user)
    # Whoever was signed in here before no longer is: no session outlives a sign-in over it.
    await identity.sign_out(session, session_token(request))
    target = local_path(wanted)
    offer = await identity.federation.link_offer(session, entry.user, browser_of(request))
    if offer is not None:
        target = f"/console/settings/security/link?next={quote(target, safe='')}"
        await identity.federation.keep_offer(session, browser_of(request), entry.device)
    response = RedirectResponse(target, status_code=303)
    set_cookie(response, entry.signed.token, secure=settings(request).is_secure)
    return keep_browser(request, response, entry.device)
