"""A table of events in one request: how many rows are read, and of how many that are refused it is told."""

import json
from collections.abc import Iterator

import pytest

from api.app import create_app
from api.http.batch import post_batch
from api.http.batch.body_lines import GROUP
from api.importing.formats.event_table import MOST_LINES
from api.running.settings import Settings
from tests.e2e.app_client import AppClient, client_of
from tests.e2e.support import Json, problem

HEADER = "id,source,target,published\n"
MOST_REFUSED = 150


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppClient]:
    url = f"sqlite:///{tmp_path_factory.mktemp('tables')}/one.db"
    with client_of(create_app(Settings(database_url=url, projector="none", wait_timeout=0))) as client:
        yield client


@pytest.fixture(autouse=True)
def few_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(post_batch, "MOST_REFUSED", MOST_REFUSED)


def posted(app: AppClient, *rows: str) -> list[Json]:
    content = HEADER + "".join(f"{row}\n" for row in rows)
    answered = app.post("/v1/articles/batch", content=content, headers={"Content-Type": "text/csv"})
    return [json.loads(line) for line in answered.text.splitlines()]


def test_a_table_of_nonsense_ends_and_says_where(app: AppClient) -> None:
    *results, end = posted(app, *(f"a-{number},b,c,d" for number in range(3 * MOST_REFUSED)))
    assert [result["line"] for result in results] == list(range(2, 2 * GROUP + 2))
    assert end["line"] == 2 * GROUP + 2
    assert end["problem"]["type"] == "urn:detente:problem:too-many-refused"
    assert "no article that begins there or behind it" in end["problem"]["detail"]


def test_all_of_one_article_is_refused_row_by_row(app: AppClient) -> None:
    results = posted(app, *["a,b,c,d"] * (MOST_REFUSED + 1))
    assert [result["status"] for result in results] == [422] * (MOST_REFUSED + 1)


def test_of_many_lines_with_something_wrong_a_few_are_named(app: AppClient) -> None:
    differing = [f"one,b,c,{1900 + number}" for number in range(51)]  # each but the first is another day
    first, *_ = posted(app, *differing)
    assert first["problem"]["detail"].endswith("in line 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 and 40 more")


def test_a_longer_table_is_refused_at_once(app: AppClient) -> None:
    content = HEADER + "\n" * MOST_LINES
    refused = app.post("/v1/articles/batch", content=content, headers={"Content-Type": "text/csv"})
    assert [error["code"] for error in problem(refused, 422)["errors"]] == ["too-many-lines"]
