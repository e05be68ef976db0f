"""Given a pair's clashes, then what goes with its state, by every way of asking, on every kind of store."""

from datetime import date, timedelta

import pytest

from api.running.service import Service
from domain.articles import RetractReport
from domain.events import Provenance
from projections.evidence.agreements import ClashIncident
from projections.queries.context.context import Context
from projections.queries.question import Exclusions, Question
from projections.queries.relation import agreements_in_force, relation_at
from projections.queries.tension_series import Interval, tension_points
from projections.scoring.context.trend import Trend, TrendDirection
from projections.scoring.models import MODELS
from projections.times import to_day, to_micros
from tests.contract.asking import all_relations
from tests.language import BY_ANN, agreement, backing, clash, post, statement

SYR_TUR, RUS_TUR = ("SYR", "TUR"), ("RUS", "TUR")
LATER = Provenance("ann", BY_ANN.recorded + timedelta(hours=1))
DAY = to_day(date(2020, 3, 20))


@pytest.fixture
def at_war(service: Service) -> Service:
    """Return a service that knows of clashes in winter, told by two, and of an old one; nothing is stale in it."""
    service.log.post_article(
        post("old", clash("TUR", "SYR", "2015-05-01"), backing("RUS", "SYR"), published="2015-09-10")
    )
    days = ["2019-12-30", "2020-01-20", "2020-02-03", "2020-03-01", "2020-03-08"]
    service.log.post_article(post("a-1", *(clash(day=day) for day in days), published="2020-03-10"))
    told = clash("TUR", "SYR", "2020-03-08"), statement("TUR", "SYR", "2020-03-19")
    service.log.post_article(post("a-2", *told, published="2020-03-20", publisher="SANA", provenance=LATER))
    service.projector.catch_up()
    return service


def contexts(service: Service, question: Question) -> dict[tuple[str, str], Context]:
    """Return what goes with the states of two pairs, having asked for each and for all."""
    with service.store.reading() as connection:
        alone = {pair: relation_at(connection, pair, question) for pair in (SYR_TUR, RUS_TUR)}
        listed = {relation.pair: relation for relation in all_relations(connection, question)}
    for pair, relation in alone.items():
        if pair in listed:
            assert listed[pair].context.last_clash == relation.context.last_clash
            assert _shown(listed[pair].context.trend) == _shown(relation.context.trend)
            assert repr(_rounded(listed[pair].context)) == repr(_rounded(relation.context))
    return {pair: relation.context for pair, relation in alone.items()}


def _shown(trend: Trend | None) -> object:
    return trend and (trend.direction, round(trend.change, 9), round(trend.news, 9))


def _rounded(context: Context) -> object:
    usual = context.usual
    return usual and [round(n, 9) if n is not None else None for n in (usual.weeks, *usual.pressure, *usual.news)]


def test_a_war_is_told_with_its_trend_what_is_usual_and_its_last_clash(at_war: Service) -> None:
    war = contexts(at_war, Question(DAY))[SYR_TUR]
    assert war.trend is not None
    assert war.usual is not None
    assert war.last_clash == ClashIncident(to_day(date(2020, 3, 8)), "SYR>TUR:ASSAULT:2020-03-08", SYR_TUR)
    assert war.trend.direction is TrendDirection.WORSENING
    left = [4.5 * 2 ** (-age / 90) for age in (12, 12, 19)] + [1.5 * 2 ** (-1 / 30)]
    assert war.trend.news == pytest.approx(sum(left))
    assert war.trend.change == pytest.approx(sum(left) - 4.5 * 2 ** (-16 / 90))  # 3 February, on the 19th
    assert war.usual.weeks == 255
    assert war.usual.news.percentile > 97


def test_a_clash_that_is_known_to_a_month_says_so_by_every_way_of_asking(service: Service) -> None:
    peace = agreement("SYR TUR", "2020-01-05", agreement="peace", purpose="peace")
    service.log.post_article(post("a-1", peace, clash(day="2020-02"), published="2020-03-10"))
    service.projector.catch_up()
    first, last = to_day(date(2020, 2, 1)), to_day(date(2020, 2, 29))
    in_february = ClashIncident(first + 14, "SYR>TUR:ASSAULT:2020-02-15", SYR_TUR, first, last)
    for question in (Question(DAY), Question(DAY - 9), Question(DAY, published_by=DAY)):
        assert contexts(service, question)[SYR_TUR].last_clash == in_february
        with service.store.reading() as connection:
            (kept,) = agreements_in_force(connection, SYR_TUR, question)
        assert kept.clashes == (in_february,)


def test_what_spills_over_is_no_trend_and_no_clash(at_war: Service) -> None:
    at_war.log.post_article(post("a-3", statement(day="2020-03-19", type="CONSULT"), published="2020-03-20"))
    at_war.projector.catch_up()
    patron = contexts(at_war, Question(DAY))[RUS_TUR]
    assert patron.trend == (TrendDirection.STEADY, 0.0, 0.0)
    assert patron.last_clash is None


def test_the_past_and_what_was_known_have_their_own(at_war: Service) -> None:
    was = contexts(at_war, Question(to_day(date(2020, 2, 10))))[SYR_TUR]
    assert was.last_clash == ClashIncident(to_day(date(2020, 2, 3)), "SYR>TUR:ASSAULT:2020-02-03", SYR_TUR)
    then = contexts(at_war, Question(DAY, known_at=to_micros(LATER.recorded) - 1))[SYR_TUR]
    without = contexts(at_war, Question(DAY, left_out=Exclusions(publishers=frozenset({"sana"}))))[SYR_TUR]
    early = contexts(at_war, Question(DAY, published_by=to_day(date(2020, 3, 10))))[SYR_TUR]
    assert then.trend == without.trend == early.trend
    assert then.usual == without.usual == early.usual
    assert then.trend is not None
    assert then.trend.news == pytest.approx(4.5 * (2 ** (-12 / 90) + 2 ** (-19 / 90)))
    quiet = contexts(at_war, Question(to_day(date(2030, 1, 1))))[SYR_TUR]
    assert (quiet.trend, quiet.usual) == (None, None)
    assert quiet.last_clash is not None


def test_every_model_answers_the_same_for_one_and_in_a_list(at_war: Service) -> None:
    for model in MODELS.values():
        assert contexts(at_war, Question(DAY, model=model))[SYR_TUR].trend is not None


def test_it_is_the_same_before_the_states_are_brought_up_to_date_and_after(at_war: Service) -> None:
    at_war.log.retract_report(RetractReport("a-1", 5, "wrong", LATER))
    at_war.projector._fold_next_page()
    stale = contexts(at_war, Question(DAY))
    at_war.projector.catch_up()
    assert contexts(at_war, Question(DAY)) == stale
    clash_of_others = ClashIncident(to_day(date(2020, 3, 8)), "TUR>SYR:ASSAULT:2020-03-08", SYR_TUR)
    assert stale[SYR_TUR].last_clash == clash_of_others


@pytest.mark.parametrize("interval", [Interval.WEEK, Interval.MONTH])
def test_a_series_has_on_each_day_what_a_relation_has(at_war: Service, interval: Interval) -> None:
    with at_war.store.reading() as connection:
        for pair in (SYR_TUR, RUS_TUR):
            question = Question(DAY + 100)
            found = tension_points(connection, pair, question, to_day(date(2019, 11, 1)), interval)
            for point, (state, context) in zip(found.points, found.contexts(question.model), strict=True):
                alone = relation_at(connection, pair, question._replace(day=point.day))
                assert (state, context.last_clash) == (alone.state, alone.context.last_clash)
                assert repr(_rounded(context)) == repr(_rounded(alone.context))
                assert _shown(context.trend) == _shown(alone.context.trend)
