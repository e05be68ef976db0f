"""Requests are sent again where that does the same, after as long as the service says, and not without end."""

import asyncio
import json
import time
from collections.abc import Callable

import httpx
import pytest
from detente_client import AsyncClient, Client, Retries
from detente_client.errors import (
    BrokenConnectionError,
    BusyError,
    CannotConnectError,
    ChangedMeanwhileError,
    DatabaseError,
    ServiceFailedError,
    StoppingError,
    TimedOutError,
    UnexpectedAnswerError,
)

RECORDED = {"id": "a", "changed": True, "position": 3, "version": 1, "outcome": "recorded"}
HEALTH = {"status": "ok", "log_position": 3}
ARTICLE = {"id": "a", "publisher": "P", "published": "2020-01-01", "events": []}
Step = httpx.Response | Exception


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    pauses: list[float] = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    return pauses


def problem(kind: str, status: int = 503, headers: dict[str, str] | None = None) -> httpx.Response:
    body = {"type": f"urn:detente:problem:{kind}", "title": kind, "status": status, "detail": kind}
    content = json.dumps(body).encode()
    return httpx.Response(
        status, headers={"content-type": "application/problem+json", **(headers or {})}, content=content
    )


class Service:
    """Answers with one step after the other, and counts the requests."""

    def __init__(self, *steps: Step) -> None:
        self.steps = list(steps)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        step = self.steps.pop(0)
        if isinstance(step, Exception):
            raise step
        return step

    def client(self, retries: Retries | None = None) -> Client:
        return Client("http://service", retries=retries, transport=httpx.MockTransport(self))


def ok() -> httpx.Response:
    return httpx.Response(200, json=HEALTH)


def recorded() -> httpx.Response:
    return httpx.Response(201, json=RECORDED)


@pytest.mark.parametrize(
    "failed",
    [
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("closed"),
        problem("busy"),
        problem("stopping"),
        problem("database-unavailable"),
        problem("projections-behind"),
        httpx.Response(502, text="Bad gateway"),
        httpx.Response(504, text="Gateway timeout"),
    ],
    ids=repr,
)
def test_a_read_is_sent_again(failed: Step, slept: list[float]) -> None:
    service = Service(failed, ok())
    assert service.client().health().status == "ok"
    assert len(service.requests) == 2
    assert 0.125 <= slept[0] <= 0.25


def test_pauses_double_and_end(slept: list[float]) -> None:
    service = Service(*(problem("busy") for _ in range(4)))
    with pytest.raises(BusyError):
        service.client().health()
    assert len(service.requests) == 4
    assert [lowest <= pause <= 2 * lowest for pause, lowest in zip(slept, (0.125, 0.25, 0.5), strict=True)] == [
        True
    ] * 3


@pytest.mark.parametrize(("named", "waited"), [("7", [7.0]), ("0", [0.0])])
def test_the_time_that_the_service_names_is_waited_for(
    named: str, waited: list[float], slept: list[float]
) -> None:
    Service(problem("busy", headers={"retry-after": named}), ok()).client().health()
    assert slept == waited


def test_a_date_is_a_time_too(slept: list[float]) -> None:
    dates = {"retry-after": "Thu, 01 Jan 2026 00:00:09 GMT", "date": "Thu, 01 Jan 2026 00:00:00 GMT"}
    Service(problem("busy", headers=dates), ok()).client().health()
    assert slept == [9.0]


def test_a_time_that_is_too_long_is_told_and_not_waited_for(slept: list[float]) -> None:
    service = Service(problem("busy", headers={"retry-after": "3600"}))
    with pytest.raises(BusyError) as refused:
        service.client(Retries(longest=30)).health()
    assert (slept, refused.value.retry_after) == ([], 3600.0)


@pytest.mark.parametrize("kind", ["outdated-projections", "database-damaged", "internal-error", "storage-full"])
def test_what_does_not_pass_by_itself_is_told_at_once(kind: str, slept: list[float]) -> None:
    with pytest.raises(ServiceFailedError):
        Service(problem(kind)).client().health()
    assert slept == []


@pytest.mark.parametrize(
    "failed", [httpx.ReadTimeout("slow"), problem("stopping"), problem("changed-meanwhile")], ids=repr
)
def test_an_article_is_posted_again(failed: Step, slept: list[float]) -> None:
    service = Service(failed, recorded())
    assert service.client().post(ARTICLE).changed
    assert [request.content for request in service.requests] == [service.requests[0].content] * 2
    assert len(slept) == 1


WRITES: dict[str, Callable[[Client], object]] = {
    "revise": lambda client: client.revise("a", ARTICLE),
    "post and revise": lambda client: client.post(ARTICLE, on_conflict="revise"),
    "correct": lambda client: client.correct("a", 1, {}),
    "retract": lambda client: client.retract("a"),
    "withdraw": lambda client: client.withdraw("r", "why"),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
class TestWhatMayNotBeDoneTwice:
    @pytest.mark.parametrize(
        ("failed", "kind"),
        [
            (httpx.ReadTimeout("slow"), TimedOutError),
            (httpx.RemoteProtocolError("closed"), BrokenConnectionError),
            (problem("stopping"), StoppingError),
            (problem("database-unavailable"), DatabaseError),
            (httpx.Response(502, text="Bad gateway"), UnexpectedAnswerError),
        ],
        ids=repr,
    )
    def test_is_not_sent_again_once_it_may_have_arrived(
        self, write: Callable[[Client], object], failed: Step, kind: type[Exception], slept: list[float]
    ) -> None:
        service = Service(failed)
        with pytest.raises(kind):
            write(service.client())
        assert (len(service.requests), slept) == (1, [])

    @pytest.mark.parametrize("failed", [httpx.ConnectError("refused"), problem("changed-meanwhile")], ids=repr)
    def test_is_sent_again_where_nothing_was_done(
        self, write: Callable[[Client], object], failed: Step, slept: list[float]
    ) -> None:
        write(Service(failed, recorded()).client())
        assert len(slept) == 1


def test_no_retries(slept: list[float]) -> None:
    with pytest.raises(CannotConnectError, match="nobody answers at http://service"):
        Service(httpx.ConnectError("refused")).client(Retries(times=0)).health()
    with pytest.raises(ChangedMeanwhileError):
        Service(problem("changed-meanwhile")).client(Retries(times=0)).post(ARTICLE)
    assert slept == []


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, text="<html>Sign in</html>", headers={"content-type": "text/html"}),
        httpx.Response(200, json={"hello": "world"}),
        httpx.Response(302, headers={"location": "http://elsewhere/"}),
        httpx.Response(404, text="nginx"),
        httpx.Response(404, text="{}", headers={"content-type": "application/problem+json"}),
    ],
    ids=repr,
)
def test_an_answer_of_something_else_is_said_to_be_that(answer: httpx.Response, slept: list[float]) -> None:
    service = Service(answer)
    with pytest.raises(UnexpectedAnswerError, match="is it Détente that answers"):
        service.client().health()
    assert (len(service.requests), slept) == (1, [])


def test_the_key_is_sent_and_not_shown() -> None:
    service = Service(ok())
    client = Client("http://service", key="detente_secret", transport=httpx.MockTransport(service))
    client.health()
    assert service.requests[0].headers["authorization"] == "Bearer detente_secret"
    assert "secret" not in repr(client)


def test_asynchronously_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    async def ask(service: Service) -> str:
        async with AsyncClient("http://service", transport=httpx.MockTransport(service)) as client:
            return (await client.health()).status

    monkeypatch.setattr(asyncio, "sleep", sleep)
    service = Service(problem("busy", headers={"retry-after": "2"}), httpx.ReadTimeout("slow"), ok())
    assert asyncio.run(ask(service)) == "ok"
    assert (pauses[0], len(pauses)) == (2.0, 2)


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (httpx.UnsupportedProtocol("gopher"), CannotConnectError),
        (httpx.LocalProtocolError("no header"), BrokenConnectionError),
    ],
)
def test_what_can_never_be_sent_is_not_tried_again(
    error: httpx.TransportError, raised: type[Exception], slept: list[float]
) -> None:
    service = Service(error)
    with pytest.raises(raised):
        service.client().health()
    assert (len(service.requests), slept) == (1, [])
