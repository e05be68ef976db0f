"""Given a pair's incidents, then which weigh most and what spills over, by either way, on every kind of store."""

from datetime import date

from api.running.service import Service
from domain.reports import Report
from projections.queries.question import Exclusions, Question
from projections.queries.relation import Relation, relation_at
from projections.times import to_day, to_micros
from tests.language import BY_ANN, backing, clash, cooperation, post, statement

SYR_TUR, RUS_TUR = ("SYR", "TUR"), ("RUS", "TUR")
DAY = to_day(date(2020, 3, 20))
NO_SUCH_ARTICLE = Exclusions(articles=frozenset({1 << 40}))
MARCH = "SYR>TUR:ASSAULT:2020-03-08", "TUR>SYR:ASSAULT:2020-03-08"


def related(service: Service, pair: tuple[str, str], **asked: object) -> Relation:
    """Return how a pair stands, which comes to the same from running sums as from incidents."""
    question = Question(**{"day": DAY, **asked})  # type: ignore[arg-type]
    with service.store.reading() as connection:
        found = relation_at(connection, pair, question)
        again = relation_at(
            connection, pair, question._replace(left_out=Exclusions(articles=frozenset({1 << 40})))
        )
    if question.is_plain:
        assert _shown(found) == _shown(again)
    return found


def _shown(relation: Relation) -> object:
    heaviest = [(each.incident, round(each.contribution, 9), round(each.weight, 9)) for each in relation.heaviest]
    return heaviest, [(each.client, each.patron, round(each.pressure, 9)) for each in relation.spilled]


def ids(relation: Relation) -> list[str]:
    return [each.incident.id for each in relation.heaviest]


def test_the_heaviest_come_first_of_equals_the_later_and_what_is_to_come_not_at_all(service: Service) -> None:
    days = ["2020-01-05", "2020-03-08", "2020-03-25"]
    told: tuple[Report, ...] = (
        *(clash(day=day) for day in days),
        clash("TUR", "SYR", "2020-03-08"),
        statement("TUR", "SYR", "2020-03-19"),
        backing("RUS", "SYR"),
    )
    service.log.post_article(post("a-1", *told, published="2020-03-26"))
    service.log.post_article(post("a-2", cooperation("SYR", "TUR", "2020-03-10"), published="2020-03-26"))
    service.projector.catch_up()

    war = related(service, SYR_TUR)
    assert set(ids(war)) == {*MARCH, "SYR>TUR:ASSAULT:2020-01-05", "SYR>TUR:AID:2020-03-10"}
    assert [each.contribution for each in war.heaviest] == sorted(
        (each.contribution for each in war.heaviest), reverse=True
    )
    assert ids(related(service, SYR_TUR, day=DAY + 5))[0] == "SYR>TUR:AID:2020-03-10"
    assert ids(related(service, SYR_TUR, known_at=to_micros(BY_ANN.recorded) - 1)) == []

    patron = related(service, RUS_TUR)
    assert (ids(patron), [each[:2] for each in patron.spilled]) == ([], [("SYR", "RUS")])
    assert patron.spilled[0].pressure == patron.scores.spillover
    assert related(service, ("FRA", "JPN")).spilled == ()


def test_of_a_long_war_the_heaviest_are_named_though_aid_makes_more_points_of_its_own_score(
    service: Service,
) -> None:
    days = [f"2020-03-{day:02}" for day in range(1, 19)]
    aid = (cooperation("SYR", "TUR", day) for day in days[:5])
    service.log.post_article(post("a-1", *(clash(day=day) for day in days), *aid, published="2020-03-19"))
    service.projector.catch_up()
    assert ids(related(service, SYR_TUR)) == [
        *(f"SYR>TUR:AID:2020-03-{day}" for day in ("05", "04", "03")),
        *(f"SYR>TUR:ASSAULT:2020-03-{day}" for day in (18, 17, 16)),
    ]
