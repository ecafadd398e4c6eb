"""Static files whose address carries their content's hash, so that browsers keep them for good."""

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

_FOR_GOOD = "public, max-age=31536000, immutable"
_HASHED = ("fonts/", "chunks/")


class AssetFiles(StaticFiles):
    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        versioned = b"v=" in scope.get("query_string", b"") or path.startswith(_HASHED)
        response.headers["cache-control"] = _FOR_GOOD if versioned else "no-cache"
        return response
