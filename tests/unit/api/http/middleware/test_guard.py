"""The guard around the routes, and what counts as this machine."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from fastapi import APIRouter, FastAPI
from starlette.types import Message, Receive, Send
from starlette.types import Scope as Connection

from api.access.key_ring import MAX_AGE, Caller, KeyRing
from api.access.keys import Key, NewKey, Scope, make_key
from api.access.loopback import binds_loopback, is_loopback, why_not_local
from api.access.throttle import LINE, LONGEST_DELAY, Throttle
from api.app import create_app
from api.http.middleware.guard import Guard
from api.http.scopes import OPEN_PATHS, READS, Unguarded, check_every_route_is_guarded
from api.running.settings import Settings
from tests.unit.api.access.test_throttle import Time

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)

# Every route names its scope


def test_every_route_of_the_app_is_guarded() -> None:
    check_every_route_is_guarded(create_app(Settings()))


def test_the_open_paths_are_these() -> None:
    for_all = {"/health/live", "/health/ready", "/openapi.json"}
    assert for_all | {"/sign-in", "/sign-in/again", "/sign-out"} == OPEN_PATHS


def _bare() -> dict[str, str]:
    return {}


@pytest.mark.parametrize("in_schema", [True, False])
def test_a_route_that_names_no_scope_is_found(in_schema: bool) -> None:
    router = APIRouter(prefix="/v1/secrets")
    router.add_api_route("", _bare, include_in_schema=in_schema)
    app = FastAPI(docs_url=None, redoc_url=None)
    app.include_router(router)

    with pytest.raises(Unguarded, match="/v1/secrets"):
        check_every_route_is_guarded(app)


def test_so_is_an_app_within_the_app() -> None:
    app = FastAPI(docs_url=None, redoc_url=None)
    app.mount("/inner", FastAPI())

    with pytest.raises(Unguarded, match="/inner"):
        check_every_route_is_guarded(app)


def test_a_router_may_name_the_scope_for_all_its_routes() -> None:
    router = APIRouter(prefix="/v1/secrets", dependencies=[READS])
    router.add_api_route("", _bare)
    app = FastAPI(docs_url=None, redoc_url=None)
    app.include_router(router)

    check_every_route_is_guarded(app)


# Keys are read again after a while


def test_keys_are_read_once_in_a_while_by_whoever_comes_first() -> None:
    now = 50.0
    stored = [make_key("one", Scope.READ, NOON).key]
    reads = 0

    def read() -> Sequence[Key]:
        nonlocal reads
        reads += 1
        return list(stored)

    async def story() -> None:
        nonlocal now
        ring = KeyRing(read, lambda: now)
        assert [len(keys) for keys in await asyncio.gather(*(ring.keys() for _ in range(20)))] == [1] * 20
        assert reads == 1
        stored.append(make_key("two", Scope.READ, NOON).key)
        now += MAX_AGE - 0.01
        assert len(await ring.keys()) == 1
        now += 0.01
        assert [len(keys) for keys in await asyncio.gather(*(ring.keys() for _ in range(20)))] == [2] * 20
        assert reads == 2

    asyncio.run(story())


def test_nobody_gets_in_while_keys_cannot_be_read() -> None:
    now = 0.0
    stored = [make_key("one", Scope.READ, NOON).key]

    def read() -> Sequence[Key]:
        if now:
            raise OSError("the database is away")
        return stored

    async def story() -> None:
        nonlocal now
        ring = KeyRing(read, lambda: now)
        assert await ring.keys()
        now = MAX_AGE
        for _ in range(2):
            with pytest.raises(OSError, match="away"):
                await ring.keys()

    asyncio.run(story())


# Wrong keys wait


def test_wrong_keys_wait_in_line_and_right_ones_pass_it_however_full_it_is() -> None:
    right, wrong, revoked = (make_key(name, Scope.READ, NOON) for name in ("one", "other", "former"))
    guessed = NewKey(right.key, right.text[:-1] + ("0" if right.text[-1] != "0" else "1"))
    time = Time()
    admitted: list[Caller] = []

    async def route(scope: Connection, _receive: Receive, _send: Send) -> None:
        admitted.append(scope["state"]["caller"])

    guard = Guard(route, "127.0.0.1", Throttle(time.clock, time.sleep))
    keys = KeyRing(lambda: [right.key, revoked.key._replace(revoked=NOON)], lambda: 0.0)

    async def ask(key: NewKey) -> list[Message]:
        sent: list[Message] = []

        async def send(message: Message) -> None:
            sent.append(message)

        async def receive() -> Message:
            raise AssertionError("the body is read before the key")

        scope = connection(("192.0.2.1", 8000), ("192.0.2.7", 1), authorization=f"Bearer {key.text}")
        service = SimpleNamespace(clock=lambda: NOON)
        app = SimpleNamespace(state=SimpleNamespace(keys=keys, service=service))
        await guard({**scope, "path": "/v1/actors", "app": app, "state": {"request_id": "1"}}, receive, send)
        return sent

    async def all_wait(held: Sequence[asyncio.Task[list[Message]]]) -> None:
        while len(time.waits) < len(held):
            assert not any(task.done() for task in held), "it was not held back"
            await asyncio.sleep(0)

    async def story() -> None:
        held = [asyncio.create_task(ask(wrong)) for _ in range(LINE - 1)]
        await all_wait(held)
        assert await ask(right) == []
        held.append(asyncio.create_task(ask(wrong)))
        await all_wait(held)
        assert await ask(right) == []
        for key in (wrong, revoked, guessed):
            start, _body = await ask(key)
            assert start["status"] == 429
            assert int(dict(start["headers"])[b"retry-after"]) > 1
        assert admitted == [Caller("one", Scope.READ)] * 2
        assert not any(task.done() for task in held)

        await time.advance(LINE * LONGEST_DELAY)
        assert [(await task)[0]["status"] for task in held] == [401] * LINE
        assert await ask(right) == []

    asyncio.run(story())


# What is this machine


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1", "::1%lo"])
def test_loopback_addresses(address: str) -> None:
    assert is_loopback(address)


@pytest.mark.parametrize("address", ["", "0.0.0.0", "::", "192.0.2.1", "::ffff:192.0.2.1", "localhost", "/run/s"])  # noqa: S104
def test_other_addresses(address: str) -> None:
    assert not is_loopback(address)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.1"])
def test_what_this_machine_alone_reaches(host: str) -> None:
    assert binds_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "", "::", "0", "192.0.2.1", "no.such.host.invalid", "a" * 300, "ä\0"])  # noqa: S104
def test_what_others_may_reach(host: str) -> None:
    assert not binds_loopback(host)


def connection(
    server: object = ("127.0.0.1", 8000),
    client: object = ("127.0.0.1", 40000),
    **headers: str,
) -> Connection:
    given = {"host": "127.0.0.1:8000", **headers}
    raw = [(name.encode(), value.encode("latin-1")) for name, value in given.items() if value]
    return {"type": "http", "method": "GET", "server": server, "client": client, "headers": raw}


@pytest.mark.parametrize(
    "scope",
    [
        connection(),
        connection(host="localhost"),
        connection(host="LocalHost:8000"),
        connection(("::1", 8000), ("::1", 1), host="[::1]:8000"),
        connection(("127.0.1.1", 8000), host="Desk-7:8000"),
        connection(origin="http://localhost:8888"),
        connection(origin="http://127.0.0.1:8000"),
    ],
)
def test_a_request_of_this_machine(scope: Connection) -> None:
    assert why_not_local(scope, "desk-7") is None


@pytest.mark.parametrize(
    ("scope", "reason"),
    [
        (connection(server=("192.0.2.1", 8000)), "others can reach"),
        (connection(server=("::ffff:192.0.2.1", 8000)), "others can reach"),
        (connection(server=None), "others can reach"),
        (connection(server=("/run/detente.sock", None)), "others can reach"),
        (connection(client=("192.0.2.7", 1)), "another machine"),
        (connection(client=None), "another machine"),
        (connection(host=""), "Host"),
        (connection(host="evil.example"), "Host"),
        (connection(host="localhost.evil.example:8000"), "Host"),
        (connection(host="127.0.0.1.evil.example"), "Host"),
        (connection(host="evil.example@"), "Host"),
        (connection(host="[::1"), "Host"),
        (connection(host="0.0.0.0:8000"), "Host"),
        (connection(origin="http://evil.example"), "origin"),
        (connection(origin="http://localhost.evil.example"), "origin"),
        (connection(origin="null"), "origin"),
        (connection(origin="\xff"), "origin"),
    ],
)
def test_a_request_of_others_or_not_meant_for_us(scope: Connection, reason: str) -> None:
    found = why_not_local(scope, "127.0.0.1")

    assert found is not None
    assert reason in found
