"""What the API's routes share: who calls, one transaction, idempotency, JSON, pages of a list."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from fastapi import Depends, Header, Query, Request
from fastapi.responses import Response

from serai.kit import idempotency
from serai.kit.actor import SYSTEM, Actor
from serai.kit.db import Database, Session, act_as
from serai.kit.errors import Unauthenticated
from serai.kit.i18n import _

ROOT = "/api/v1"  # each router names its whole address: metrics and 405 answers read it there
Item = TypeVar("Item")
Authenticate = Callable[[Session, str], Awaitable[Actor]]

Limit = Annotated[int, Query(ge=1, le=200, description="How many at most.")]
Cursor = Annotated[
    str | None, Query(max_length=64, pattern=r"^[a-z]+_[0-9a-z]+$", description="`next_cursor` of the page before.")
]  # fmt: skip
IdempotencyKey = Annotated[
    str | None,
    Header(max_length=255, description="Repeat a request with the same key to get the same answer."),
]


@dataclass(frozen=True, slots=True)
class Answer:
    """A body to encode as JSON, and how to send it."""

    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


Work = Callable[[Session, Actor], Awaitable[Answer]]


class ApiCall:
    """One request to the API."""

    def __init__(self, request: Request) -> None:
        self.request = request
        # As the system until it is known who calls; `_actor` then narrows the transaction down.
        self._database: Database = request.app.state.platform.database.acting(SYSTEM)
        self._authenticate: Authenticate = request.app.state.authenticate

    async def answer(self, work: Work) -> Response:
        """Authenticate and run `work` in one transaction, which is committed before the answer."""
        async with self._database.transaction() as session:
            actor = await self._actor(session)
            return _response(await work(session, actor))

    async def read(self, work: Callable[[Session, Actor], Awaitable[Item]]) -> Item:
        """Authenticate and read in one transaction, for routes that go on outside of it."""
        async with self._database.transaction() as session:
            return await work(session, await self._actor(session))

    async def _actor(self, session: Session) -> Actor:
        scheme, _space, token = self.request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated(
                _("Send a token: “Authorization: Bearer …”. Make one with `serai token create`.")
            )
        actor = await self._authenticate(session, token.strip())
        await act_as(session, actor)
        return actor


class ApiCallOnce(ApiCall):
    """One that changes something, and may come with a key that makes repeating it safe."""

    def __init__(self, request: Request, idempotency_key: IdempotencyKey = None) -> None:
        super().__init__(request)
        self._key = idempotency_key

    async def answer_once(self, work: Work) -> Response:
        """Like `answer`; a repeated Idempotency-Key gets the first answer again."""
        if self._key is None:
            return await self.answer(work)
        body = await self.request.body()
        async with self._database.transaction() as session:
            actor = await self._actor(session)
            method, path = self.request.method, self.request.url.path
            known = await idempotency.replay(session, actor, self._key, method, path, body)
            if known is not None:
                return _json(known.body, known.status, known.headers | {"Idempotency-Replayed": "true"})
            answer = await work(session, actor)
            response = _response(answer)
            await idempotency.remember(
                session, actor, self._key, answer.status, bytes(response.body), answer.headers
            )
            return response


Call = Annotated[ApiCall, Depends()]
CallOnce = Annotated[ApiCallOnce, Depends()]


class Page(msgspec.Struct, Generic[Item], frozen=True):
    """`next_cursor` leads to the items after these; null at the end."""

    data: list[Item]
    next_cursor: str | None


def page_of(
    request: Request, items: Sequence[Any], limit: int, cursor_of: Callable[[Any], str] | None = None
) -> Answer:
    """`items` holds one more than `limit` when there are more."""
    shown = list(items[:limit])
    more = len(items) > limit
    cursor = (cursor_of(shown[-1]) if cursor_of else shown[-1].id) if more else None
    headers = {}
    if cursor is not None:
        address = request.url.include_query_params(cursor=cursor)
        headers["Link"] = f'<{address.path}?{address.query}>; rel="next"'
    return Answer(Page(shown, cursor), headers=headers)


def _response(answer: Answer) -> Response:
    return _json(msgspec.json.encode(answer.body), answer.status, answer.headers)


def _json(body: bytes, status: int, headers: dict[str, str]) -> Response:
    return Response(body, status, headers, media_type="application/json")
