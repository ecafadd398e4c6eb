"""Puts msgspec types into FastAPI's OpenAPI 3.1 document."""

from collections.abc import Mapping
from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from serai.kit.web.problems import Problem

Json = dict[str, Any]
_REFERENCE = "#/components/schemas/{name}"
_shown: dict[str, Any] = {}


def returns(
    status: int, kind: Any, description: str = "", links: Mapping[str, Json] | None = None
) -> dict[int | str, dict[str, Any]]:
    """`responses=` of a route: what it answers when all is well, and that errors are problems.

    `links`: what can be done next with what is in the answer, made by `leads_to`.
    """
    (schema,), components = msgspec.json.schema_components([kind], ref_template=_REFERENCE)
    _shown.update(components)
    return {
        status: {
            "description": description or "Done.",
            "content": {"application/json": {"schema": schema}},
            **({"links": dict(links)} if links else {}),
        },
        **_PROBLEMS,
    }


def leads_to(method: str, path: str, **parameters: str) -> Json:
    """An OpenAPI link: a parameter's value is a place in the answer, such as `/launch/id`."""
    place = path.replace("~", "~0").replace("/", "~1")
    return {
        "operationRef": f"#/paths/{place}/{method}",
        "parameters": {name: f"$response.body#{pointer}" for name, pointer in parameters.items()},
    }


def _problem(description: str) -> dict[str, Any]:
    (schema,), components = msgspec.json.schema_components([Problem], ref_template=_REFERENCE)
    _shown.update(components)
    return {"description": description, "content": {"application/problem+json": {"schema": schema}}}


_PROBLEMS: dict[int | str, dict[str, Any]] = {
    400: _problem("The request cannot be read."),
    401: _problem("No token, or one that is no longer good."),
    403: _problem("The token may not do this."),
    404: _problem("There is no such thing, or not for this token."),
    409: _problem("It does not fit the present state."),
    422: _problem("The input is wrong; `errors` says where."),
    503: _problem("Something Serai depends on is not answering; try again."),
}


def install(app: FastAPI, *, title: str, version: str, description: str) -> None:
    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            made = get_openapi(title=title, version=version, description=description, routes=app.routes)
            components = made.setdefault("components", {})
            components.setdefault("schemas", {}).update(_shown)
            components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
            made["security"] = [{"token": []}]
            app.openapi_schema = made
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]
