"""The OpenAPI document is valid, complete, and says what the API really answers."""

import re
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from tests.client import Answered
from tests.integration.api.conftest import Api

ORDER = {"product": "hello", "name": "acme", "email": "sara@example.com"}
METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture
async def document(api: Api) -> dict[str, Any]:
    found: dict[str, Any] = (await api.nobody.get("/api/v1/openapi.json")).json
    return found


def operations_of(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method in METHODS & set(item):
            yield path, method, item[method]


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        node = list(node.values())
    if isinstance(node, list):
        for each in node:
            yield from references(each)


def check(document: dict[str, Any], method: str, path: str, answer: Answered) -> None:
    """The answer's status, type and body are among those the document promises."""
    address = path.split("?")[0]
    for template, verb, described in operations_of(document):
        pattern = re.sub(r"\{[^}]+\}", "[^/]+", template)
        if verb == method and re.fullmatch(pattern, address):
            break
    else:
        raise AssertionError(f"{method} {address} is not described")
    promised = described["responses"][str(answer.status)]["content"][answer.headers["content-type"]]
    schema = {**promised["schema"], "components": document["components"]}
    jsonschema.Draft202012Validator(schema).validate(answer.json)


async def test_the_document_is_openapi_3_1_without_loose_ends(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert document["info"]["title"] == "Serai"
    for reference in references(document):
        node: Any = document
        for part in reference.removeprefix("#/").split("/"):
            node = node[part]
    for schema in document["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    names = [described["operationId"] for _, _, described in operations_of(document)]
    assert len(names) == len(set(names))


async def test_every_route_is_versioned_explained_and_tells_of_its_problems(document: dict[str, Any]) -> None:
    for path, method, described in operations_of(document):
        assert path.startswith("/api/v1/"), path
        assert described.get("description") or described.get("summary"), path
        for status in ("401", "404", "422", "503"):
            content = described["responses"][status]["content"]
            assert list(content) == ["application/problem+json"], (path, method, status)
        good = [status for status in described["responses"] if status < "300"]
        assert len(good) == 1, (path, method)


async def test_every_post_takes_an_idempotency_key_but_those_that_show_a_secret(
    document: dict[str, Any],
) -> None:
    for path, method, described in operations_of(document):
        names = {parameter["name"].lower() for parameter in described.get("parameters", ())}
        if method == "post" and not path.endswith(("/reveal", "/token", "/keys", "/rotate")):
            assert "idempotency-key" in names, path
        if method == "get":
            assert "idempotency-key" not in names, f"{path}: means nothing there"


async def test_every_answer_is_as_the_document_says(api: Api, document: dict[str, Any]) -> None:
    async def ask(method: str, path: str, body: Any = None) -> Answered:
        answer = await api.request(method.upper(), path, body)
        check(document, method, path, answer)
        return answer

    await ask("get", "/api/v1/products")
    await ask("get", "/api/v1/products/hello")
    await ask("get", "/api/v1/products/hello/charges")
    await ask("get", "/api/v1/products/nothing")
    made = await ask("post", "/api/v1/launches", ORDER)
    operation = f"/api/v1/operations/{made.json['operation']['id']}"
    await ask("get", operation)
    await ask("post", "/api/v1/launches", ORDER)
    await ask("post", "/api/v1/launches", {"nonsense": True})
    await ask("post", "/api/v1/launches", b"{")
    await api.world.run(made.json["operation"]["id"])
    await ask("get", operation)
    await ask("post", f"{operation}/cancel")
    await ask("post", f"{operation}/retry")
    await ask("get", "/api/v1/launches?limit=1")
    await ask("get", "/api/v1/launches?limit=0")
    await ask("get", "/api/v1/launches/acme")
    await ask("get", "/api/v1/launch-names/acme")
    await ask("post", "/api/v1/launches/acme/credentials/reveal")
    await ask("post", "/api/v1/launches/acme/credentials/reveal")
    for change in ("stop", "start", "restart", "reset-password"):
        answer = await ask("post", f"/api/v1/launches/acme/{change}")
        await api.world.run(answer.json["id"])
    answer = await ask("delete", "/api/v1/launches/acme")
    await ask("delete", "/api/v1/launches/nothing")
    await ask("get", "/api/v1/operations?limit=2")
    await ask("post", f"/api/v1/releases/{made.json['launch']['release_id']}/build")
    api.headers.clear()
    await ask("get", "/api/v1/operations")
