"""Articles through the client: each stands or falls by itself, and reads reflect what was written."""

import gc
import json
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pandas as pd
import polars as pl
import pytest
from detente_client import Client, UnsentWarning
from detente_client.connection.retries import Retries
from detente_client.errors import (
    ArticleDiffersError,
    BadRequestError,
    CannotConnectError,
    PreconditionFailedError,
    UnexpectedAnswerError,
    UnknownActorError,
)

from tests.e2e.support import ActorFactory, article, clash, statement, unique
from tests.patience import PATIENCE
from tests.server import ServerClient


@pytest.fixture
def pair(sqlite_server: ServerClient) -> tuple[str, str]:
    return ActorFactory(sqlite_server).pair()


def test_a_read_reflects_what_was_posted(client: Client, pair: tuple[str, str]) -> None:
    recorded = client.post(article(clash(*pair)))
    assert (recorded.outcome, recorded.changed) == ("recorded", True)
    then = client.at(as_of="2020-02-01")
    assert then.position == client.position >= recorded.position
    relation = then.relation(*pair)
    assert relation.position >= recorded.position
    assert relation.incident_count == 1


def test_the_same_again_is_no_change_and_other_content_a_conflict(client: Client, pair: tuple[str, str]) -> None:
    first = article(clash(*pair))
    client.post(first)
    assert client.post(first).outcome == "unchanged"
    other = {**first, "headline": "Another"}
    with pytest.raises(ArticleDiffersError):
        client.post(other)
    assert client.post(other, on_conflict="revise", reason="The headline changed").outcome == "revised"


def test_what_is_refused_does_not_lose_the_others(client: Client, pair: tuple[str, str]) -> None:
    one, other = pair
    articles: list[Any] = [
        article(clash(one, other)),
        article(clash(one, "Nobody at all")),
        article(clash(one, other, killed=float("nan"))),
        "{no json",
        article(statement(one, other)),
    ]
    posting = client.post_many(articles, batch_size=2)
    results = list(posting)
    assert [result.line for result in results] == [1, 2, 3, 4, 5]
    assert [result.status for result in results] == [201, 422, 0, 400, 201]
    assert isinstance(results[1].error, UnknownActorError)
    assert isinstance(results[2].error, BadRequestError)
    assert (posting.recorded, posting.changed, posting.refused) == (2, 2, 3)
    assert posting.position == results[4].position
    assert client.at(as_of="2020-02-01").relation(one, other).incident_count == 2


def test_a_generator_is_taken_as_it_comes(client: Client, pair: tuple[str, str]) -> None:
    made = 0

    def articles() -> Iterator[dict[str, Any]]:
        nonlocal made
        for _ in range(40):
            made += 1
            yield article(clash(*pair))

    posting = client.post_many(articles(), batch_size=10)
    assert next(posting).line == 1
    assert made == 10
    posting.run()
    assert (made, posting.recorded) == (40, 40)


def test_what_came_before_a_generator_failed_is_sent(client: Client, pair: tuple[str, str]) -> None:
    def articles() -> Iterator[dict[str, Any]]:
        yield article(clash(*pair))
        raise KeyError("the source broke")

    posting = client.post_many(articles())
    assert next(posting).status == 201
    with pytest.raises(KeyError, match="the source broke"):
        next(posting)


def test_what_was_not_sent_is_said(client: Client, pair: tuple[str, str]) -> None:
    postings = [client.post_many([article(clash(*pair))])]
    with pytest.warns(UnsentWarning, match="not all was sent"):
        postings.clear()


@pytest.mark.parametrize("given", [{"id": "one"}, "text", 7])
def test_what_is_no_iterable_of_articles_is_refused(client: Client, given: Any) -> None:
    with pytest.raises(TypeError, match="give an iterable of articles"):
        client.post_many(given)


class TestFrames:
    def frame(self, pair: tuple[str, str], name: str) -> pd.DataFrame:
        one, other = pair
        return pd.DataFrame(
            {
                "id": [f"{name}-1", f"{name}-2", f"{name}-1"],
                "publisher": "Test Wire",
                "published": pd.to_datetime(["2020-01-20"] * 3),
                "type": "ASSAULT",
                "date": pd.to_datetime(["2020-01-15", "2020-01-16", "2020-01-17"]),
                "source": [one, "Nobody at all", other],
                "target": [other, one, one],
                "killed": [3, 2, None],
                "place": ["=Homs", None, "Aleppo"],
            }
        )

    def test_rows_of_an_article_are_posted_together(self, client: Client, pair: tuple[str, str]) -> None:
        name = unique("frame")
        results = list(client.post_many(self.frame(pair, name), batch_size=1))
        assert {result.line: result.status for result in results} == {1: 201, 3: 201, 2: 422}
        stored = client.article(f"{name}-1")
        assert [event.event.get("killed") for event in stored.events] == [3, None]
        assert [event.event.get("place") for event in stored.events] == ["=Homs", "Aleppo"]
        found = client.at(as_of="2020-02-01").relation(*pair).incidents().to_pandas()
        assert sorted(found["day"].dt.date.astype(str)) == ["2020-01-15", "2020-01-17"]

    def test_a_frame_of_polars_is_the_same(self, client: Client, pair: tuple[str, str]) -> None:
        name = unique("frame")
        frame = self.frame(pair, name)
        list(client.post_many(frame))
        records = frame.assign(killed=[3, 2, 0]).to_dict("records")
        records[2]["killed"] = None
        outcomes = [result.outcome for result in client.post_many(pl.from_dicts(records))]
        assert outcomes == ["unchanged", None, "unchanged"]


class TestDecisions:
    def test_correct_and_retract(self, client: Client, pair: tuple[str, str]) -> None:
        recorded = client.post(article(clash(*pair, killed=3), statement(*pair)))
        etag = client.article(recorded.id).etag
        assert etag
        client.correct(recorded.id, 1, clash(*pair, killed=5), reason="A later count", if_match=etag)
        with pytest.raises(PreconditionFailedError):
            client.retract(recorded.id, if_match=etag)
        client.retract(recorded.id, 2, reason="A slip")
        (left,) = client.article(recorded.id).events
        assert left.event["killed"] == 5
        client.retract(recorded.id)
        assert client.article(recorded.id).retracted

    def test_revise(self, client: Client, pair: tuple[str, str]) -> None:
        sent = article(clash(*pair))
        client.post(sent)
        assert client.revise(sent["id"], {**sent, "headline": "New"}, reason="New headline").outcome == "revised"
        assert client.article(sent["id"]).history[-1].recorded_by == "ada"

    def test_an_article_that_was_read_is_sent_as_it_was_posted(
        self, client: Client, pair: tuple[str, str]
    ) -> None:
        names = ("ceasefire-of-" + "-".join(pair)).lower()
        deal = {"kind": "agreement", "purpose": "ceasefire", "development": "reached", "agreement": names}
        sent = article(
            clash(*pair, killed=3, place="Homs"),
            statement(*pair),
            {**deal, "parties": list(pair), "occurred": "2020-01-03"},
            headline="A day",
        )
        recorded = client.post(sent)
        stored = client.article(recorded.id)
        assert client.post(stored).outcome == "unchanged"
        assert client.revise(recorded.id, stored, if_match=stored.etag).outcome == "unchanged"
        newer = stored.model_copy(update={"headline": "Another day"})
        assert client.revise(recorded.id, newer, reason="so it says now").outcome == "revised"
        stored = client.article(recorded.id)
        assert (stored.headline, len(stored.events)) == ("Another day", 3)

    def test_what_was_redacted_is_not_sent_as_it_was_read(
        self, client: Client, sqlite_server: ServerClient, pair: tuple[str, str]
    ) -> None:
        recorded = client.post(article(clash(*pair, summary="A name"), headline="Another name"))
        asked = {"fields": ["headline"], "reason": "asked for"}
        sqlite_server.post(f"/v1/articles/{recorded.id}/redactions", json=asked).raise_for_status()
        with pytest.raises(ValueError, match="were redacted"):
            client.revise(recorded.id, client.article(recorded.id))

    def test_rule_and_withdraw(self, client: Client, pair: tuple[str, str]) -> None:
        ids = [client.post(article(clash(*pair, occurred=f"2020-01-1{day}"))).id for day in (1, 9)]
        ruled = client.rule("link", [(each, 1) for each in ids], "One night")
        then = client.at(as_of="2020-02-01")
        assert then.relation(*pair).incident_count == 1
        client.withdraw(ruled.id, "Two nights")
        assert then.relation(*pair).incident_count == 2
        ruling = client.ruling(ruled.id)
        assert ruling.withdrawal is not None
        assert [each.id for each in client.rulings(article=ids[0])] == [ruled.id]


def test_a_client_that_posts_nothing_warns_of_nothing(client: Client) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert client.post_many([]).run().recorded == 0
        gc.collect()


class Rewritten(httpx.HTTPTransport):
    """The real service, of whose answers to a batch something is made that no service says."""

    def __init__(self, rewrite: Callable[[bytes], bytes]) -> None:
        super().__init__()
        self._rewrite = rewrite

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = super().handle_request(request)
        content = self._rewrite(response.read())
        return httpx.Response(response.status_code, content=content, request=request)


@pytest.mark.parametrize(
    ("rewrite", "why"),
    [
        (lambda _: b"", "no result for line 1, of 2"),
        (lambda content: content.splitlines()[0], "no result for line 2, of 1"),
        (lambda content: content.replace(b'"line"', b'"row"'), "a result of a batch is none"),
    ],
)
def test_an_answer_that_leaves_out_results_is_an_error(
    client: Client, pair: tuple[str, str], rewrite: Callable[[bytes], bytes], why: str
) -> None:
    with (
        Client(client.base_url, recorded_by="ada", timeout=PATIENCE, transport=Rewritten(rewrite)) as odd,
        pytest.raises(UnexpectedAnswerError, match=why),
    ):
        odd.post_many([article(clash(*pair)), article(clash(*pair))]).run()


def test_rows_without_their_results_are_an_error(client: Client, pair: tuple[str, str]) -> None:
    frame = TestFrames().frame(pair, unique("rows"))
    with (
        Client(client.base_url, recorded_by="ada", timeout=PATIENCE, transport=Rewritten(lambda _: b"")) as odd,
        pytest.raises(UnexpectedAnswerError, match="0 results for 3 rows"),
    ):
        odd.post_many(frame).run()


def test_lines_of_json_are_taken_as_they_are(client: Client, pair: tuple[str, str]) -> None:
    sent = [article(clash(*pair)) for _ in range(3)]
    lines: list[str | bytes] = [json.dumps(sent[0]), json.dumps(sent[1], indent=2), json.dumps(sent[2]).encode()]
    posting = client.post_many([*lines, "no JSON", b" ", {"id": {1}}])
    results = list(posting)
    assert [result.status for result in results] == [201, 201, 201, 400, 0, 0]
    assert [result.is_recorded for result in results] == [True] * 3 + [False] * 3
    assert repr(posting) == f"<3 recorded (3 changed), 3 refused, position {posting.position}>"
    assert client.position == posting.position


def test_where_nobody_answers_it_is_said_which_lines_have_no_result(pair: tuple[str, str]) -> None:
    with (
        Client("http://127.0.0.1:9", retries=Retries(times=0)) as nowhere,
        pytest.raises(CannotConnectError) as refused,
    ):
        nowhere.post_many([article(clash(*pair))] * 3, batch_size=2).run()
    assert refused.value.__notes__[0].startswith("lines 1 to 2 have no result")
    with pytest.raises(ValueError, match="batch_size is 0"):
        nowhere.post_many([], batch_size=0)


def test_cells_of_a_frame_are_as_the_table_has_them(client: Client, pair: tuple[str, str]) -> None:
    """What is missing, whole numbers that pandas made floats, days and instants; in groups of whole articles."""
    name = unique("cells")
    one, other = pair
    frame = pl.DataFrame(
        {
            "id": [f"{name}-{number}" for number in (1, 2, 3, 1)],
            "publisher": ["Wire"] * 4,
            "published": [datetime(2020, 1, 20, 9, tzinfo=UTC)] * 4,
            "type": ["ASSAULT"] * 4,
            "source": [one] * 4,
            "target": [other] * 4,
            "occurred": [datetime(2020, 1, 10 + day) for day in range(4)],  # noqa: DTZ001  # a day, as pandas has it
            "killed": [1.0, None, float("nan"), 4.0],
        }
    )
    posting = client.post_many(frame, batch_size=2)
    results = list(posting)
    assert [(result.line, result.status) for result in results[:2]] == [(1, 201), (4, 201)]
    assert sorted(result.line for result in results) == [1, 2, 3, 4]
    stored = client.article(f"{name}-1")
    assert [each.event["killed"] for each in stored.events] == [1, 4]
    assert [each.event["occurred"] for each in stored.events] == ["2020-01-10", "2020-01-13"]
    assert client.article(f"{name}-2").events[0].event.get("killed") is None
