"""Given a ceasefire and clashes, then what the ledger says, by every way of asking, on every kind of store."""

from datetime import date, timedelta

from api.running.service import Service
from domain.articles import RetractArticle
from domain.events import Provenance
from projections.queries.agreements import agreements_on
from projections.queries.context.ceasefires import ceasefires_among, load_ceasefires
from projections.queries.question import Exclusions, Question
from projections.queries.relation import agreements_in_force
from projections.times import to_day, to_micros
from tests.language import BY_ANN, agreement, clash, post

SYR_TUR = ("SYR", "TUR")
LATER = Provenance("ann", BY_ANN.recorded + timedelta(hours=1))
DAY = to_day(date(2020, 4, 1))


def test_the_ledger_tells_a_ceasefire_that_is_kept_from_one_that_is_violated(service: Service) -> None:
    reached = agreement("RUS SYR TUR", "2020-03-05", agreement="idlib", purpose="ceasefire")
    traded = agreement("SYR TUR", "2020-03-05", agreement="oil", purpose="trade")
    service.log.post_article(post("a-1", reached, traded, published="2020-03-06"))
    service.log.post_article(post("a-2", clash(day="2020-03-05"), clash(day="2020-03-19"), published="2020-03-20"))
    service.log.post_article(
        post("a-3", clash("TUR", "SYR", day="2020-03-20"), published="2020-03-20", publisher="SANA")
    )
    service.log.post_article(
        post("a-4", clash("TUR", "SYR-REB", day="2020-03-07"), published="2020-03-20", provenance=LATER)
    )
    service.log.retract_article(RetractArticle("a-3", None, Provenance("ann", LATER.recorded + timedelta(1))))
    service.projector.catch_up()

    def told(**question: object) -> tuple[str, list[str]]:
        asked = Question(**{"day": DAY, **question})  # type: ignore[arg-type]
        with service.store.reading() as connection:
            ledger = {each.entry.agreement: each for each in agreements_on(connection, asked)}
            between = agreements_in_force(connection, SYR_TUR, asked)
            listed = load_ceasefires(connection, [SYR_TUR, ("RUS", "IRN"), ("SYR", "SYR-REB")], asked)
        assert [each.entry.agreement for each in between] == ["idlib", "oil"]
        assert listed == {SYR_TUR: (ledger["idlib"],)}
        assert ceasefires_among(between) == (ledger["idlib"],)
        assert ledger["oil"].entry.status == "in_force"
        return ledger["idlib"].entry.status, [each.incident for each in ledger["idlib"].clashes]

    first, second = "SYR>TUR:ASSAULT:2020-03-19", "TUR>SYR:ASSAULT:2020-03-20"
    assert told() == ("violated", [first])
    assert told(day=to_day(date(2020, 3, 18))) == ("in_force", [])
    assert told(known_at=to_micros(LATER.recorded)) == ("violated", [first, second])
    left_out = Exclusions(publishers=frozenset({"reuters"}))
    with service.store.reading() as connection:
        assert load_ceasefires(connection, [SYR_TUR], Question(DAY, left_out=left_out)) == {}

    reaffirmed = agreement("RUS SYR TUR", "2020-03-25", agreement="idlib", development="reaffirmed")
    service.log.post_article(post("a-5", reaffirmed, published="2020-03-26"))
    service.projector.catch_up()
    assert told() == ("in_force", [])
    assert told(day=to_day(date(2020, 3, 24))) == ("violated", [first])
