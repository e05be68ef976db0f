"""Parked events, on every kind of store: tried again, they come to exactly what a rebuild gives."""

from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest
from eventsourcing.persistence import MapperDeserialisationError, Notification, StoredEvent
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select

from api.operations.health import read_health
from api.running.service import Service
from domain.actors import ActorKind, AddActorName, RegisterActor, RemoveActorName
from domain.articles import (
    CorrectReport,
    ReportRetracted,
    RetractArticle,
    RetractReport,
    StatementReported,
    article_uuid,
)
from domain.events import EVENT_CLASSES, DomainEvent
from domain.log.application import Detente
from domain.log.database_url import log_environment
from domain.rulings import LinkReports, ReportRef, SeparateReports
from projections.folding import read_rulings
from projections.folding.fold_page import Page
from projections.folding.folder import Folder
from projections.folding.parked import NotParked
from projections.queries.actors import ActorEntry, all_actors
from projections.storage.reading.snapshot import Mark, read_snapshot
from projections.storage.tables import actors, articles, parked, reported_events
from tests.contract.projections.folding.acts import Act, fold_in_pages_of, lives, on_sqlite, stumble_at
from tests.contract.tables import rows
from tests.examples import examples
from tests.language import BY_ANN, clash, post, statement

WAR = "detente.war-declared"


def parked_positions(service: Service) -> list[int]:
    with service.store.reading() as connection:
        return list(connection.execute(select(parked.c.position).order_by(parked.c.position)).scalars())


def assert_equals_a_rebuild(service: Service) -> None:
    service.projector.catch_up()
    before = rows(service.store)
    service.projector.rebuild()
    assert rows(service.store) == before


@pytest.fixture
def poisoned(service: Service) -> Service:
    """Return a service on which an article declares war, which no class can read, and then takes a report back."""
    service.log.post_article(post("a-1", clash(killed=3), statement("RUS", "TUR")))
    service.log.post_article(post("a-2", statement("RUS", "SYR")))
    service.projector.catch_up()
    aggregate = article_uuid("a-1")
    *_, said = service.log.recorder.select_events(aggregate)
    declared = msgspec.json.decode(said.state) | {"number": 3, "timestamp": "2026-01-01T12:00:01Z"}
    taken_back = {"number": 1, "recorded_by": "ann", "timestamp": "2026-01-01T12:00:02Z"}
    for version, topic, state in ((4, WAR, declared), (5, ReportRetracted.TOPIC, taken_back)):
        stored = StoredEvent(aggregate, version, topic, msgspec.json.encode(state))
        service.log.recorder.insert_events([stored])
    service.log.post_article(post("a-3", statement("SYR", "TUR")))
    service.projector.catch_up()
    return service


@pytest.fixture
def learn(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Return a function by which the code learns to read declarations of war: as statements."""
    return lambda: monkeypatch.setitem(EVENT_CLASSES, WAR, StatementReported)


def test_what_follows_a_parked_event_in_its_article_is_parked_and_the_rest_goes_on(poisoned: Service) -> None:
    declared, taken_back = parked_positions(poisoned)
    with poisoned.store.reading() as connection:
        errors = connection.execute(select(parked.c.error).order_by(parked.c.position)).scalars().all()
        known = connection.execute(select(articles.c.article_id)).scalars().all()
    assert "TopicError" in errors[0]
    assert errors[1] == f"waits for position {declared}, which is parked"
    assert sorted(known) == ["a-1", "a-2", "a-3"]
    assert poisoned.store.position() == poisoned.log.position() > taken_back


def test_health_lists_what_is_parked_and_says_what_to_do(poisoned: Service) -> None:
    health = read_health(poisoned)
    assert health.status == "degraded"
    assert [event.position for event in health.projections[0].parked] == parked_positions(poisoned)
    assert health.projections[0].parked_events == len(parked_positions(poisoned))
    assert "detente retry" in health.advice[0]


def test_trying_again_before_the_cause_is_mended_changes_nothing(poisoned: Service) -> None:
    before = rows(poisoned.store)
    tried = poisoned.projector.retry()
    assert (tried.folded, list(tried.parked)) == ((), parked_positions(poisoned))
    assert rows(poisoned.store) == before


def test_of_many_parked_events_all_are_counted_and_a_hundred_listed(service: Service) -> None:
    with service.store.writing() as connection:
        row = {"topic": "detente.of-tomorrow", "aggregate": "a", "aggregate_version": 1, "error": "unknown"}
        connection.execute(insert(parked), [{"position": position, **row} for position in range(1, 251)])

    (projection,) = read_health(service).projections

    assert projection.parked_events == 250
    assert [event.position for event in projection.parked] == list(range(1, 101))


@pytest.mark.parametrize("which", [0, 1, None])
def test_what_was_parked_comes_to_what_a_rebuild_gives(
    poisoned: Service, learn: Callable[[], None], which: int | None
) -> None:
    positions = parked_positions(poisoned)
    learn()
    tried = poisoned.projector.retry([] if which is None else [positions[which]])
    assert (tried.folded, dict(tried.parked)) == (tuple(positions), {})
    poisoned.projector.catch_up()
    assert read_health(poisoned).projections[0].parked == []
    assert_equals_a_rebuild(poisoned)


def test_a_rebuild_folds_what_was_parked_too(poisoned: Service, learn: Callable[[], None]) -> None:
    learn()
    poisoned.projector.rebuild()
    assert parked_positions(poisoned) == []


def test_a_position_at_which_nothing_is_parked_is_refused(poisoned: Service) -> None:
    with pytest.raises(NotParked, match="position 1"):
        poisoned.projector.retry([1])


def test_an_event_that_could_not_be_written_is_folded_once_it_can(service: Service) -> None:
    service.log.post_article(post("a-1", clash(), clash(day="2020-02-05")))
    stumbling = {"article": service.log.read_log(0, 1)[0].id, "number": 1, "version": 2}
    with service.store.writing() as connection:
        values = {**stumbling, "position": 0, "recorded": 0, "content": "{}"}
        connection.execute(insert(reported_events).values(values))
    service.projector.catch_up()
    assert len(parked_positions(service)) == 2
    service.log.retract_report(RetractReport("a-1", 2, None, BY_ANN))
    service.projector.catch_up()
    assert len(parked_positions(service)) == 3
    with service.store.writing() as connection:
        connection.execute(delete(reported_events).where(reported_events.c.position == 0))
    assert len(service.projector.retry().folded) == 3
    assert_equals_a_rebuild(service)


def test_an_actor_is_set_aside_like_an_article(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    service.log.register_actor(RegisterActor("ATL", ActorKind.OTHER, "Atlantis", (), BY_ANN))
    service.log.add_actor_name(AddActorName("ATL", "The sunken one", BY_ANN))
    service.log.remove_actor_name(RemoveActorName("ATL", "atlantis", None, BY_ANN))
    service.log.register_actor(RegisterActor("LEM", ActorKind.OTHER, "Lemuria", (), BY_ANN))
    with monkeypatch.context() as patched:
        poison(patched, service.log, {1})
        service.projector.catch_up()
    with service.store.reading() as connection:
        assert connection.execute(select(actors.c.code)).scalars().all() == ["LEM"]
    assert service.projector.retry().folded == (1, 2, 3)
    with service.store.reading() as connection:
        assert all_actors(connection)[0] == ActorEntry("ATL", "other", "The sunken one", ())
    assert_equals_a_rebuild(service)


def test_what_is_tried_again_while_a_page_is_folded_is_not_parked_anew(
    poisoned: Service, learn: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page was folded when the article was set aside still; by the time it is written, it is not."""
    learn()
    poisoned.log.retract_article(RetractArticle("a-1", None, BY_ANN))
    page_of = poisoned.projector._page_of

    def retried_meanwhile(notifications: Sequence[Notification], *known: Any) -> Page:
        monkeypatch.undo()
        learn()
        assert len(poisoned.projector.retry().folded) == 2
        return page_of(notifications, *known)

    monkeypatch.setattr(poisoned.projector, "_page_of", retried_meanwhile)
    poisoned.projector.catch_up()
    assert parked_positions(poisoned) == []
    assert_equals_a_rebuild(poisoned)


def test_what_rulings_tie_to_a_parked_event_waits_for_it(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = service.log
    for article_id in ("a", "b", "c"):
        log.post_article(post(article_id, clash(), clash(day="2020-02-07")))
    log.link_reports(LinkReports((ReportRef("a", 1), ReportRef("b", 1)), "one attack", BY_ANN))
    service.projector.catch_up()
    with monkeypatch.context() as patched:
        poison(patched, log, {log.position() + 1})
        log.correct_report(CorrectReport("a", 1, clash(day="2020-02-05"), None, BY_ANN))
        log.retract_report(RetractReport("b", 1, None, BY_ANN))
        log.separate_reports(SeparateReports((ReportRef("c", 1),), "another", BY_ANN))
        log.post_article(post("d", clash(day="2020-02-07")))
        log.link_reports(LinkReports((ReportRef("d", 1), ReportRef("b", 2)), "one", BY_ANN))
        service.projector.catch_up()
        log.correct_report(CorrectReport("d", 1, clash(killed=3), None, BY_ANN))
        service.projector.catch_up()
    with service.store.reading() as connection:
        topics = list(connection.execute(select(parked.c.topic).order_by(parked.c.position)).scalars())
    assert topics == [
        "detente.report-corrected",
        "detente.report-retracted",
        "detente.reports-linked",
        "detente.report-corrected",
    ]
    assert len(service.projector.retry().folded) == 4
    assert_equals_a_rebuild(service)


def test_a_ruling_that_could_not_be_known_in_time_stays_parked_until_a_rebuild(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing in it says which articles it is about; so what happened to them later did not wait for it."""
    log = service.log
    for article_id in ("a", "b"):
        log.post_article(post(article_id, clash()))
    log.link_reports(LinkReports((ReportRef("a", 1), ReportRef("b", 1)), "one attack", BY_ANN))
    (ruling,) = parked_at_first = [log.position()]
    with monkeypatch.context() as patched:
        poison(patched, log, {ruling})
        patched.setattr(read_rulings, "_named_in", lambda _: set())
        service.projector.catch_up()
        log.correct_report(CorrectReport("a", 1, clash(day="2020-02-05"), None, BY_ANN))
        service.projector.catch_up()
    tried = service.projector.retry()
    assert (tried.folded, list(tried.parked)) == ((), parked_at_first)
    assert "detente rebuild" in tried.parked[ruling]
    service.projector.rebuild()
    assert parked_positions(service) == []
    assert_equals_a_rebuild(service)


def test_a_fault_of_ours_in_reading_rulings_is_not_taken_for_one_of_an_event(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = service.log
    for article_id in ("a", "b"):
        log.post_article(post(article_id, clash()))
    log.link_reports(LinkReports((ReportRef("a", 1), ReportRef("b", 1)), "one attack", BY_ANN))
    service.projector.catch_up()
    behind = Folder(log, service.store)  # it has to read the ruling again
    log.post_article(post("c", clash()))

    def fail(_: Notification) -> DomainEvent:
        raise RuntimeError("a fault of ours")

    with monkeypatch.context() as patched:
        patched.setattr(log, "decode", fail)
        with pytest.raises(RuntimeError, match="a fault of ours"):
            behind.fold()
    assert parked_positions(service) == []
    behind.fold()
    assert_equals_a_rebuild(service)


def poison(monkeypatch: pytest.MonkeyPatch, log: Detente, poisoned: set[int]) -> None:
    """Make some positions of a log unreadable."""
    stumble_at(monkeypatch, log, poisoned, MapperDeserialisationError("what is this?"))


@examples(15)
@given(
    lives(),
    st.sets(st.integers(1, 30), min_size=1, max_size=4),
    st.integers(1, 7),
    st.randoms(use_true_random=False),
)
def test_whatever_was_parked_comes_to_what_a_rebuild_gives(
    done: Sequence[Act], unreadable: set[int], page: int, random: Any
) -> None:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as monkeypatch:
        service = on_sqlite(folder)
        # A log of the projector's own: who rules on reports has read what cannot be folded.
        with closing(Detente(log_environment(service.settings.database_url))) as folded_log:
            poison(monkeypatch, folded_log, unreadable)
            folding = replace(service, log=folded_log)
            for act in done:
                act.do(service)
                if act.then_fold:
                    fold_in_pages_of(page, folding)
            fold_in_pages_of(page, folding)
        left = parked_positions(service)
        random.shuffle(left)
        for position in left:
            with suppress(NotParked):  # it was folded with one before it
                service.projector.retry([position])
        assert parked_positions(service) == []
        assert_equals_a_rebuild(service)
        service.close()


def test_a_rebuild_that_folds_what_was_parked_is_another_state_of_the_tables(
    poisoned: Service, learn: Callable[[], None]
) -> None:
    def mark() -> Mark:
        with poisoned.store.reading() as connection:
            return read_snapshot(connection).mark

    before = mark()
    poisoned.projector.rebuild()
    same = mark()
    learn()
    poisoned.projector.rebuild()
    assert parked_positions(poisoned) == []
    assert (same, mark()) == (before, before._replace(revision=before.revision + 1))
