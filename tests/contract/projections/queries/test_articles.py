"""What articles said of themselves then is what a read of then shows, and counts by, on every kind of store."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from tempfile import TemporaryDirectory
from typing import Any, Final

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from api.http.what_if import suppose
from api.running.service import Service
from api.running.settings import Settings
from domain.articles import Header, ReviseArticle
from domain.events import Provenance
from domain.reports import Report
from projections.queries.agreements import agreements_on
from projections.queries.articles import reports_by_incident, reports_by_tie
from projections.queries.question import Exclusions, Question
from projections.storage.reading.snapshot import read_snapshot
from projections.storage.tables import evidence
from projections.times import to_micros
from tests.clock import Clock
from tests.conftest import NewDatabase
from tests.contract.asking import all_relations
from tests.contract.projections.folding.acts import PAIRS, Act, acts, fold_in_pages_of
from tests.language import BY_ANN, agreement, backing, clash, header, post

DAY: Final = 18300
HOUR: Final = 3_600_000_000
POSTED: Final = to_micros(BY_ANN.recorded)
TIES: Final = [(one, other) for pair in PAIRS for one, other in (pair, pair[::-1])]
WITHIN: Final = agreement("", "2018", agreement="truce", source=("SYR",), target=("SYR",), source_role="GOV")
REPORTS: Final[tuple[Report, ...]] = (clash("SYR", "TUR"), backing("RUS", "SYR"), WITHIN)
FIRST: Final = header("2020-02-11", "The Wire", url="https://wire.example/1", headline="Shells", language="en")
SECOND: Final = header("2020-02-12", "The Post", url="https://post.example/1", headline="They fell", language="tr")
THIRD: Final = header("2020-02-12", "The Post")


def _revise(service: Service, about: Header, hours: int, *reports: Report) -> None:
    provenance = Provenance("ann", BY_ANN.recorded + timedelta(hours=hours))
    service.log.revise_article(ReviseArticle("a-1", about, reports, None, provenance))
    service.projector.catch_up()


def _shown(connection: Connection, question: Question) -> tuple[Any, ...]:
    """Return all that is shown of articles in answers to a question: of incidents, of ties, of agreements."""
    incidents = connection.execute(select(evidence.c.incident).where(evidence.c.incident.is_not(None))).scalars()
    return (
        reports_by_incident(connection, incidents, question),
        reports_by_tie(connection, TIES, question),
        agreements_on(connection, question),
    )


def _headers(shown: tuple[Any, ...]) -> set[Header]:
    incidents, ties, agreements = shown
    found = [report for reports in (*incidents.values(), *ties.values()) for report in reports]
    found += [development for each in agreements for development in each.developments]
    return {_seen(one) for one in found}


def _seen(about: Any) -> Header:
    """Return what is shown of a header."""
    return header(about.published, about.publisher, url=about.url, headline=about.headline)


def test_what_an_article_said_of_itself_then_is_shown(service: Service) -> None:
    about = {name: getattr(FIRST, name) for name in Header.__struct_fields__}
    service.log.post_article(post("a-1", *REPORTS, **about))
    service.projector.catch_up()
    _revise(service, SECOND, 1, *REPORTS)
    _revise(service, THIRD, 2, *REPORTS)
    expected = {POSTED: FIRST, POSTED + HOUR - 1: FIRST, POSTED + HOUR: SECOND, POSTED + 2 * HOUR: THIRD}
    for is_rebuilt in (False, True):
        if is_rebuilt:
            service.projector.rebuild()
        with service.store.reading() as connection:
            for known_at, then in [*expected.items(), (None, THIRD)]:
                shown = _shown(connection, Question(DAY, known_at))
                assert [len(part) for part in shown] == [1, 1, 1]
                assert _headers(shown) == {_seen(then)}


def test_an_article_without_evidence_is_left_out_by_the_publisher_it_had_then(service: Service) -> None:
    service.log.post_article(post("a-1", WITHIN, publisher="The Wire"))
    service.projector.catch_up()
    _revise(service, THIRD, 1, WITHIN)
    with service.store.reading() as connection:
        found = {
            (publisher, known_at): len(
                agreements_on(connection, Question(DAY, known_at, left_out=Exclusions(frozenset({publisher}))))
            )
            for publisher in ("the wire", "the post")
            for known_at in (POSTED, None)
        }
    assert found == {
        ("the wire", POSTED): 0,
        ("the wire", None): 1,
        ("the post", POSTED): 1,
        ("the post", None): 0,
    }


def test_a_publisher_is_named_as_it_was_first_whatever_is_revised(service: Service) -> None:
    def named(text: str, known_at: int | None) -> tuple[str, ...]:
        return suppose(service.store, [Question(DAY, known_at)], [f"without_publisher:{text}"])[0].what_if

    service.log.post_article(post("a-1", WITHIN, publisher="The WIRE"))
    service.projector.catch_up()
    before = named("the wire", None)
    _revise(service, header(publisher="The Wire"), 1, WITHIN)
    _revise(service, header(publisher="The Post"), 2, WITHIN)
    assert before == named("the wire", POSTED) == named("the wire", None) == ("without_publisher:The WIRE",)
    assert named("THE POST", None) == ("without_publisher:The Post",)


# Reading of any instant is as reading at that instant was


lives = st.lists(acts.map(lambda act: replace(act, behind=0)), min_size=1, max_size=8)


def _answers(connection: Connection, known_at: int | None) -> list[Any]:
    answers: list[Any] = []
    for publishers in (frozenset[str](), frozenset({"reuters"})):
        question = Question(DAY, known_at, left_out=Exclusions(publishers))
        relations = all_relations(connection, question)
        counted = sorted((one.pair, one.incidents, one.publishers) for one in relations)
        answers += [_shown(connection, question), counted]
    return answers


def _live(service: Service, life: list[Act], page_size: int) -> None:
    noted = {}
    for act in life:
        act.do(service)
        fold_in_pages_of(page_size, service)
        with service.store.reading() as connection:
            if (instant := read_snapshot(connection).recorded) is not None:
                noted[instant] = _answers(connection, None)
    with service.store.reading() as connection:
        for instant, answers in noted.items():
            assert _answers(connection, instant) == answers


def _hold(examples: int, new_database: Callable[[str], str]) -> None:
    @settings(max_examples=examples, deadline=None, derandomize=True, phases=(Phase.generate,))
    @given(lives, st.integers(1, 4))
    def held(life: list[Act], page_size: int) -> None:
        with TemporaryDirectory() as folder:
            service = Service.open(Settings(database_url=new_database(folder)), Clock())
            try:
                _live(service, life, page_size)
            finally:
                service.close()

    held()


def test_what_was_known_is_answered_as_it_was_then_on_sqlite() -> None:
    _hold(12, lambda folder: f"sqlite:///{folder}/one.db")


def test_what_was_known_is_answered_as_it_was_then_on_postgresql(new_postgres_database: NewDatabase) -> None:
    _hold(2, lambda _folder: new_postgres_database())
