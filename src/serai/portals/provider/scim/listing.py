"""A page of a list, filtered and sorted as the query says (RFC 7644 3.4.2)."""

from collections.abc import Sequence
from typing import Any, TypeVar

from fastapi import Request, Response
from scim2_models import Context, ListResponse, Resource, SearchRequest

from serai.modules.identity import scim
from serai.portals.provider.scim.calls import answer

Found = TypeVar("Found", bound=Resource[Any])


def listing(request: Request, kind: type[Found], everything: Sequence[Found]) -> Response:
    """The lists are a team's: short enough to be looked through here."""
    asked = SearchRequest[kind].model_validate(  # type: ignore[valid-type]
        dict(request.query_params), scim_ctx=Context.SEARCH_REQUEST
    )
    matching = [each for each in everything if asked.filter is None or asked.filter.match(each)]
    if asked.sort_by is not None:
        matching = asked.sort(matching)
    start = max(asked.start_index or 1, 1)
    most = scim.MOST_RESULTS if asked.count is None else min(max(asked.count, 0), scim.MOST_RESULTS)
    shown = matching[start - 1 : start - 1 + most]
    found = ListResponse[kind](  # type: ignore[valid-type]
        total_results=len(matching), start_index=start, items_per_page=len(shown), resources=shown or None
    )
    return answer(request, found, Context.RESOURCE_QUERY_RESPONSE, response_parameters=asked)
