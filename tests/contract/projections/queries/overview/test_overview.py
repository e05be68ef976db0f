"""What the overview is made of, against the answers to the same questions of one pair: on both databases."""

from datetime import date
from functools import partial

import numpy as np
import pytest

from api.http.schemas.sentences.explanation_sentences import sentence
from api.running.service import Service
from domain.articles import CorrectReport, RetractArticle
from projections.evidence.agreements import Status
from projections.publishers.stale_weights import read_incident_columns
from projections.queries.agreements import agreements_on
from projections.queries.explanations import explanation_of
from projections.queries.overview.corrected_pairs import corrected_pairs
from projections.queries.overview.movers import SPANS, changes_of_all, movers
from projections.queries.overview.newest_articles import newest_articles
from projections.queries.overview.pair_columns import columns_behind
from projections.queries.overview.relation_rows import WEEKS, relation_rows
from projections.queries.overview.strained_agreements import strained_agreements
from projections.queries.question import Exclusions, Question
from projections.queries.relation import relation_at
from projections.queries.relation_list import relations_at
from projections.queries.tension_series import Interval, tension_points
from projections.scoring.context.weekly_tension import week_ends
from projections.scoring.models import MODELS
from projections.storage.connection import Connection
from projections.times import to_day
from tests.language import BY_ANN, agreement, clash, post

DAY = to_day(date(2020, 2, 12))
QUESTIONS = [
    Question(DAY),
    Question(DAY - 20),
    Question(DAY + 400),
    Question(DAY, published_by=DAY - 1),
    Question(DAY, left_out=Exclusions(frozenset({"wire"}))),
    *(Question(DAY, model=model) for model in MODELS.values()),
]


@pytest.fixture(scope="module")
def told(shared_seeds: Service) -> Service:
    """Return a service with the seeds, and with what makes pairs that only a tie brings together move."""
    reports = [clash("SYR-REB", "RUS", "2019-11-03", killed=3), clash("RUS", "UKR", "2020-02-11")]
    shared_seeds.log.post_article(post("moving", *reports, publisher="Wire"))
    shared_seeds.projector.catch_up()
    return shared_seeds


@pytest.mark.parametrize("question", QUESTIONS, ids=range(len(QUESTIONS)))
def test_the_rows_are_what_each_pair_answers_by_itself(told: Service, question: Question) -> None:
    with told.store.reading() as connection:
        found = relations_at(connection, question, read_incident_columns)
        columns = columns_behind(connection, found, read_incident_columns)
        rows = relation_rows(connection, found, range(len(found)), columns, question)
        assert len(rows) >= 4
        for row in rows if question.is_unfiltered else rows[:2]:  # which take long one by one
            relation = relation_at(connection, row.pair, question)
            assert (row.state, row.since) == (relation.state, relation.since)
            assert row.tension == pytest.approx(relation.scores.tension, abs=1e-9)
            trend, usual, clash_of_pair = (
                relation.context.trend,
                relation.context.usual,
                relation.context.last_clash,
            )
            assert row.last_clash == (clash_of_pair.day if clash_of_pair else None)
            assert (row.trend and row.trend.direction) == (trend and trend.direction)
            assert (row.usual and row.usual.weeks) == (usual and usual.weeks)
            first = week_ends(question.day, WEEKS)[0]
            series = tension_points(connection, row.pair, question, int(first), Interval.WEEK).points
            assert [point.day for point in series] == week_ends(question.day, WEEKS).tolist()
            np.testing.assert_allclose(row.weeks, [point.tension for point in series], rtol=0, atol=1e-9)


def test_the_rows_are_the_same_from_running_sums_and_the_incidents_of_the_pairs_that_are_shown(
    told: Service,
) -> None:
    question = Question(DAY + 10)
    with told.store.reading() as connection:
        rows = []
        for from_incidents in (False, True):
            found = relations_at(connection, question, read_incident_columns, from_incidents=from_incidents)
            index = found.pairs.index(("RUS", "TUR"))
            columns = columns_behind(connection, found, read_incident_columns, [found.pairs[index]])
            assert (found.columns is None) is not from_incidents
            rows += relation_rows(connection, found, [index], columns, question)
    one, other = rows
    np.testing.assert_allclose(one.weeks, other.weeks, rtol=0, atol=1e-9)
    assert one.tension == pytest.approx(other.tension)
    assert one._replace(weeks=other.weeks, tension=0, cooperation=0) == other._replace(tension=0, cooperation=0)


def test_movers_moved_as_the_list_of_both_days_says_and_for_the_reasons_of_their_explanations(
    told: Service,
) -> None:
    question, names = Question(DAY), told.log.directory().names
    with told.store.reading() as connection:
        found = relations_at(connection, question, read_incident_columns)
        columns = columns_behind(connection, found, read_incident_columns)
        changes = changes_of_all(found, columns, question)
        moved = movers(changes, found, columns, question, most=4)
        assert set(moved) == set(SPANS)
        for span, of_span in moved.items():
            before = question._replace(day=DAY - span)
            expected = _changes(connection, before, question)
            assert [mover.pair for mover in of_span] == expected[: len(of_span)]
            assert len(of_span) == 4
            for mover in of_span:
                why = explanation_of(connection, mover.pair, before, question)
                assert mover.change == pytest.approx(why.change, abs=1e-9)
                assert mover.explanation is not None
                assert sentence(mover.pair, before, question, mover.explanation, names) == sentence(
                    mover.pair, before, question, why, names
                )


def _changes(connection: Connection, before: Question, after: Question) -> list[tuple[str, str]]:
    """Return the pairs by how much their tensions differ between two lists of all relations."""
    then, now = (
        dict(zip(found.pairs, found.tension.tolist(), strict=True))
        for found in (relations_at(connection, each, read_incident_columns) for each in (before, after))
    )
    changes = {pair: now.get(pair, 0.0) - then.get(pair, 0.0) for pair in then.keys() | now.keys()}
    return sorted(changes, key=lambda pair: (-round(abs(changes[pair]), 9), pair))


def test_a_reference_model_has_movers_without_reasons(told: Service) -> None:
    question = Question(DAY, model=MODELS["goldstein-mean"])
    with told.store.reading() as connection:
        found = relations_at(connection, question, read_incident_columns)
        columns = columns_behind(connection, found, read_incident_columns)
        moved = movers(changes_of_all(found, columns, question), found, columns, question, most=2)
    assert {mover.explanation for of_span in moved.values() for mover in of_span} == {None}


def test_agreements_under_strain_are_violated_or_among_parties_that_grow_tenser(service: Service) -> None:
    service.log.post_article(post("agreed", agreement("SYR TUR", "2020-01-01", agreement="kept", purpose="trade")))
    service.log.post_article(
        post("truce", agreement("RUS UKR", "2019-01", agreement="truce", purpose="ceasefire"))
    )
    service.log.post_article(post("calm", agreement("IRN IRQ", "2019-01", agreement="calm")))
    service.log.post_article(post("wide", agreement("IRN IRQ SYR TUR", "2019-01", agreement="wide")))
    service.log.post_article(post("war", clash("SYR", "TUR", "2020-02-10"), clash("RUS", "UKR", "2019-06-01")))
    service.projector.catch_up()
    question = Question(DAY)
    with service.store.reading() as connection:
        found = relations_at(connection, question, read_incident_columns)
        columns = columns_behind(connection, found, read_incident_columns)
        strained = strained_agreements(
            agreements_on(connection, question), changes_of_all(found, columns, question)
        )
    assert [(each.agreement.entry.agreement, each.pair) for each in strained] == [
        ("truce", None),
        ("kept", ("SYR", "TUR")),
        ("wide", ("SYR", "TUR")),
    ]
    assert strained[0].agreement.entry.status is Status.VIOLATED
    assert strained[1].change > 20


def test_what_corrections_moved_is_as_it_was_before_the_first_of_them(service: Service) -> None:
    for name in ("one", "two", "three"):
        both = clash("SYR", "TUR", "2020-02-10"), clash("IRN", "IRQ", "2020-02-09")
        service.log.post_article(post(name, *both, publisher=name))
    service.projector.catch_up()
    with service.store.reading_snapshot() as (connection, snapshot):
        assert corrected_pairs(connection, Question(DAY).answered_by(snapshot.recorded)) == ([], [])
    service.log.correct_report(CorrectReport("one", 1, clash("SYR", "TUR", "2020-02-10", killed=40), None, BY_ANN))
    service.log.retract_article(RetractArticle("two", None, BY_ANN))
    service.projector.catch_up()
    with service.store.reading_snapshot() as (connection, snapshot):
        question = Question(DAY).answered_by(snapshot.recorded)
        moved, others = corrected_pairs(connection, question)
        assert [each.pair for each in moved] == [("SYR", "TUR"), ("IRN", "IRQ")]
        for each in moved:
            before, after = (relation_at(connection, each.pair, side) for side in (each.before, each.after))
            change = after.scores.tension - before.scores.tension
            assert each.explanation.change == pytest.approx(change)
    assert not others
    assert moved[0].explanation.change > 0 > moved[1].explanation.change


def test_the_newest_articles_are_those_of_then_with_their_headers_of_then(service: Service) -> None:
    service.log.post_article(post("old", clash(day="2020-01-30"), published="2020-02-01", headline="Old"))
    service.log.post_article(post("new", clash("IRN", "IRQ"), published="2020-02-05", headline="New"))
    service.projector.catch_up()
    with service.store.reading_snapshot() as (connection, snapshot):
        newest = partial(newest_articles, connection, limit=5)
        assert [each.headline for each in newest(Question(DAY))] == ["New", "Old"]
        assert [each.headline for each in newest(Question(DAY, published_by=DAY - 9))] == ["Old"]
        assert snapshot.recorded is not None
        assert [each.headline for each in newest(Question(DAY, known_at=snapshot.recorded - 1))] == ["Old"]
