"""Articles through the client: each stands or falls by itself, and reads reflect what was written."""

import gc
import warnings
from collections.abc import Iterator
from typing import Any

import pandas as pd
import polars as pl
import pytest
from detente_client import Client, UnsentWarning
from detente_client.errors import ArticleDiffersError, BadRequestError, PreconditionFailedError, UnknownActorError

from tests.e2e.support import ActorFactory, article, clash, statement, unique
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
