"""Other models, what is left out, and how sure: on every kind of store, and on every path to an answer."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from api.importing.seeds import load_seeds
from api.running.service import Service
from domain.articles import ReviseArticle
from domain.events import Provenance
from projections.queries.agreements import agreements_on
from projections.queries.articles import article_key, articles_like, reports_by_incident
from projections.queries.question import Exclusions, Question
from projections.queries.relation import Relation, agreements_in_force, contributions_at, relation_at
from projections.queries.relation_list import relations_at
from projections.queries.tension_series import Interval, tension_points
from projections.scoring.models import DEFAULT_MODEL, MODELS, Model
from projections.scoring.states import State
from projections.times import to_day, to_micros
from tests.contract.asking import all_relations
from tests.language import BY_ANN, agreement, backing, clash, cooperation, header, post, statement

DAY = to_day(date(2020, 2, 12))
SYR_TUR, RUS_TUR = ("SYR", "TUR"), ("RUS", "TUR")
OTHERS: list[Model] = [
    *MODELS.values(),
    DEFAULT_MODEL.with_constants("2026.1", half_life_verbal=60, half_life_material=10),
    DEFAULT_MODEL.with_constants("2026.1", doubt=0.9, magnitude_cap=1.2, wounded_share=1.0),
    DEFAULT_MODEL.with_constants("2026.1", spillover=1.0, prior=2.0, damping=0.0, unknown_below=5.0),
]
WIRE = Exclusions(publishers=frozenset({"the wire"}))


@pytest.fixture(scope="module")
def reported(shared_service: Service) -> Service:
    """Return a service with the seeds and articles of two more publishers, folded; tests only read it."""
    service = shared_service
    load_seeds(service)
    service.log.post_article(
        post(
            "wire-1",
            clash("SYR", "TUR", "2020-02-03", killed=40, wounded=12),
            clash("TUR", "SYR", "2020-01-20"),
            statement("RUS", "TUR", "2020-02-10", "REJECT"),
            backing("RUS", "SYR-REB", "2020-02-01"),
            agreement("RUS TUR", "2020-01-05", agreement="idlib-dmz-2018", development="terminated"),
            publisher="The Wire",
        )
    )
    service.log.post_article(
        post(
            "post-1",
            clash("SYR", "TUR", "2020-02-03", killed=2),
            cooperation("RUS", "TUR", "2016-05-01"),
            publisher="The Post",
        )
    )
    service.projector.catch_up()
    return service


def shown(relation: Relation) -> tuple[Any, ...]:
    """Return what a reader sees of a relation that is not a figure."""
    known = relation.tension_interval is not None
    return relation.pair, relation.state, relation.since, relation.incidents, relation.publishers, known


def figures(relation: Relation) -> Any:
    """Return the figures of a relation, to be compared with a tolerance."""
    standing = relation.scores
    low, high = relation.tension_interval or (-1.0, -1.0)
    scores = (standing.tension, standing.cooperation, standing.conflict, standing.spillover)
    return pytest.approx((*scores, low, high, relation.uncertainty.effective_incidents), abs=1e-9)


@pytest.mark.parametrize("left_out", [Exclusions(), WIRE], ids=["all", "without the wire"])
@pytest.mark.parametrize("model", OTHERS, ids=range(len(OTHERS)))
def test_under_every_model_all_roads_lead_to_one_answer(
    reported: Service, model: Model, left_out: Exclusions
) -> None:
    """All pairs, one pair, and the same as known at an instant after everything was recorded."""
    later = to_micros(BY_ANN.recorded) + 10**15
    with reported.store.reading() as connection:
        for day in (DAY - 30, DAY, DAY + 200):
            question = Question(day, None, model, left_out)
            past = question._replace(known_at=later)
            all_now = all_relations(connection, question)
            all_then = {relation.pair: relation for relation in all_relations(connection, past)}
            assert {relation.pair for relation in all_now} == all_then.keys()
            for listed in all_now:
                alone = relation_at(connection, listed.pair, question)
                then = relation_at(connection, listed.pair, past)
                assert shown(listed) == shown(alone) == shown(then)
                assert figures(listed) == _plain(alone)
                assert figures(alone) == _plain(then)
                assert all_then[listed.pair].scores.tension == pytest.approx(alone.scores.tension, abs=1e-9)
                assert shown(all_then[listed.pair])[:5] == shown(alone)[:5]


def _plain(relation: Relation) -> tuple[float, ...]:
    standing = relation.scores
    low, high = relation.tension_interval or (-1.0, -1.0)
    scores = (standing.tension, standing.cooperation, standing.conflict, standing.spillover)
    return (*scores, low, high, relation.uncertainty.effective_incidents)


@pytest.mark.parametrize("model", OTHERS, ids=range(len(OTHERS)))
def test_under_every_model_the_series_and_the_contributions_say_what_the_relation_says(
    reported: Service, model: Model
) -> None:
    with reported.store.reading() as connection:
        for left_out in (Exclusions(), WIRE):
            question = Question(DAY, None, model, left_out)
            relation = relation_at(connection, RUS_TUR, question)
            points = tension_points(
                connection, RUS_TUR, Question(DAY, None, model, left_out), DAY - 5, Interval.DAY
            ).points
            _, parts = contributions_at(connection, RUS_TUR, question)
            assert points[-1].tension == pytest.approx(relation.scores.tension, abs=1e-9)
            conflict = sum(-part.weight for part in parts if part.weight < 0)
            assert conflict == pytest.approx(relation.scores.conflict, abs=1e-9)
            assert len([part for part in parts if part.via is None]) == relation.incidents


def test_a_changed_constant_changes_what_it_should(reported: Service) -> None:
    with reported.store.reading() as connection:
        plain = relation_at(connection, RUS_TUR, Question(DAY))
        without = DEFAULT_MODEL.with_constants("2026.1", spillover=0.0)
        alone = relation_at(connection, RUS_TUR, Question(DAY, model=without))
    assert alone.scores.spillover == 0 < plain.scores.spillover
    assert alone.scores.conflict == pytest.approx(plain.scores.conflict - plain.scores.spillover)
    assert alone.scores.cooperation_pressure == pytest.approx(plain.scores.cooperation_pressure)
    assert not Question(DAY, model=without).is_plain
    assert not Question(DAY, left_out=WIRE).is_plain
    assert Question(DAY, what_if=("prior:10.0",)).is_plain  # what is supposed is so


def test_without_a_publisher_is_as_if_it_had_never_reported(reported: Service, sqlite_service: Service) -> None:
    load_seeds(sqlite_service)
    sqlite_service.log.post_article(
        post(
            "post-1",
            clash("SYR", "TUR", "2020-02-03", killed=2),
            cooperation("RUS", "TUR", "2016-05-01"),
            publisher="The Post",
        )
    )
    sqlite_service.projector.catch_up()
    question = Question(DAY)
    with reported.store.reading() as connection, sqlite_service.store.reading() as never:
        key = article_key(connection, "wire-1")
        assert key is not None
        for left_out in (WIRE, Exclusions(articles=frozenset({key}))):
            supposed = question._replace(left_out=left_out)
            for pair in (SYR_TUR, RUS_TUR, ("RUS", "SYR"), ("SYR", "SYR-REB")):
                one, other = relation_at(connection, pair, supposed), relation_at(never, pair, question)
                assert shown(one) == shown(other)
                assert figures(one) == _plain(other)
                assert agreements_in_force(connection, pair, supposed) == agreements_in_force(
                    never, pair, question
                )
            assert sorted(relations_at(connection, supposed).pairs) == sorted(relations_at(never, question).pairs)


def test_what_is_left_out_reports_no_incident_and_tells_of_no_agreement(reported: Service) -> None:
    incident = "SYR>TUR:ASSAULT:2020-02-03"
    with reported.store.reading() as connection:
        everyone = reports_by_incident(connection, [incident], Question(DAY))[incident]
        others = reports_by_incident(connection, [incident], Question(DAY, left_out=WIRE))[incident]
        (parts,) = [
            c.incident
            for c in contributions_at(connection, SYR_TUR, Question(DAY, left_out=WIRE))[1]
            if c.incident.id == incident
        ]
        deals = agreements_on(connection, Question(DAY, left_out=WIRE), ["idlib-dmz-2018"])
        terminated = agreements_on(connection, Question(DAY), ["idlib-dmz-2018"])
    assert {one.article_id for one in everyone} - {one.article_id for one in others} == {"wire-1"}
    assert (parts.publishers, parts.killed) == (len({one.publisher for one in others}), 2)
    assert [deal.entry.status for deal in deals] == ["in_force"]
    assert [deal.entry.status for deal in terminated] == ["terminated"]


def test_a_publisher_is_left_out_by_the_name_it_had_then(service: Service) -> None:
    reports = clash("SYR", "TUR"), agreement("SYR TUR", "2018", agreement="deal"), backing("RUS", "SYR")
    service.log.post_article(post("a-1", *reports, publisher="The Old Name"))
    later = Provenance("ann", BY_ANN.recorded + timedelta(hours=1))
    revised = ReviseArticle("a-1", header(publisher="The New Name"), reports, None, later)
    service.log.revise_article(revised)
    service.projector.catch_up()
    found = {}
    with service.store.reading() as connection:
        for known_at in (None, to_micros(BY_ANN.recorded)):
            for name in ("the old name", "the new name"):
                question = Question(DAY, known_at, left_out=Exclusions(publishers=frozenset({name})))
                incidents = relation_at(connection, SYR_TUR, question).incidents
                in_force = agreements_in_force(connection, SYR_TUR, question)
                known = "now" if known_at is None else "then"
                found[known, name] = incidents, len(in_force), len(agreements_on(connection, question))
    assert found == {
        ("now", "the old name"): (2, 1, 1),
        ("now", "the new name"): (0, 0, 0),
        ("then", "the old name"): (0, 0, 0),
        ("then", "the new name"): (2, 1, 1),
    }


def test_an_agreement_within_one_actor_is_left_out_by_its_publisher(service: Service) -> None:
    within = agreement("", "2018", agreement="truce", source=("SYR",), target=("SYR",), source_role="GOV")
    service.log.post_article(post("a-1", within, publisher="The Wire"))
    service.projector.catch_up()
    with service.store.reading() as connection:
        assert len(agreements_on(connection, Question(DAY))) == 1
        assert agreements_on(connection, Question(DAY, left_out=WIRE)) == []


def test_with_everything_left_out_nothing_is_known(reported: Service) -> None:
    everyone = Exclusions(publishers=frozenset({"the wire", "the post", "reuters"}))
    for model in MODELS.values():
        question = Question(DAY, None, model, everyone)
        with reported.store.reading() as connection:
            assert len(relations_at(connection, question)) == 0
            assert all_relations(connection, question) == []
            relation = relation_at(connection, SYR_TUR, question)
        assert (relation.state, relation.since, relation.incidents) == (State.UNKNOWN, None, 0)
        assert (relation.tension_interval, relation.uncertainty.effective_incidents) == (None, 0)


def test_the_interval_of_one_incident_is_that_of_the_exponential_distribution(service: Service) -> None:
    service.log.post_article(post("a-1", clash("SYR", "TUR", "2020-02-12", type="COERCE"), published="2020-02-12"))
    service.projector.catch_up()
    with service.store.reading() as connection:
        found = relation_at(connection, SYR_TUR, Question(DAY + 90))
        later = relation_at(connection, SYR_TUR, Question(DAY + 90 * 20))
        forgotten = relation_at(connection, SYR_TUR, Question(DAY + 90 * 20 + 1))
    weight = 0.5 * 7 * 0.5
    expected = [DEFAULT_MODEL.tension(-weight * np.log(1 - p), 0.0) for p in (0.1, 0.9)]
    assert found.tension_interval == pytest.approx(expected, rel=1e-12)
    assert found.uncertainty.effective_incidents == 1
    assert (later.tension_interval, later.uncertainty.effective_incidents) == (None, 1)
    assert (forgotten.tension_interval, forgotten.uncertainty.effective_incidents) == (None, 0)


def test_words_and_deeds_are_left_out_of_the_interval_at_their_own_ages(service: Service) -> None:
    service.log.post_article(
        post(
            "a-1", statement("RUS", "TUR", "2018-01-01"), clash("RUS", "TUR", "2018-01-01"), published="2018-01-02"
        )
    )
    service.projector.catch_up()
    said = to_day(date(2018, 1, 1))
    with service.store.reading() as connection:
        for known_at in (None, to_micros(BY_ANN.recorded) + 10**15):
            effective = [
                relation_at(connection, RUS_TUR, Question(said + age, known_at)).uncertainty.effective_incidents
                for age in (0, 600, 601, 1800, 1801)
            ]
            assert effective[0] > 1.3
            assert effective[1] > 1 == effective[2] == effective[3]
            assert effective[4] == 0


def test_a_tie_that_has_ended_makes_no_interval(service: Service) -> None:
    service.log.post_article(
        post(
            "a-1",
            backing("RUS", "SYR", "2019-01-01"),
            backing("RUS", "SYR", "2020-02-10", development="ended"),
            clash("SYR", "TUR", "2020-02-01", killed=30),
            cooperation("RUS", "TUR", "2020-02-01"),
        )
    )
    service.projector.catch_up()
    with service.store.reading() as connection:
        backed = relation_at(connection, RUS_TUR, Question(DAY - 3))
        ended = relation_at(connection, RUS_TUR, Question(DAY))
    assert backed.tension_interval is not None
    assert 0 < backed.tension_interval[0] < backed.scores.tension < backed.tension_interval[1]
    assert 1 < backed.uncertainty.effective_incidents < 2
    assert (ended.tension_interval, ended.uncertainty.effective_incidents) == ((0, 0), 1)


def test_articles_are_found_by_id_and_by_how_their_ids_begin(reported: Service) -> None:
    with reported.store.reading() as connection:
        assert article_key(connection, "wire-2") is None
        assert articles_like(connection, "wire-2") == []
        assert articles_like(connection, "idlib-dmz") == ["idlib-2020-02-11"]
        assert articles_like(connection, "%") == []


def test_a_pair_on_which_conflict_spills_over_before_its_first_incident_has_no_publishers_yet(
    service: Service,
) -> None:
    service.log.post_article(
        post(
            "a-1",
            backing("RUS", "SYR", "2019-01-01"),
            clash("SYR", "TUR", "2020-02-01", killed=30),
            statement("RUS", "TUR", "2020-02-20"),
            published="2020-02-21",
        )
    )
    service.projector.catch_up()
    with service.store.reading() as connection:
        (listed,) = (r for r in all_relations(connection, Question(DAY)) if r.pair == RUS_TUR)
        alone = relation_at(connection, RUS_TUR, Question(DAY))
    assert (listed.incidents, listed.publishers) == (alone.incidents, alone.publishers) == (0, 0)
    assert listed.scores.tension == pytest.approx(alone.scores.tension)
    assert alone.scores.tension > 0
