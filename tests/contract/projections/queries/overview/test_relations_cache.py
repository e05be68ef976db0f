"""Lists that were asked for before are what they would be if they were asked for now."""

from collections.abc import Sequence
from functools import partial
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given

from api.running.service import Service
from projections.publishers.stale_weights import read_incident_columns
from projections.queries.overview import relations_cache
from projections.queries.overview.relations_cache import MAX_DAYS, RelationsCache
from projections.queries.question import Question
from projections.queries.relation_list import AllRelations, relations_at, relations_of
from projections.scoring.models import MODELS
from projections.storage.incident_cache import IncidentCache
from projections.storage.reading.snapshot import read_snapshot
from tests.contract.projections.folding.acts import Act, act_and_look, fold_in_pages_of, lives, on_sqlite
from tests.examples import examples
from tests.language import clash, post

DAYS = (18200, 18302, 18350, 18999)


def ask(cache: RelationsCache, service: Service, day: int, *, from_incidents: bool = False) -> AllRelations:
    with service.store.reading() as connection:
        mark = read_snapshot(connection).mark
        return cache.at(connection, mark, Question(day), from_incidents=from_incidents)


def tell(service: Service, article_id: str, *pairs: str) -> None:
    service.log.post_article(post(article_id, *(clash(*pair.split()) for pair in pairs)))
    fold_in_pages_of(1000, service)


def assert_same_as_now(cache: RelationsCache, service: Service) -> None:
    with service.store.reading() as connection:
        mark = read_snapshot(connection).mark
        for day in (*DAYS, DAYS[0]):
            question = Question(day)
            for from_incidents in (False, True):
                kept = cache.at(connection, mark, question, from_incidents=from_incidents)
                now = relations_at(connection, question, read_incident_columns, from_incidents=from_incidents)
                answers = [relations_of(connection, found, range(len(found)), question) for found in (kept, now)]
                assert answers[0] == answers[1]


@examples(10)
@given(lives())
def test_what_is_kept_is_what_is_asked_for_now(done: Sequence[Act]) -> None:
    with TemporaryDirectory() as folder:
        service = on_sqlite(folder)
        cache = RelationsCache(service.incident_cache)
        act_and_look(done, service, partial(assert_same_as_now, cache, service))
        service.projector.rebuild()
        assert_same_as_now(cache, service)
        service.close()


def test_a_day_is_summed_once_in_a_state_of_the_tables(service: Service) -> None:
    cache = RelationsCache(service.incident_cache)
    tell(service, "a-1", "RUS TUR")
    first = ask(cache, service, 18350)
    assert ask(cache, service, 18350) is first
    assert ask(cache, service, 18350, from_incidents=True) is not first
    assert ask(cache, service, 18351) is not first
    assert ask(cache, service, 18350) is first
    tell(service, "a-2", "SYR TUR")
    assert len(ask(cache, service, 18350)) == len(first) + 1


def test_a_day_without_relations_is_kept_as_well(service: Service) -> None:
    cache = RelationsCache(service.incident_cache)
    first = ask(cache, service, 0)
    assert len(first) == 0
    assert ask(cache, service, 0) is first


def test_a_publication_of_history_is_another_state(service: Service) -> None:
    positions: list[int | None] = [None, 7, 7]

    class Incidents(IncidentCache):
        def history_for(self, _: object) -> int | None:
            return positions[0]

    cache = RelationsCache(Incidents())
    first = ask(cache, service, 18350)
    assert ask(cache, service, 18350) is first
    positions.pop(0)
    second = ask(cache, service, 18350)
    assert second is not first
    assert ask(cache, service, 18350) is second


def test_few_days_are_kept(service: Service) -> None:
    cache = RelationsCache(service.incident_cache)
    found = [ask(cache, service, 18350 + number) for number in range(MAX_DAYS + 1)]
    assert all(ask(cache, service, 18350 + number) is found[number] for number in range(1, MAX_DAYS + 1))
    assert ask(cache, service, 18350) is not found[0]


def test_of_many_pairs_the_last_day_alone_is_kept(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relations_cache, "MAX_PAIRS", 1)
    cache = RelationsCache(service.incident_cache)
    tell(service, "a-1", "RUS TUR", "SYR TUR")
    first = ask(cache, service, 18350)
    assert ask(cache, service, 18350) is first
    assert ask(cache, service, 18351) is not first
    assert ask(cache, service, 18350) is not first


@pytest.mark.parametrize(
    "question", [Question(18350, known_at=1), *(Question(18350, model=model) for model in MODELS.values())]
)
def test_what_the_tables_have_no_sums_of_is_not_kept(service: Service, question: Question) -> None:
    cache = RelationsCache(service.incident_cache)
    tell(service, "a-1", "RUS TUR")
    with service.store.reading() as connection:
        mark = read_snapshot(connection).mark
        found = cache.at(connection, mark, question)
        assert (cache.at(connection, mark, question) is found) == question.is_plain
