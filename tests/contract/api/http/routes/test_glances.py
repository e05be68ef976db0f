"""Reads at a glance: the same answers as those that a thread works out, to the last byte."""

import sqlite3
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest

from api.http.routes import relations
from projections.queries.relation import relation_at_a_glance
from tests.e2e.app_client import AppClient, app_client

ACTORS = ("IRN", "RUS", "SYR", "SYR-REB", "TUR", "UKR")
QUERIES = ("", "&as_of=2020-02-12", "&as_of=2020-02-05", "&as_of=2020-03-20&format=csv", "&known_at=2100-01-01")
HEADERS = ("content-type", "etag", "cache-control", "vary", "content-length")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppClient]:
    with app_client(tmp_path_factory.mktemp("glances"), settings={"projector": "none"}) as client:
        client.app.state.service.projector.catch_up()
        yield client


@pytest.fixture
def glances(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Note of each glance whether it was enough."""
    found: list[bool] = []

    def note(*asked: Any) -> Any:
        relation = relation_at_a_glance(*asked)
        found.append(relation is not None)
        return relation

    monkeypatch.setattr(relations, "relation_at_a_glance", note)
    return found


def answers(app: AppClient) -> dict[str, tuple[int, bytes, list[str | None]]]:
    """Return how all pairs are answered, not from the cache: a position makes each another question to it."""
    paths = [
        f"/v1/relations/{a}/{b}?min_position=1{query}" for a, b in combinations(ACTORS, 2) for query in QUERIES
    ]
    found = {path: app.get(path) for path in paths}
    return {
        path: (answer.status_code, answer.content, [answer.headers.get(name) for name in HEADERS])
        for path, answer in found.items()
    }


def test_a_glance_says_the_same_as_all_that_is_read(
    app: AppClient, glances: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    at_a_glance = answers(app)
    assert True in glances

    monkeypatch.setattr(relations, "relation_at_a_glance", lambda *_: None)
    assert answers(app) == at_a_glance


def test_a_pair_of_which_more_counts_is_left_to_a_thread(
    app: AppClient, glances: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = "/v1/relations/SYR/TUR?min_position=2"
    before = app.get(path).content
    monkeypatch.setattr("projections.queries.relation.GLANCE", 1)

    assert app.get(path).content == before
    assert glances == [True, False]


def test_a_glance_waits_for_nobody(app: AppClient) -> None:
    store = app.app.state.service.store
    with store.glancing() as (connection, _):
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 0
    with store.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 60_000


def test_where_a_glance_fails_a_thread_reads(app: AppClient, monkeypatch: pytest.MonkeyPatch) -> None:
    path = "/v1/relations/SYR/TUR?min_position=3"
    before = app.get(path).content

    def locked(*_: Any) -> Any:
        raise sqlite3.OperationalError("database is locked")

    monkeypatch.setattr(relations, "relation_at_a_glance", locked)
    assert app.get(path).content == before
