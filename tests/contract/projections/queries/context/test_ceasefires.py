"""Given a ceasefire and clashes, then what the ledger says, by every way of asking, on every kind of store."""

from datetime import date, timedelta

from api.http.schemas.agreements import ceasefire_of_entry, ceasefire_out
from api.running.service import Service
from domain.articles import RetractArticle
from domain.events import Provenance
from projections.queries.agreements import agreements_on
from projections.queries.context.ceasefires import ceasefires_among, load_ceasefires
from projections.queries.question import Exclusions, Question
from projections.queries.relation import agreements_in_force, contributions_at
from projections.queries.tension_series import Interval, tension_points_of
from projections.scoring.models import MODELS
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


def test_agreements_of_the_same_two_are_violated_each_since_its_own_day(service: Service) -> None:
    early = agreement("RUS SYR TUR", "2020-03-01", agreement="early", purpose="ceasefire")
    late = agreement("SYR TUR", "2020-03-10", agreement="late", purpose="peace")
    renewed = agreement("SYR TUR", "2020-03-12", agreement="early", development="reaffirmed")
    service.log.post_article(post("a-1", early, late, renewed, published="2020-03-20"))
    days = ["2020-03-05", "2020-03-11", "2020-03-14"]
    told = [*(clash(day=day) for day in days), clash("RUS", "TUR", day="2020-03-13")]
    service.log.post_article(post("a-2", *told, published="2020-03-20"))
    service.projector.catch_up()

    def violating(*chosen: str, **question: object) -> dict[str, list[str]]:
        asked = Question(**{"day": DAY, **question})  # type: ignore[arg-type]
        with service.store.reading() as connection:
            found = agreements_on(connection, asked, chosen)
        return {each.entry.agreement: [clash.incident for clash in each.clashes] for each in found}

    between = [f"SYR>TUR:ASSAULT:{day}" for day in days]
    expected = {"early": ["RUS>TUR:ASSAULT:2020-03-13", between[2]], "late": between[1:]}
    for question in ({}, {"known_at": to_micros(LATER.recorded)}):
        assert violating("early", "late", **question) == expected
        assert violating("early", **question) | violating("late", **question) == expected


def test_what_violates_an_agreement_is_named_as_it_is_among_the_incidents_of_the_model(service: Service) -> None:
    reached = agreement("SYR TUR", "2020-03-05", agreement="idlib", purpose="ceasefire")
    places = [clash(day="2020-03-19", place=place) for place in ("Idlib", "Idlib, Syria")]
    service.log.post_article(post("a-1", reached, *places, published="2020-03-20"))
    service.projector.catch_up()

    named = {}
    for name, model in MODELS.items():
        with service.store.reading() as connection:
            (found,) = agreements_on(connection, Question(DAY, model=model))
            _, contributions = contributions_at(connection, SYR_TUR, Question(DAY, model=model))
        named[name] = {each.incident for each in found.clashes}
        assert named[name] == {each.incident.id for each in contributions if each.incident.type == "ASSAULT"}
    assert named["2026.2"] == {"SYR>TUR:ASSAULT:2020-03-19", "SYR>TUR:ASSAULT:2020-03-19@idlib-syria"}
    assert named["2026.1"] == {"SYR>TUR:ASSAULT:2020-03-19"}


def test_a_series_has_on_each_day_the_ceasefires_that_a_relation_has(service: Service) -> None:
    """A party that is named later, two assaults a day, a late report, a breach, and one publisher's word."""
    deal = {"agreement": "idlib", "purpose": "ceasefire"}
    reports = [
        agreement("RUS TUR", "2020-03-05", **deal),
        agreement("RUS SYR", "2020-03-08", agreement="idlib", development="implemented"),
        agreement("RUS SYR TUR", "2020-03-16", agreement="idlib", development="breached"),
        agreement("RUS SYR TUR", "2020-03-20", agreement="idlib", development="reaffirmed"),
        agreement("SYR TUR", "2020-03-10", agreement="coast", development="reached"),
    ]
    service.log.post_article(post("a-1", *reports, published="2020-03-21"))
    days = ("2020-03-07", "2020-03-12", "2020-03-20", "2020-03-22", "2020-03-23", "2020-03-24")
    clashes = [clash(day=day) for day in days]
    service.log.post_article(post("a-2", *clashes, clash("TUR", "SYR", day=days[3]), published="2020-03-24"))
    again = agreement("SYR TUR", "2020-03-23", agreement="idlib", development="reaffirmed")
    named = agreement("SYR TUR", "2020-03-11", agreement="coast", purpose="ceasefire", development="implemented")
    later = post("a-3", again, named, published="2020-03-25", publisher="SANA", provenance=LATER)
    service.log.post_article(later)
    service.projector.catch_up()
    first, last = to_day(date(2020, 3, 1)), to_day(date(2020, 3, 28))
    compared = [first + of_month - 1 for of_month in (4, 5, 8, 11, 12, 16, 20, 22, 23, 24, 28)]

    seen, pairs = set(), [SYR_TUR, ("RUS", "TUR"), ("IRN", "RUS")]
    for asked in (
        Question(last),
        Question(last, known_at=to_micros(BY_ANN.recorded)),
        Question(last, published_by=to_day(date(2020, 3, 24))),
        Question(last, left_out=Exclusions(publishers=frozenset({"sana"}))),
        Question(last, model=MODELS["2026.1"]),
    ):
        with service.store.reading() as connection:
            found = tension_points_of(connection, pairs, asked, first, Interval.DAY)
            in_force = (each.ceasefires().map(lambda some: [*map(ceasefire_of_entry, some)]) for each in found)
            series = dict(zip(pairs, in_force, strict=True))
            for day in compared:
                alone = load_ceasefires(connection, pairs, asked._replace(day=day))
                for pair, points in series.items():
                    assert points[day - first] == [ceasefire_out(each) for each in alone.get(pair, ())]
                    seen |= {(each.agreement, each.status.value, each.clashes) for each in points[day - first]}
    assert {("idlib", "violated", 3), ("idlib", "in_force", 0), ("coast", "in_force", 0)} <= seen
