"""The way from Serai's pages to a system's."""

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from serai.kit.web.templates import render

_NOT_KEPT = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


def leave(request: Request, address: str, name: str) -> Response:
    """To `address` in the system called `name`.

    What began with a form of ours may not be redirected to another site (`form-action`), so then a
    page goes on by itself; what began elsewhere is redirected.
    """
    if request.headers.get("sec-fetch-site") != "same-origin":
        return RedirectResponse(address, status_code=303, headers=_NOT_KEPT)
    return render(request, "provider/leaving.html", headers=_NOT_KEPT, address=address, system=name)
