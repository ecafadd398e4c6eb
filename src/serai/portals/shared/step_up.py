"""Before something dangerous: confirm it is you, unless you have just done so.

@router.post("/danger", dependencies=[Depends(sudo)])
"""

from urllib.parse import quote, urlsplit

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from serai.kit.errors import Denied
from serai.kit.i18n import _
from serai.kit.web.sessions import signed_in

CONFIRM = "/console/confirm"


class StepUpNeeded(Denied):
    """The session has not proven itself within the last minutes; pages answer with the confirm page."""

    code = "identity.step_up_needed"


async def sudo(request: Request) -> None:
    """A dependency, after `enter`."""
    if not signed_in(request).sudo:
        raise StepUpNeeded(_("Confirm that it is you first."))


def to_confirm(request: Request) -> Response:
    """Back to the page afterwards; a form that was sent is filled in again by hand."""
    path, query = request.url.path, request.url.query
    if request.method != "GET":
        before = urlsplit(request.headers.get("referer", ""))
        path, query = before.path or "/console", before.query
    here = quote(f"{path}?{query}" if query else path, safe="")
    if "hx-request" in request.headers:
        return Response(status_code=204, headers={"HX-Redirect": f"{CONFIRM}?next={here}"})
    return RedirectResponse(f"{CONFIRM}?next={here}", status_code=303)
