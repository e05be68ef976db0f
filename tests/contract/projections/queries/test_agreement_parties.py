"""Given developments of agreements, then who is party to which, by every way of asking, on every kind of store."""

from datetime import date, timedelta

from sqlalchemy import select

from api.running.service import Service
from domain.articles import CorrectReport, RetractArticle, RetractReport
from domain.events import Provenance
from projections.queries.agreements import agreements_between, agreements_with
from projections.queries.context.ceasefires import load_ceasefires
from projections.queries.question import Question
from projections.storage.tables import agreement_parties
from projections.times import to_day, to_micros
from tests.contract.tables import rows
from tests.language import BY_ANN, agreement, post

DAY = to_day(date(2020, 4, 1))
NOW = Question(DAY)
LATER = [Provenance("ann", BY_ANN.recorded + timedelta(hours=number)) for number in range(1, 5)]


def between(service: Service, a: str, b: str, question: Question = NOW) -> list[str]:
    """Return the agreements of two actors, having looked that all ways of asking agree."""
    with service.store.reading() as connection:
        found = [each.entry.agreement for each in agreements_between(connection, (a, b), question)]
        listed = [each.entry.agreement for each in agreements_with(connection, question, {a, b}, None)]
        ceasefires = load_ceasefires(connection, [(a, b)], question).get((a, b), ())
    assert listed == found
    assert {each.entry.agreement for each in ceasefires} <= set(found)
    return found


def test_parties_are_those_that_any_development_named(service: Service) -> None:
    reached = agreement("SYR TUR", "2020-03-05", agreement="idlib", purpose="ceasefire")
    joined = agreement("RUS IRN", "2020-03-06", agreement="idlib", development="reaffirmed")
    service.log.post_article(post("a-1", reached, published="2020-03-06"))
    service.log.post_article(post("a-2", joined, published="2020-03-06"))
    service.projector.catch_up()

    assert between(service, "SYR", "TUR") == ["idlib"]
    assert between(service, "IRN", "TUR") == ["idlib"]  # whom no development names together
    assert between(service, "SYR", "SYR-REB") == []
    assert between(service, "IRN", "TUR", Question(to_day(date(2020, 3, 5)))) == []


def test_parties_follow_corrections_and_retractions_as_the_question_knows_them(service: Service) -> None:
    reached = agreement("SYR TUR", "2020-03-05", agreement="idlib", purpose="ceasefire")
    oil = agreement("SYR RUS", "2020-03-05", agreement="oil", purpose="trade")
    service.log.post_article(post("a-1", reached, oil, published="2020-03-06"))
    service.projector.catch_up()
    other = agreement("SYR-REB TUR", "2020-03-05", agreement="idlib", purpose="ceasefire")
    service.log.correct_report(CorrectReport("a-1", 1, other, None, LATER[0]))
    service.log.retract_report(RetractReport("a-1", 2, None, LATER[1]))
    service.projector.catch_up()

    assert between(service, "SYR", "TUR") == []
    assert between(service, "RUS", "SYR") == []
    assert between(service, "SYR-REB", "TUR") == ["idlib"]
    before = Question(DAY, known_at=to_micros(BY_ANN.recorded))
    assert between(service, "SYR", "TUR", before) == ["idlib"]
    assert between(service, "RUS", "SYR", before) == ["oil"]
    assert between(service, "SYR-REB", "TUR", before) == []

    service.log.retract_article(RetractArticle("a-1", None, LATER[2]))
    service.projector.catch_up()
    assert between(service, "SYR-REB", "TUR") == []


def test_the_table_of_parties_is_the_same_however_it_was_filled(service: Service) -> None:
    reached = agreement("SYR TUR", "2020-03-05", agreement="idlib", purpose="ceasefire")
    service.log.post_article(post("a-1", reached, published="2020-03-06"))
    service.projector.catch_up()
    other = agreement("RUS TUR", "2020-03-05", agreement="idlib", purpose="ceasefire")
    service.log.correct_report(CorrectReport("a-1", 1, other, None, LATER[0]))
    service.log.retract_article(RetractArticle("a-1", None, LATER[1]))
    service.projector.catch_up()
    followed = rows(service.store, agreement_parties.name)
    with service.store.reading() as connection:
        named = sorted(connection.execute(select(agreement_parties.c.party)).scalars())

    service.projector.rebuild()

    assert named == ["RUS", "SYR", "TUR"]
    assert rows(service.store, agreement_parties.name) == followed
