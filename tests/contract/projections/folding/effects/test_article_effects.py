"""What an article changes is how relations stand with it, less how they stand without it, whomever it reaches."""

from dataclasses import dataclass

import pytest

from api.running.service import Service
from projections.folding.effects import article_effects as module
from projections.folding.effects import before_and_after
from projections.folding.effects.article_effects import effects_of_article
from projections.pairs import Pair
from projections.queries.articles import article_key
from projections.queries.question import Exclusions, Question
from projections.queries.relation import relation_at
from projections.scoring.models import MODEL_2026_1
from projections.storage.connection import Connection
from tests.language import backing, clash, post, statement

DAY = 18_304  # 2020-02-12


@pytest.fixture
def recorded(service: Service) -> Service:
    """Return a service with a clash that spills over, and a tie by which it does."""
    service.log.post_article(post("a-1", clash(killed=8)))
    service.log.post_article(post("a-2", clash(killed=6), statement("RUS", "IRN"), publisher="AFP"))
    service.log.post_article(post("a-3", backing("RUS", "SYR")))
    service.projector.catch_up()
    return service


@dataclass(frozen=True)
class Relations:
    connection: Connection

    def tension(self, pair: Pair, question: Question) -> float:
        return relation_at(self.connection, pair, question).scores.tension


@pytest.mark.parametrize("question", [Question(DAY), Question(DAY + 30, model=MODEL_2026_1)])
def test_an_article_moves_what_it_reports_on_and_what_that_spills_over_to(
    recorded: Service, question: Question
) -> None:
    moved = {
        "a-1": {("SYR", "TUR"), ("RUS", "TUR")},
        "a-2": {("SYR", "TUR"), ("RUS", "TUR"), ("IRN", "RUS")},
        "a-3": {("RUS", "SYR"), ("RUS", "TUR")},
    }
    with recorded.store.reading() as connection:
        relations = Relations(connection)
        for article_id, pairs in moved.items():
            found, others = effects_of_article(connection, article_id, question)
            assert ({each.pair for each in found}, others) == (pairs, 0)
            key = article_key(connection, article_id)
            assert key is not None
            without = question._replace(left_out=Exclusions(articles=frozenset({key})))
            for each in found:
                given = [each.before[0].tension, each.after[0].tension]
                right = [relations.tension(each.pair, asked) for asked in (without, question)]
                assert given == pytest.approx(right, abs=1e-9), (article_id, each.pair)
            assert found[0].moved == max(each.moved for each in found) > 0


def test_of_many_pairs_some_are_told(recorded: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_PAIRS", 2)
    monkeypatch.setattr(before_and_after, "MOST_SHOWN", 1)
    with recorded.store.reading() as connection:
        found, others = effects_of_article(connection, "a-2", Question(DAY))
    assert (len(found), others) == (1, 2)


def test_an_article_that_is_not_folded_changes_nothing_yet(recorded: Service) -> None:
    recorded.log.post_article(post("a-4", clash()))
    with recorded.store.reading() as connection:
        assert effects_of_article(connection, "a-4", Question(DAY)) == ([], 0)
