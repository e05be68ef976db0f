"""What was published by a day: the past as its readers could know it, whenever it was recorded."""

from collections.abc import Sequence
from datetime import date
from functools import partial
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection

from api.backtesting.backtest import Scoring
from api.backtesting.profiles import Profile
from api.running.service import Service
from domain.articles import CorrectReport, RetractArticle, RetractReport, ReviseArticle
from domain.errors import ArticleNotFound
from domain.events import Provenance
from domain.publishers.alias import AddPublisherAlias
from domain.reports import Report
from domain.rulings import LinkReports, ReportRef
from projections.backtesting.backtest import Cases, methods_as_published
from projections.backtesting.incident_table import TYPE_NUMBERS
from projections.evidence.agreements import Status
from projections.queries.agreements import agreements_on
from projections.queries.articles import reports_by_incident, reports_by_tie
from projections.queries.explanations import explanation_of, history_of
from projections.queries.load_incident_table import load_incident_table, load_published_incidents
from projections.queries.load_pairs import load_all_incidents, load_ties
from projections.queries.question import Question
from projections.queries.relation import agreements_in_force, contributions_at, relation_at
from projections.queries.tension_series import Interval, tension_points
from projections.scoring.clash_risk.risk_model import DEFAULT_RISK_MODEL
from projections.scoring.models import DEFAULT_MODEL, MODELS
from projections.times import to_day, to_micros
from tests.contract.asking import all_relations
from tests.contract.projections.folding.acts import ARTICLES, Act, contents, lives, on_sqlite
from tests.examples import examples
from tests.language import agreement, backing, clash, header, post, statement

MARCH_15 = to_day(date(2020, 3, 15))
FAR_FUTURE = to_day(date.max)
_PAIR = ("SYR", "TUR")


def february(day: int) -> int:
    return to_day(date(2020, 2, day))


# Properties


def all_answers(connection: Connection, question: Question) -> list[Any]:
    """Return what all reads answer to a question, those of one pair of two of them."""
    found: list[Any] = [all_relations(connection, question), agreements_on(connection, question)]
    for pair in (("RUS", "TUR"), ("SYR", "TUR")):
        scores, contributions = contributions_at(connection, pair, question)
        ids = [each.incident.id for each in contributions]
        series = tension_points(connection, pair, question, question.day - 20, Interval.WEEK)
        found += [
            relation_at(connection, pair, question),
            (scores, contributions, reports_by_incident(connection, ids, question)),
            (series.stretch, list(series.points), series.contexts(question.model)),
            history_of(connection, pair, question).runs,
            explanation_of(connection, pair, question._replace(day=question.day - 20), question),
            reports_by_tie(connection, [pair, pair[::-1]], question),
        ]
    return found


@examples(3)
@given(lives())
def test_what_is_published_by_the_far_future_is_everything(done: Sequence[Act]) -> None:
    with TemporaryDirectory() as folder:
        service = on_sqlite(folder)
        for act in done:
            act.do(service)
        service.projector.catch_up()
        known_at = to_micros(service.clock())
        with service.store.reading() as connection:
            everything = all_answers(connection, Question(MARCH_15, known_at))
            now = all_answers(connection, Question(MARCH_15, published_by=FAR_FUTURE))
            known = all_relations(connection, Question(MARCH_15, known_at, published_by=FAR_FUTURE))
        service.close()
    assert now == everything
    assert known == everything[0]


@examples(3)
@given(st.lists(st.tuples(st.sampled_from(ARTICLES), st.integers(0, 4), contents()), min_size=1, max_size=6))
def test_what_is_recorded_as_it_is_published_is_known_when_it_is_published(
    written: list[tuple[str, int, tuple[Report, ...]]],
) -> None:
    """Articles and their later versions, each recorded on its day."""
    with TemporaryDirectory() as folder:
        service = on_sqlite(folder)
        day, instants = date(2020, 2, 28), dict[int, int]()
        for article, days, reports in written:
            day = date.fromordinal(day.toordinal() + days)
            _write(service, article, str(day), reports)
            instants[to_day(day)] = to_micros(service.clock())
        service.projector.catch_up()
        with service.store.reading() as connection:
            for published, recorded in instants.items():
                known = Question(MARCH_15, recorded)
                read = Question(MARCH_15, published_by=published)
                answers = all_answers(connection, known)
                assert all_answers(connection, read) == answers
                assert all_relations(connection, known._replace(published_by=published)) == answers[0]
                _check_columns(connection, read)
        service.close()


def _check_columns(connection: Connection, question: Question) -> None:
    """Hold the incidents and ties that backtests go by against those of a question."""
    assert question.published_by is not None
    table = load_published_incidents(connection).by(question.published_by)
    rows = zip(table.pair.tolist(), table.day.tolist(), table.type.tolist(), table.weight.tolist(), strict=True)
    found = sorted((*table.pairs[pair], day, type_, weight) for pair, day, type_, weight in rows)
    incidents = [i for of_pair in load_all_incidents(connection, question).values() for i in of_pair]
    assert found == sorted((i.a, i.b, i.day, TYPE_NUMBERS[i.type], i.weight) for i in incidents)
    assert list(table.ties) == load_ties(connection, question)


def _write(service: Service, article: str, published: str, reports: tuple[Report, ...]) -> None:
    """Record an article, or a later version of it."""
    provenance = Provenance("ann", service.clock())
    about = header(published)
    try:
        service.log.article(article)
    except ArticleNotFound:
        service.log.post_article(post(article, *reports, published=published, provenance=provenance))
    else:
        service.log.revise_article(ReviseArticle(article, about, reports, None, provenance))


# What counts


def _answers(service: Service, published_by: int | None, pair: tuple[str, str] = ("SYR", "TUR")) -> Any:
    """Return (incidents, publishers, dead) of a pair on 15 March, by what was published by a day."""
    with service.store.reading() as connection:
        question = Question(MARCH_15, published_by=published_by)
        relation = relation_at(connection, pair, question)
        _, found = contributions_at(connection, pair, question)
    return relation.incidents, relation.publishers, [each.incident.killed for each in found]


def test_an_article_counts_from_the_day_on_which_it_was_published(service: Service) -> None:
    service.log.post_article(post("late", clash(killed=13), published="2020-02-09", publisher="AP"))
    service.log.post_article(post("early", clash(killed=40), published="2020-02-04T23:30:00+00:00"))
    service.projector.catch_up()
    assert _answers(service, february(3)) == (0, 0, [])
    assert _answers(service, february(4)) == (1, 1, [40])
    assert _answers(service, february(8)) == (1, 1, [40])
    assert _answers(service, february(9)) == _answers(service, None) == (1, 2, [13])


def test_a_later_version_of_an_article_counts_from_its_own_day(service: Service) -> None:
    service.log.post_article(post("a-1", clash(ref="x", killed=900), published="2020-02-05", headline="900"))
    versions = [("2020-02-11", 33), ("2020-02-08", 34)]
    for published, killed in versions:
        about = header(published, headline=str(killed))
        service.log.revise_article(
            ReviseArticle("a-1", about, (clash(ref="x", killed=killed),), None, Provenance("ann", service.clock()))
        )
    service.projector.catch_up()
    shown = []
    for day in (4, 5, 7, 8, 20):
        question = Question(MARCH_15, published_by=february(day))
        with service.store.reading() as connection:
            _, found = contributions_at(connection, ("SYR", "TUR"), question)
            reports = reports_by_incident(connection, [each.incident.id for each in found], question)
        shown.append(
            [
                (r.headline, r.published[-2:], getattr(r.report, "killed", None))
                for each in reports.values()
                for r in each
            ]
        )
    assert shown == [[], [("900", "05", 900)], [("900", "05", 900)], [("34", "08", 34)], [("34", "08", 34)]]


def test_a_later_version_that_leaves_an_event_out_takes_it_back_from_its_day_on(service: Service) -> None:
    first, second = clash(ref="x", day="2020-02-03"), clash(ref="y", day="2020-02-04")
    service.log.post_article(post("a-1", first, second, published="2020-02-05"))
    provenance = Provenance("ann", service.clock())
    service.log.revise_article(ReviseArticle("a-1", header("2020-02-08"), (second,), None, provenance))
    service.projector.catch_up()
    assert [_answers(service, february(day))[0] for day in (4, 5, 7, 8)] == [0, 2, 2, 1]


def test_what_analysts_correct_and_retract_is_so_whatever_was_published_by_when(service: Service) -> None:
    provenance = Provenance("ann", service.clock())
    reports = [clash(day=f"2020-02-0{day}", killed=9) for day in (1, 2)]
    service.log.post_article(post("a-1", *reports, published="2020-02-05"))
    service.log.post_article(post("a-2", clash(day="2020-02-03"), published="2020-02-05"))
    service.log.correct_report(CorrectReport("a-1", 1, clash(day="2020-02-01", killed=8), None, provenance))
    service.log.retract_report(RetractReport("a-1", 2, None, provenance))
    service.log.retract_article(RetractArticle("a-2", None, provenance))
    service.projector.catch_up()
    assert _answers(service, february(5)) == (1, 1, [8])


def test_what_is_retracted_is_so_in_its_earlier_versions_too(service: Service) -> None:
    by_ann = Provenance("ann", service.clock())
    service.log.post_article(post("a-1", clash(), published="2020-02-05", provenance=by_ann))
    before = to_micros(service.clock())
    provenance = Provenance("ann", service.clock())
    service.log.revise_article(ReviseArticle("a-1", header("2020-02-08"), (clash(killed=1),), None, provenance))
    between = to_micros(service.clock())
    service.log.retract_article(RetractArticle("a-1", None, Provenance("ann", service.clock())))
    service.projector.catch_up()
    assert _answers(service, february(6)) == (0, 0, [])
    with service.store.reading() as connection:
        for known_at in (before, between):
            question = Question(MARCH_15, known_at, published_by=february(6))
            assert relation_at(connection, ("SYR", "TUR"), question).incidents == 1


def test_an_article_that_is_brought_back_has_no_versions_from_before(service: Service) -> None:
    service.log.post_article(post("a-1", clash(killed=900), published="2020-02-03"))
    for published in ("2020-02-08", "2020-02-06", None, "2020-02-20"):
        by_ann = Provenance("ann", service.clock())
        if published is None:
            service.log.retract_article(RetractArticle("a-1", None, by_ann))
        else:
            service.log.revise_article(ReviseArticle("a-1", header(published), (clash(killed=7),), None, by_ann))
    service.projector.catch_up()
    assert [_answers(service, february(day))[0] for day in (3, 7, 19, 20)] == [0, 0, 0, 1]
    with service.store.reading() as connection:
        table = load_published_incidents(connection)
    assert [len(table.by(february(day))) for day in (3, 7, 19, 20)] == [0, 0, 0, 1]


def test_rulings_and_aliases_hold_for_what_was_published_by_a_day(service: Service) -> None:
    for number, (day, publisher) in enumerate([(3, "Reuters"), (4, "AP"), (3, "Reuters Africa")], start=1):
        told = clash(day=f"2020-02-0{day}")
        service.log.post_article(
            post(f"a-{number}", told, published=f"2020-02-0{4 + number}", publisher=publisher)
        )
    provenance = Provenance("ann", service.clock())
    service.log.link_reports(LinkReports((ReportRef("a-1", 1), ReportRef("a-2", 1)), "the same", provenance))
    service.log.add_publisher_alias(AddPublisherAlias("Reuters Africa", "Reuters", provenance))
    service.projector.catch_up()
    assert [_answers(service, february(day))[:2] for day in (4, 5, 6, 7)] == [(0, 0), (1, 1), (1, 2), (1, 2)]


def _linked(service: Service, later: Sequence[Report], *, link_first: bool) -> None:
    """Record two articles and a ruling that links them, and a later version of the first of the 20th."""
    open_end = clash(day="2020-02-01/..", ref="x")
    service.log.post_article(post("a-1", open_end, published="2020-02-05", publisher="Reuters"))
    service.log.post_article(post("a-2", clash(day="2020-01-20"), published="2020-02-05", publisher="AP"))
    made = LinkReports((ReportRef("a-1", 1), ReportRef("a-2", 1)), "the same", Provenance("ann", service.clock()))
    if link_first:
        service.log.link_reports(made)
    about = header("2020-02-20", "Reuters")
    service.log.revise_article(ReviseArticle("a-1", about, tuple(later), None, Provenance("ann", service.clock())))
    if not link_first:
        service.log.link_reports(made)
    service.projector.catch_up()


@pytest.mark.parametrize(
    ("later", "link_first", "ids"),
    [
        pytest.param([clash(day="2020-02-01/..", ref="x")], True, {"2020-02-03"}, id="only its day is later"),
        pytest.param([clash(day="2020-02-17", ref="x")], True, {"2020-02-03"}, id="it says another day"),
        pytest.param([statement()], True, {"2020-02-03"}, id="it leaves the event out"),
        pytest.param([clash(ref="x")], False, {"2020-01-20", "2020-02-03"}, id="it was linked since"),
    ],
)
def test_a_ruling_joins_with_an_earlier_version_what_it_joined_then(
    service: Service, later: Sequence[Report], *, link_first: bool, ids: set[str]
) -> None:
    _linked(service, later, link_first=link_first)
    precise = {"2020-01-20"} if link_first else ids
    with service.store.reading() as connection:
        for day in (4, 5, 19, 20):
            _check_columns(connection, Question(MARCH_15, published_by=february(day)))
    for model, expected in ((MODELS["2026.1"], ids), (DEFAULT_MODEL, precise)):
        question = Question(MARCH_15, model=model, published_by=february(10))
        with service.store.reading() as connection:
            relation = relation_at(connection, _PAIR, question)
            _, found = contributions_at(connection, _PAIR, question)
            reports = reports_by_incident(connection, [each.incident.id for each in found], question)
            listed = all_relations(connection, question)
            series = tension_points(connection, _PAIR, question, MARCH_15 - 60, Interval.WEEK)
        assert {id_.rpartition(":")[2] for id_ in reports} == expected
        assert sum(map(len, reports.values())) == relation.publishers == 2
        assert len(found) == relation.incidents == len(expected)
        assert [each.incidents for each in listed if each.pair == _PAIR] == [len(expected)]
        assert series.points[-1].tension == pytest.approx(relation.scores.tension)


def test_agreements_and_ties_are_what_was_published_of_them_by_a_day(service: Service) -> None:
    deal, broken = ({"agreement": "deal", "development": each} for each in ("reached", "breached"))
    service.log.post_article(
        post("a-1", agreement(day="2018", **deal), backing(day="2015-09"), published="2020-02-05")
    )
    broken_off = (agreement(day="2019", **broken), backing(day="2019", development="ended"))
    service.log.post_article(post("a-2", *broken_off, published="2020-02-08"))
    service.log.post_article(post("a-3", clash("SYR", "TUR", "2020-02-03"), published="2020-02-04"))
    service.projector.catch_up()
    found = []
    for day in (4, 5, 8):
        question = Question(february(10), published_by=february(day))
        with service.store.reading() as connection:
            statuses = [each.entry.status for each in agreements_on(connection, question)]
            between = agreements_in_force(connection, ("RUS", "TUR"), question)
            in_force = [each.entry.agreement for each in between]
            spillover = relation_at(connection, ("RUS", "TUR"), question).scores.spillover
            found.append((statuses, in_force, spillover > 0, len(load_ties(connection, question))))
    assert found == [
        ([], [], False, 0),
        ([Status.IN_FORCE], ["deal"], True, 1),
        ([Status.BREACHED], [], False, 1),
    ]


def test_a_backtest_as_published_scores_as_reads_of_each_day_do(service: Service) -> None:
    service.log.post_article(post("tie", backing(day="2015-09"), published="2020-02-08"))
    for day, published, publisher in [(1, 2, "Reuters"), (1, 9, "AP"), (3, 10, "AP"), (6, 7, "AFP")]:
        told = (clash("SYR", "TUR", f"2020-02-0{day}", killed=day), statement("RUS", "TUR", f"2020-02-0{day}"))
        article = post(f"{publisher}-{day}", *told, published=f"2020-02-{published:02}", publisher=publisher)
        service.log.post_article(article)
    by_ann = Provenance("ann", service.clock())
    later = ReviseArticle("AFP-6", header("2020-02-10", "AFP"), (clash(day="2020-02-04"),), None, by_ann)
    service.log.revise_article(later)
    service.projector.catch_up()
    cutoffs = np.array([february(day) for day in (1, 2, 6, 7, 8, 9, 10, 28)])
    with service.store.reading() as connection:
        table = load_incident_table(connection)
        nothing = np.zeros((len(table.pairs), len(cutoffs)), dtype=np.bool_)
        on = Cases(table, cutoffs, 30, nothing, nothing, 0, 1)
        score = partial(Scoring().methods_of, profile=Profile.DEFAULT)
        methods = methods_as_published(load_published_incidents(connection), on, score)
        tension, risk = (method.scores for method in methods if method.name in ("tension", "clash_risk"))
        for number, pair in enumerate(table.pairs):
            for place, day in enumerate(cutoffs.tolist()):
                read = relation_at(connection, pair, Question(day, published_by=day))
                assert tension[number, place] == pytest.approx(read.scores.tension, abs=1e-9)
                if read.clash_levels is not None:
                    served = DEFAULT_RISK_MODEL.risk(read.clash_levels)
                    assert risk[number, place] == pytest.approx(served, abs=1e-9)


def test_how_it_stood_on_a_day_is_asked_of_what_was_published_by_another(service: Service) -> None:
    """What happened on the 3rd was told on the 9th: who looked back on the 5th could not know."""
    service.log.post_article(post("a-1", clash(day="2020-02-03"), published="2020-02-09"))
    service.projector.catch_up()
    with service.store.reading() as connection:
        tensions = [
            relation_at(connection, ("SYR", "TUR"), Question(february(5), published_by=by)).scores.tension
            for by in (february(5), february(9), None)
        ]
    assert tensions[0] == 0 < tensions[1]
    assert tensions[1] == pytest.approx(tensions[2], abs=1e-9)
