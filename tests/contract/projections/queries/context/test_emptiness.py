"""Given few incidents, then why there is nothing to say of a pair, by every way of asking."""

from datetime import date

from api.running.service import Service
from projections.pairs import Pair
from projections.queries.context.emptiness import EmptyBecause, why_empty
from projections.queries.question import Exclusions, Question
from projections.queries.relation import contributions_at, relation_at
from projections.queries.tension_series import tension_points
from projections.times import to_day, to_micros
from tests.language import BY_ANN, clash, post

SYR_TUR, RUS_TUR, SYR_USA = ("SYR", "TUR"), ("RUS", "TUR"), ("SYR", "USA")
DAY = to_day(date(2020, 3, 10))


def test_nothing_has_a_reason_and_something_has_none(service: Service) -> None:
    service.log.post_article(post("a-1", clash(day="2020-03-05"), published="2020-03-06"))
    service.log.post_article(post("a-2", clash("RUS", "TUR", day="2020-03-08"), published="2020-03-09"))
    service.projector.catch_up()

    def told(pair: Pair = SYR_TUR, day: int = DAY, **others: object) -> EmptyBecause | None:
        question = Question(day, **others)  # type: ignore[arg-type]
        with service.store.reading() as connection:
            ways = {
                relation_at(connection, pair, question).is_empty,
                not contributions_at(connection, pair, question)[1],
                tension_points(connection, pair, question, None, None).is_empty,
                tension_points(connection, pair, question, day - 5, None).is_empty,
            }
            assert len(ways) == 1
            return why_empty(connection, pair, question) if ways == {True} else None

    assert told() is None
    assert told(SYR_USA) == "no_reports"
    assert told(RUS_TUR, DAY - 3) == "none_by_then"
    assert told(RUS_TUR, DAY - 30) == "before_coverage"
    assert told(known_at=to_micros(BY_ANN.recorded) - 1) == "filtered_out"
    assert told(published_by=to_day(date(2020, 3, 5))) == "filtered_out"
    assert told(left_out=Exclusions(publishers=frozenset({"reuters"}))) == "filtered_out"
