"""All portals' pages, put into the application."""

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException

from serai.kit.errors import SeraiError
from serai.kit.web.problems import render_error
from serai.portals.ui import pages as ui_kit
from serai.portals.ui import setup


def install(app: FastAPI) -> None:
    setup.install(app)
    app.include_router(ui_kit.router)


def error_page(request: Request, error: SeraiError) -> Response:
    return render_error(error)


def http_error_page(request: Request, error: HTTPException) -> Response:
    return Response(str(error.detail), error.status_code)


def bug_page(request: Request) -> Response:
    return Response("bug", 500)
