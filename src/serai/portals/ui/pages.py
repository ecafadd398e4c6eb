"""/ui-kit: every component, in both languages and all themes (`?lang=ar&theme=dark`)."""

import time

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse

from serai.kit.i18n import _, lazy
from serai.kit.money import Money
from serai.kit.web.navigation import NavItem, register
from serai.kit.web.templates import flash, render, toast_headers
from serai.portals.ui import samples

router = APIRouter(include_in_schema=False)
_PORTAL = "kit"

register(
    _PORTAL,
    NavItem(lazy("Components"), "/ui-kit", "layout-grid", order=10, exact=True),
    NavItem(lazy("Live operation"), "/ui-kit/operation", "rocket", order=20),
    NavItem(lazy("Storefront"), "/ui-kit/storefront", "building-store", order=30),
)


@router.get("/ui-kit")
async def components(request: Request) -> HTMLResponse:
    return render(
        request, "kit/components.html", form=samples.form(), systems=samples.systems(),
        events=samples.events(), failed=samples.operation(5000, fails=True),
        sort=request.query_params.get("sort", "name"), revenue=Money(1864200, "USD"),
    )  # fmt: skip


@router.get("/ui-kit/storefront")
async def storefront(request: Request) -> HTMLResponse:
    return render(request, "kit/storefront.html", packages=samples.packages())


@router.get("/ui-kit/operation")
async def operation(request: Request) -> HTMLResponse:
    started = time.time()
    url = f"/ui-kit/operation/snapshot?started={started}"
    return render(request, "kit/operation.html", snapshot=samples.operation(0), snapshot_url=url)


@router.get("/ui-kit/operation/snapshot")
async def snapshot(started: float, after: int = 0) -> JSONResponse:
    return JSONResponse(samples.operation((time.time() - started) * 1000, after))


@router.get("/ui-kit/availability")
async def availability(request: Request, subdomain: str = "") -> HTMLResponse:
    taken = subdomain.strip().lower() in samples.TAKEN
    text = _("This address is taken.") if taken else _("This address is free.")
    return render(request, "kit/availability.html", available=not taken, text=text)


@router.post("/ui-kit/toast")
async def toast() -> HTMLResponse:
    return HTMLResponse("", headers=toast_headers(_("Saved on the server"), "success"))


@router.post("/ui-kit/remove")
async def remove() -> RedirectResponse:
    response = RedirectResponse("/ui-kit", status_code=303)
    flash(response, _("The system is being removed"))
    return response
