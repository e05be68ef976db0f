"""An answer can be had again with the `known_at` that it named, whatever was recorded since, by any clock."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from threading import Semaphore
from typing import Any, NamedTuple

import pytest

from api.running.service import Service
from domain.articles import CorrectReport, PostArticle
from domain.events import Provenance
from domain.log.application import Detente
from domain.log.article_log import Outcome
from domain.log.database_url import log_environment
from projections.folding.projector import Projector
from projections.queries.question import Question
from projections.queries.relation import Relation, relation_at
from projections.storage.reading.snapshot import read_snapshot
from projections.times import to_day, to_micros
from tests.contract.projections.folding.acts import assert_same, stumble_at
from tests.language import NOON, clash, cooperation, post

PAIR = ("SYR", "TUR")
DAY = to_day(datetime(2020, 2, 12, tzinfo=UTC).date())
WRITERS = 4
TURNS = 8


class Noted(NamedTuple):
    """An answer, and the record time that it named."""

    known_at: int
    relation: Relation


def note(service: Service) -> Noted:
    question = Question(DAY)
    with service.store.reading() as connection:
        known_at = question.answered_by(read_snapshot(connection).recorded).known_at
        assert known_at is not None
        return Noted(known_at, relation_at(connection, PAIR, question))


def assert_had_again(service: Service, noted: Noted) -> None:
    with service.store.reading() as connection:
        again = relation_at(connection, PAIR, Question(DAY, noted.known_at))
    assert_same(noted.relation, again)
    for name in ("incidents", "publishers"):
        assert getattr(again, name) == getattr(noted.relation, name)


def telling(number: int, **about: Any) -> PostArticle:
    """Return the command to record an article of three domain events."""
    told = clash(day=f"2020-02-0{number}", killed=number), cooperation("SYR", "TUR")
    return post(f"a-{number}", *told, publisher=f"publisher {number}", **about)


def at(instant: datetime) -> Provenance:
    return Provenance("ann", instant)


def test_a_clock_that_was_set_back_changes_no_answer(service: Service) -> None:
    service.log.post_article(post("a-1", clash(), provenance=at(NOON + timedelta(hours=1))))
    service.projector.catch_up()
    noted = note(service)

    service.log.post_article(post("a-2", clash(day="2020-02-05", killed=9), provenance=at(NOON)))
    service.log.correct_report(CorrectReport("a-1", 1, clash(killed=80), None, at(NOON)))
    service.projector.catch_up()

    assert note(service).relation.incidents == 2
    assert_had_again(service, noted)


@pytest.mark.parametrize("page", [1, 2, 3, 5, 7])
def test_an_answer_between_two_pages_is_one_of_the_log_at_an_instant(sqlite_service: Service, page: int) -> None:
    """Pages end within a transaction of many articles, but never within one of these."""
    service = sqlite_service
    service.log.post_articles(
        [
            post(f"a-{n}", clash(day=f"2020-02-0{n}"), cooperation("SYR", "TUR"), publisher=f"p-{n}")
            for n in range(1, 6)
        ]
    )
    noted = list(_noted_between_pages(service, page))
    assert len(noted) > 1
    for each in noted:
        assert_had_again(service, each)


def _noted_between_pages(service: Service, page: int) -> Iterator[Noted]:
    projector = Projector(service.log, service.store, page_size=page)
    while projector._fold_next_page():
        yield note(service)


def test_an_event_that_cannot_be_folded_parts_no_other_article(
    sqlite_service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page around it is halved between articles, until its own stands alone."""
    service = sqlite_service
    bad = service.log.post_articles([telling(n) for n in range(1, 8)])[4]
    assert isinstance(bad, Outcome)
    noted: list[Noted] = []
    projector = service.projector
    write = projector._write_page

    def write_and_note(*page: object) -> None:
        write(*page)  # type: ignore[arg-type]
        noted.append(note(service))

    stumble_at(monkeypatch, service.log, {bad.position}, ValueError("not to be folded"))
    monkeypatch.setattr(projector, "_write_page", write_and_note)
    projector.catch_up()
    monkeypatch.undo()
    recorded = service.log.recorded_behind(bad.position - 1)
    others = [each for each in noted if recorded is None or each.known_at != to_micros(recorded)]
    assert len(others) > 1
    for each in others:
        assert_had_again(service, each)


def test_answers_noted_under_writers_can_be_had_again(service: Service) -> None:
    """Each is a process of its own, as far as the database knows, with a clock of its own that goes back."""
    turns = Semaphore(0)

    def write(writer: int) -> None:
        with closing(Detente(log_environment(service.settings.database_url))) as log:
            for turn in range(TURNS):
                turns.acquire()
                now = datetime.now(UTC) + timedelta(seconds=writer - turn % 3)
                told = clash(day=f"2020-02-0{1 + turn}", killed=writer), cooperation("SYR", "TUR")
                log.post_article(post(f"{writer} {turn}", *told, publisher=f"{writer}", provenance=at(now)))

    noted: list[Noted] = []
    with ThreadPoolExecutor(WRITERS) as pool:
        writing = [pool.submit(write, writer) for writer in range(WRITERS)]
        while not all(future.done() for future in writing):
            turns.release()
            if service.projector._fold_next_page():
                noted.append(note(service))
        for future in writing:
            future.result()
    service.projector.catch_up()
    assert len(noted) > 1
    for each in noted:
        assert_had_again(service, each)
