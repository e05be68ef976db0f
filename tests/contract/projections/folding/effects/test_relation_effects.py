"""Given what is recorded, then what a command would change is what it changes, on every store."""

from collections.abc import Callable, Sequence

import pytest

from api.running.service import Service
from domain.articles import Article, CorrectReport, PostArticle, RetractArticle
from domain.events import DomainEvent, Provenance
from domain.posting import OnConflict, PostingRule
from domain.rulings import LinkReports, ReportRef
from projections.folding.effects.relation_effects import RelationEffects, effects_of
from projections.pairs import Pair
from projections.queries.question import Question
from projections.queries.relation import relation_at
from projections.scoring.states import State
from tests.language import backing, clash, cooperation, post, statement

PAIRS = (("IRN", "SYR"), ("IRN", "TUR"), ("RUS", "SYR"), ("RUS", "TUR"), ("SYR", "TUR"))
TODAY = 18_330  # 2020-03-09
REVISING = PostingRule(OnConflict.REVISE)

Command = Callable[[Service], None]


@pytest.fixture
def recorded(service: Service) -> Service:
    """Return a service with clashes that spill over, one of them reported twice."""
    service.log.post_article(post("a-1", clash(killed=8), clash(day="2020-02-10", place="Idlib", killed=5)))
    service.log.post_article(post("a-2", clash(killed=6), statement("RUS", "TUR"), publisher="AFP"))
    service.log.post_article(post("a-3", backing("RUS", "SYR"), cooperation("RUS", "SYR", "2020-02-09")))
    service.projector.catch_up()
    return service


def preview(service: Service, events: Sequence[DomainEvent]) -> RelationEffects:
    with service.store.reading() as connection:
        return effects_of(service.log, connection, events, TODAY)


def posted(service: Service, command: PostArticle) -> tuple[RelationEffects, Command]:
    events = service.log.preview_article(command, REVISING).events
    return preview(service, events), lambda it: _done(it.log.post_article(command, REVISING))


def corrected(service: Service) -> tuple[RelationEffects, Command]:
    article, by = service.log.article("a-1"), Provenance("ann", service.clock())
    article.correct(1, clash(killed=80, day="2020-02-04"), "misread", by)
    command = CorrectReport("a-1", 1, clash(killed=80, day="2020-02-04"), "misread", by)
    return preview(service, _pending(article)), lambda it: _done(it.log.correct_report(command))


def retracted(service: Service) -> tuple[RelationEffects, Command]:
    article, by = service.log.article("a-1"), Provenance("ann", service.clock())
    article.retract("never happened", by)
    command = RetractArticle("a-1", "never happened", by)
    return preview(service, _pending(article)), lambda it: _done(it.log.retract_article(command))


def linked(service: Service) -> tuple[RelationEffects, Command]:
    named = (ReportRef("a-1", 1), ReportRef("a-1", 2))
    command = LinkReports(named, "one night", Provenance("ann", service.clock()))
    events = service.log.preview_ruling(command)
    return preview(service, events), lambda it: _done(it.log.link_reports(command))


def _pending(article: Article) -> list[DomainEvent]:
    return [event for event in article.collect_events() if isinstance(event, DomainEvent)]


def _done(_outcome: object) -> None:
    return


CASES: dict[str, Callable[[Service], tuple[RelationEffects, Command]]] = {
    "a new article joins one incident and begins another": lambda it: posted(
        it, post("b-1", clash(killed=30), clash(day="2020-02-11"), clash("IRN", "TUR"), publisher="BBC")
    ),
    "a place sets an incident apart": lambda it: posted(
        it, post("b-1", clash(day="2020-02-10", place="Aleppo", killed=9), publisher="BBC")
    ),
    "a tie begins, and one ends": lambda it: posted(
        it,
        post(
            "b-1",
            backing("IRN", "SYR", "2019"),
            backing("RUS", "SYR", "2020-02-11", development="ended"),
            published="2020-02-12",
        ),
    ),
    "the publisher changes": lambda it: posted(
        it, post("a-1", clash(killed=8), clash(day="2020-02-10", place="Idlib", killed=5), publisher="AFP")
    ),
    "reports are linked": linked,
    "an event is corrected": corrected,
    "an article is revised": lambda it: posted(it, post("a-1", clash("SYR", "IRN"), clash(killed=2))),
    "an article is retracted": retracted,
}


def standings(service: Service, day: int) -> dict[Pair, tuple[float, float, State]]:
    with service.store.reading() as connection:
        found = {pair: relation_at(connection, pair, Question(day)) for pair in PAIRS}
    return {pair: (it.scores.tension, it.scores.cooperation, it.state) for pair, it in found.items()}


def test_what_is_previewed_is_what_comes(recorded: Service) -> None:
    for case in CASES:  # one behind the other, so that the later ones change what a ruling stands on
        _check(recorded, case)


def _check(recorded: Service, case: str) -> None:
    position = recorded.log.position()
    effects, record = CASES[case](recorded)
    assert recorded.log.position() == position
    before = {day: standings(recorded, day) for day in effects.days}
    record(recorded)
    recorded.projector.catch_up()

    after = {day: standings(recorded, day) for day in effects.days}
    told = {each.pair: each for each in effects.relations}
    assert told, case
    assert effects.others == 0
    for index, day in enumerate(effects.days):
        for pair in PAIRS:
            if pair not in told:
                assert after[day][pair] == pytest.approx(before[day][pair], abs=1e-9), (case, pair, day)
                continue
            for given, right in ((told[pair].before, before[day]), (told[pair].after, after[day])):
                assert given[index][:2] == pytest.approx(right[pair][:2], abs=1e-9), (case, pair, day)
                assert given[index].state is right[pair][2], (case, pair, day)


def test_an_incident_that_an_article_joins_is_told_with_what_it_was(recorded: Service) -> None:
    effects, _ = posted(recorded, post("b-1", clash(killed=30), publisher="BBC", published="2020-02-12"))

    ((id_, incident),) = effects.incidents_after.items()
    assert (effects.incidents_before[id_].reports, incident.reports) == (2, 3)
    assert [each.pair for each in effects.relations] == [("SYR", "TUR"), ("RUS", "TUR")]
    assert effects.relations[0].moved > 0
