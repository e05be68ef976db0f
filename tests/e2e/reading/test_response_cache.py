"""Answers that were given before: given again without a look at the projections, and only to who may read."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from projections.storage.reading.snapshot import Mark
from tests.e2e.app_client import AppClient, app_client
from tests.e2e.support import clash, posted, problem, wait_for_all

PATH = "/v1/relations/RUS/TUR"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[AppClient]:
    with app_client(tmp_path) as made:
        yield made


def break_reading(client: AppClient, mark: Mark | None) -> None:
    """Let every look at the projections fail, but at where they stand; at that too if it is None."""
    store = client.app.state.service.store
    store.reading = None
    client.app.state.response_cache._mark._glance = lambda: None
    client.app.state.response_cache._mark._read = (lambda: mark) if mark else _unreachable
    client.app.state.response_cache._mark._fresh_until = float("-inf")


def _unreachable() -> Mark:
    raise TimeoutError("the database does not answer")


def test_what_was_asked_before_is_answered_without_the_projections(client: AppClient) -> None:
    first = client.get(PATH, params={"as_of": "2020-02-12"})
    break_reading(client, client.app.state.service.store.mark())

    again = client.get(PATH, params={"as_of": "2020-02-12"})

    assert (again.status_code, again.content) == (200, first.content)
    names = ("content-type", "content-length", "etag", "cache-control", "vary")
    assert [again.headers[name] for name in names] == [first.headers[name] for name in names]
    assert again.headers["x-request-id"] != first.headers["x-request-id"]
    same = client.get(PATH, params={"as_of": "2020-02-12"}, headers={"If-None-Match": first.headers["etag"]})
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", first.headers["etag"])


@pytest.mark.parametrize(
    ("asked", "headers"),
    [
        ({"as_of": "2020-02-13"}, {}),
        ({"as_of": "2020-02-12", "min_position": 1}, {}),
        ({"as_of": "2020-02-12"}, {"Accept": "text/csv"}),
        ({"as_of": "2020-02-12"}, {"Host": "localhost"}),
    ],
)
def test_another_question_is_worked_out(
    client: AppClient, asked: dict[str, str | int], headers: dict[str, str]
) -> None:
    assert client.get(PATH, params={"as_of": "2020-02-12"}).status_code == 200
    break_reading(client, client.app.state.service.store.mark())

    assert client.get(PATH, params=asked, headers=headers).status_code == 500


def test_once_the_projections_stand_elsewhere_everything_is_worked_out(client: AppClient) -> None:
    assert client.get(PATH).status_code == 200
    mark = client.app.state.service.store.mark()
    break_reading(client, mark._replace(position=mark.position + 1))

    assert client.get(PATH).status_code == 500


def test_a_database_out_of_reach_is_a_503_for_what_is_remembered_too(client: AppClient) -> None:
    assert client.get(PATH).status_code == 200
    break_reading(client, None)

    assert problem(client.get(PATH), 503)["type"].endswith("database-unavailable")


def test_what_is_posted_shows(client: AppClient) -> None:
    before = client.get(PATH, params={"as_of": "2020-02-12"}).json()

    posted(client, clash("RUS", "TUR", "2020-01-20"))
    wait_for_all(client)

    client.app.state.response_cache._mark._fresh_until = float("-inf")
    assert client.get(PATH, params={"as_of": "2020-02-12"}).json()["tension"] > before["tension"]
