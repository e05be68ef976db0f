"""Data sets delivered in random pieces, orders and repetitions, with an analyst's decisions between."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.app import create_app
from api.importing.importer import Importer, Options
from api.importing.seeds import seed_actors
from api.importing.summary import Summary
from api.importing.targets.database import DatabaseTarget
from api.importing.targets.server import ServerTarget
from api.importing.targets.target import Target
from api.running.service import Service
from api.running.settings import Settings
from domain.articles import Article, CorrectReport, RetractReport
from domain.deliveries.delivered_article import content_of
from domain.events import Provenance
from domain.reports import Clash
from projections.queries.articles import latest_articles
from projections.queries.question import Question
from projections.times import to_day
from tests.contract.asking import all_relations
from tests.e2e.app_client import client_of
from tests.unit.api.importing.support import ICEWS_HEADER, accounted_for, gdelt_row, icews_row

BY_ANN = Provenance("ann", datetime(2026, 1, 1, tzinfo=UTC))
URLS = ("https://news.example/live", "https://other.example/1")
SECOND_DAY = "2014-05-02"  #: on which KEDS data have rows of the same refs
KEDS = tuple(
    f"{day}\t{source}\tKHM\t{code}"
    for day in ("2014-05-01", SECOND_DAY)
    for source, code in (("THA", "190"), ("THAMIL", "130"), ("LAO", "040"))
)
GDELT = tuple(
    gdelt_row(c0=str(number), c1="20180101", c59=f"2018010{1 + number}000000", c60=URLS[number % 2])
    for number in range(1, 6)
)
ICEWS = tuple(
    icews_row(Event_ID=str(number), Event_Date=f"2018-06-{number}", Story_ID=str(7 + number % 2), Publisher=name)
    for number, name in ((11, "One"), (12, "One"), (13, "Two"), (14, "One"))
)
HEADS = {KEDS: "", GDELT: "", ICEWS: f"{ICEWS_HEADER}\n"}
CORRECTED = "3"
DECIDED = ("row:THA KHM 190", "1", CORRECTED, "13")  #: the refs of events on which the analyst decides

Step = tuple[tuple[str, ...], list[str]] | str


@contextmanager
def opened() -> Iterator[Service]:
    with (
        TemporaryDirectory() as folder,
        closing(Service.open(Settings(database_url=f"sqlite:///{folder}/x.db"))) as it,
    ):
        yield it


@contextmanager
def served() -> Iterator[tuple[Service, str]]:
    """Yield a service that is served, which knows the seeds' actors, and its address."""
    with TemporaryDirectory() as folder:
        settings_ = Settings(database_url=f"sqlite:///{folder}/x.db", seed=False)
        with client_of(create_app(settings_)) as client:
            service: Service = client.app.state.service
            seed_actors(service, BY_ANN)
            yield service, str(client.base_url)


def deliver(service: Service, data_set: tuple[str, ...], rows: Sequence[str], server: str = "") -> Summary:
    """Deliver rows into a database, or to a server, where another records them each time."""
    with TemporaryDirectory() as folder, ExitStack() as stack:
        path = Path(folder) / "rows"
        path.write_text(HEADS[data_set] + "\n".join(rows) + "\n")
        target: Target = DatabaseTarget(service)
        if server:
            target = stack.enter_context(closing(ServerTarget(server, {"X-Recorded-By": folder})))
        summary = Importer(target, Options()).run([str(path)])
    assert not summary.errors
    assert summary.read == accounted_for(summary)
    assert summary.rejected == 0
    return summary


def articles_of(service: Service) -> list[Article]:
    service.projector.catch_up()
    with service.store.reading() as connection:
        return [service.log.article(entry.article_id) for _, entry in latest_articles(connection, None, 1000)]


def decide(service: Service, ref: str) -> bool:
    """Retract the event of a ref, or correct it, and not that of the second day; return whether it was there."""
    found = [
        (article.article_id, number)
        for article in articles_of(service)
        for number, report in article.reports.items()
        if report.ref == ref and report.occurred != SECOND_DAY
    ]
    for article_id, number in found:
        if ref == CORRECTED:
            better = Clash(occurred="2018-01-01", source=("FRA",), target=("DEU",), type="ASSAULT", ref=ref)
            service.log.correct_report(CorrectReport(article_id, number, better, "better", BY_ANN))
        else:
            service.log.retract_report(RetractReport(article_id, number, "wrong", BY_ANN))
    return bool(found)


def standing(service: Service) -> tuple[Any, ...]:
    """Return all that matters: the events by publisher, and every relation."""
    events = sorted(
        (article.header.publisher, str(article.header.url), repr(content_of(report)))
        for article in articles_of(service)
        for report in article.reports.values()
    )
    service.projector.catch_up()
    with service.store.reading() as connection:
        relations = all_relations(connection, Question(to_day(datetime(2018, 7, 1, tzinfo=UTC).date())))
    return events, sorted(map(repr, relations))


@cache
def expected(data_sets: frozenset[tuple[str, ...]], decided: frozenset[str]) -> tuple[Any, ...]:
    """Return what stands where all was delivered at once and decided on then."""
    with opened() as service:
        for data_set in sorted(data_sets):
            deliver(service, data_set, data_set)
        for ref in sorted(decided):
            decide(service, ref)
        return standing(service)


PIECES = st.sampled_from([KEDS, GDELT, ICEWS]).flatmap(
    lambda rows: st.tuples(st.just(rows), st.lists(st.sampled_from(rows), min_size=1, max_size=8))
)


STEP = st.one_of(PIECES, st.sampled_from(DECIDED))


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEP, max_size=6), st.permutations([KEDS, GDELT, ICEWS]))
def test_pieces_orders_and_repetitions_come_to_the_same(steps: list[Step], whole: list[tuple[str, ...]]) -> None:
    with opened() as service:
        decided = play(service, steps, whole)
        found = standing(service)
    assert found == expected(frozenset(whole), frozenset(decided))


def play(service: Service, steps: list[Step], whole: list[tuple[str, ...]], server: str = "") -> set[str]:
    """Take steps, and deliver whole data sets twice; return what was decided."""
    decided: set[str] = set()
    for step in steps:
        if not isinstance(step, str):
            deliver(service, *step, server)
        elif decide(service, step):
            decided.add(step)
    for data_set in whole:
        deliver(service, data_set, data_set[::-1], server)
    assert all(deliver(service, data_set, data_set, server).duplicates == len(data_set) for data_set in whole)
    return decided


@settings(max_examples=2, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.one_of(PIECES, st.sampled_from(DECIDED)), min_size=2, max_size=3), st.permutations([KEDS, GDELT])
)
def test_they_come_to_the_same_by_way_of_a_server(steps: list[Step], whole: list[tuple[str, ...]]) -> None:
    steps = [step for step in steps if isinstance(step, str) or step[0] in whole]
    with served() as (service, server):
        decided = play(service, steps, whole, server)
        found = standing(service)
    assert found == expected(frozenset(whole), frozenset(decided))
