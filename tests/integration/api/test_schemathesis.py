"""The API against its own description: hundreds of good and bad requests, and chains of them, by two
accounts. No server error, nothing that the description does not promise, nothing of the other's."""

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import FlakyStrategyDefinition, Unsatisfiable
from schemathesis import Case, GenerationMode, Response
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.core.failures import FailureGroup
from sqlalchemy import text

from serai.kit.actor import Actor
from serai.kit.db import Database
from serai.main import create_app
from serai.modules import identity
from tests.factories import World, make_world

CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance,
    response_schema_conformance,
]  # fmt: skip
_ROUNDS = 12
BOUNDED = settings(
    deadline=None, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)

SENSIBLE: dict[tuple[str, str], Callable[[int], dict[str, Any]]] = {
    ("POST", "/api/v1/launches"): lambda n: {
        "product": "hello", "name": f"made-{n}", "email": "sara@example.com"
    },
    ("POST", "/api/v1/invitations"): lambda n: {"email": f"guest{n}@example.com", "role": "viewer"},
    ("POST", "/api/v1/roles"): lambda n: {"name": f"Role {n}", "permissions": ["launches:read"]},
    ("PUT", "/api/v1/roles/{role_id}"): lambda n: {"name": f"Role {n}", "permissions": ["team:read"]},
    ("POST", "/api/v1/keys"): lambda n: {"name": f"Key {n}", "scopes": ["launches:read"]},
    ("POST", "/api/v1/token"): lambda n: {"scopes": ["launches:read"]},
}  # fmt: skip


@dataclass
class Served:
    """The application behind a real port, with a worker, in a loop and a thread of their own."""

    url: str
    tokens: dict[str, str]
    keys: dict[str, str]
    accounts: dict[str, str]

    def headers(self, who: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[who]}"}


async def _work(world: World) -> None:
    """What is queued is run, as by a worker, and what belongs to it handled."""
    while True:
        async with world.database.transaction() as session:
            query = "SELECT id FROM operations WHERE state IN ('queued', 'running', 'undoing') ORDER BY id"
            found = (await session.execute(text(query))).scalars().all()
        for operation_id in found:
            await world.run(operation_id)
        await asyncio.sleep(0.02)


async def _key(world: World, actor: Actor) -> tuple[str, str]:
    async with world.database.transaction() as session:
        row, clear = await identity.create_token(session, actor, "test")
    return row.id, clear


async def _serve(url: str, home: Path, ready: "Future[Served]", stop: threading.Event) -> None:
    database = Database(url, pool_size=5)
    try:
        world = make_world(database, home)
        await world.server(capacity=5000, ports=5000)
        await world.product()
        actors = {"A": await world.account(), "B": await world.account()}
        made = {who: await _key(world, actor) for who, actor in actors.items()}
        await world.launch(actors["A"], "system-of-a")
        server = uvicorn.Server(uvicorn.Config(create_app(world.platform), port=0, log_config=None))
        tasks = [asyncio.create_task(server.serve()), asyncio.create_task(_work(world))]
        while not server.started:
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        accounts = {who: str(actor.account_id) for who, actor in actors.items()}
        tokens = {who: clear for who, (_, clear) in made.items()}
        keys = {who: key_id for who, (key_id, _) in made.items()}
        ready.set_result(Served(f"http://127.0.0.1:{port}", tokens, keys, accounts))
        while not stop.is_set():
            await asyncio.sleep(0.05)
        server.should_exit = True
        tasks[1].cancel()
        await tasks[0]
    except BaseException as error:
        ready.set_exception(error)
        raise
    finally:
        await database.close()


@pytest.fixture
def served(database_url: str, tmp_path: Path) -> Iterator[Served]:
    ready: Future[Served] = Future()
    stop = threading.Event()
    thread = threading.Thread(
        target=lambda: asyncio.run(_serve(database_url, tmp_path / "home", ready, stop))
    )
    thread.start()
    try:
        yield ready.result(60)
    finally:
        stop.set()
        thread.join(30)


def test_each_operation_keeps_its_word_for_good_and_bad_input(
    served: Served, record_property: Callable[[str, object], None]
) -> None:
    schema = schemathesis.openapi.from_url(f"{served.url}/api/v1/openapi.json")
    asked = 0
    for found in schema.get_all_operations():
        operation = found.ok()
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            with suppress(Unsatisfiable):  # there is no wrong way to ask some
                asked += _ask(served, operation, mode)
    assert asked > 200
    record_property("figures", f"schemathesis: {asked} requests one by one")


def _ask(served: Served, operation: Any, mode: GenerationMode) -> int:
    count = 0

    @settings(BOUNDED, max_examples=10)
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Case) -> None:
        nonlocal count
        count += 1
        who = "AB"[count % 2]
        response = case.call(headers=served.headers(who))
        _nothing_of_the_other(served, who, case, response)
        case.validate_response(response, checks=CHECKS)

    ask()
    return count


def test_chains_of_requests_by_two_accounts_keep_their_word(
    served: Served, record_property: Callable[[str, object], None]
) -> None:
    schema = schemathesis.openapi.from_url(f"{served.url}/api/v1/openapi.json")
    asked: Counter[str] = Counter()
    answered: Counter[tuple[str, str, str, int]] = Counter()
    complaints: list[str] = []

    class Chain(schema.as_state_machine()):  # type: ignore[misc]
        """Who asks changes along a chain, so that each meets the other's ids."""

        def before_call(self, case: Case) -> None:
            """Every other wish makes sense: rarely would made-up words launch a system."""
            make = SENSIBLE.get((case.method, case.operation.path))
            if make is not None and asked.total() % 2:
                case.body = make(asked.total())
            if case.path_parameters.get("key_id") in served.keys.values():
                case.path_parameters["key_id"] = "tok_not_our_own"

        def get_call_kwargs(self, case: Case) -> dict[str, Any]:
            self.who = "AAB"[asked.total() % 3]
            asked[self.who] += 1
            return {"headers": served.headers(self.who)}

        def validate_response(self, response: Response, case: Case, **options: Any) -> None:
            """Collected: Hypothesis would repeat a failure, which what happened since may hide."""
            answered[self.who, case.method, case.operation.path, response.status_code] += 1
            try:
                _nothing_of_the_other(served, self.who, case, response)
                case.validate_response(response, checks=CHECKS)
            except (AssertionError, FailureGroup) as error:
                complaints.append(f"{case.method} {case.formatted_path} as {self.who}: {error!r}")

    for number in range(_ROUNDS):
        rounds = seed(number)(type(f"Chain{number}", (Chain,), {}))
        with suppress(FlakyStrategyDefinition):  # what exists differs from chain to chain
            rounds.run(settings=settings(BOUNDED, derandomize=False, max_examples=4, stateful_step_count=12))
    assert not complaints, "\n".join(complaints)
    assert answered["A", "POST", "/api/v1/launches", 202]
    assert sum(number for (who, *_, status), number in answered.items() if (who, status) == ("B", 404)) > 10
    for who in "AB":
        good = sum(
            number for (whose, *_, status), number in answered.items() if whose == who and status < 300
        )
        assert good > 30, f"the key of {who} was good to the end"
    record_property("figures", f"schemathesis: {asked.total()} requests in chains by two accounts")


def _nothing_of_the_other(served: Served, who: str, case: Case, response: Response) -> None:
    """What belongs to an account names it, and the other's first system has a name of its own."""
    other = "B" if who == "A" else "A"
    assert served.accounts[other] not in response.text, f"{case.method} {case.path} as {who}"
    if who == "B" and response.status_code < 300 and case.method != "POST":
        assert '"name":"system-of-a"' not in response.text or "/launch-names/" in case.path
