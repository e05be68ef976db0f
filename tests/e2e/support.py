"""What the end-to-end tests say to a server, in few words."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import httpx

from tests.server import FOLDING_BESIDE, ServerClient, running_server

Json = dict[str, Any]

PROBLEM: Final = "application/problem+json"
_numbers = count(1)


def unique(name: str) -> str:
    """Return a name that nothing else has."""
    return f"{name}-{uuid4().hex[:12]}"


class ActorFactory:
    """Registers actors that nothing else uses."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def __call__(self, *aliases: str) -> str:
        """Register an actor; return its code."""
        code = f"T{next(_numbers)}-{uuid4().hex[:8].upper()}"
        actor = {"code": code, "kind": "group", "name": f"Test actor {code}", "aliases": list(aliases)}
        response = self._client.post("/v1/actors", json=actor)
        assert response.status_code == 201, response.text
        return code

    def pair(self) -> tuple[str, str]:
        """Register two actors; return their codes in code order."""
        one, other = sorted((self(), self()))
        return one, other


def statement(
    source: str | list[str], target: str | list[str], occurred: str = "2020-01-15", **fields: Any
) -> Json:
    """Return a statement."""
    said = {"kind": "statement", "type": "ACCUSE", "source": source, "target": target, "occurred": occurred}
    return {**said, **fields}


def clash(source: str, target: str, occurred: str = "2020-01-15", **fields: Any) -> Json:
    """Return a clash."""
    done = {"kind": "clash", "type": "ASSAULT", "source": source, "target": target, "occurred": occurred}
    return {**done, **fields}


def article(*events: Json, **header: Any) -> Json:
    """Return an article, with an id of its own unless it is given one."""
    defaults = {"id": unique("article"), "publisher": "Test Wire", "published": "2020-01-20"}
    return {**defaults, **header, "events": list(events)}


def posted(client: httpx.Client, *events: Json, **header: Any) -> Json:
    """Post an article that is new; return the answer."""
    response = client.post("/v1/articles", json=article(*events, **header))
    assert response.status_code == 201, response.text
    return answer(response)


def recorded(client: httpx.Client, *events: Json, **header: Any) -> Json:
    """Post an article that is new; return what was sent."""
    sent = article(*events, **header)
    answer(client.post("/v1/articles", json=sent))
    return sent


def answer(response: httpx.Response) -> Json:
    """Return the JSON object of a response that is not an error."""
    assert response.is_success, response.text
    body = response.json()
    assert isinstance(body, dict)
    return body


def read(client: httpx.Client, path: str, **parameters: Any) -> Json:
    """Read a JSON object."""
    return answer(client.get(path, params={name.rstrip("_"): value for name, value in parameters.items()}))


_OF_THE_MOMENT = frozenset({"position", "cited_position", "known_at"})


def relation(client: httpx.Client, a: str, b: str, as_of: str = "2020-02-01", **parameters: Any) -> Json:
    """Read how two actors stand, without what depends on when it is asked."""
    found = read(client, f"/v1/relations/{a}/{b}", as_of=as_of, **parameters)
    return {name: value for name, value in found.items() if name not in _OF_THE_MOMENT}


def log_position(client: httpx.Client) -> int:
    """Return the position of the newest domain event."""
    return int(read(client, "/v1/events", limit=1)["position"])


def wait_for_all(client: httpx.Client) -> int:
    """Wait until the projections reflect the whole log; return its position."""
    position = log_position(client)
    assert read(client, "/v1/relations", limit=1, min_position=position)["position"] >= position
    return position


@contextmanager
def seeded_server(folder: Path, database_url: str = "") -> Iterator[ServerClient]:
    """Run a seeded server, caught up; yield a client of it. It writes to `log` in a folder.

    So it does with its database, unless that is another.
    """
    url = database_url or f"sqlite:///{folder}/detente.db"
    with running_server(url, folder / "log", "--seed", **FOLDING_BESIDE) as client:
        wait_for_all(client)
        yield client


def problem(response: httpx.Response, status: int) -> Json:
    """Return the problem that a response is, having checked its form."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == PROBLEM
    body = response.json()
    assert body["type"].startswith("urn:detente:problem:")
    assert body["title"]
    assert body["detail"]
    assert body["status"] == status
    assert body["request_id"] == response.headers["x-request-id"]
    return dict(body)
