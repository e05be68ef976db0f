"""The projections, on every kind of store: whatever the order and the pages, the same rows."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select, update

from api.running.service import Service
from api.running.settings import Settings
from domain.articles import (
    ReportCorrected,
    RetractArticle,
    RetractReport,
)
from domain.events import Provenance
from domain.reports import Report
from projections.folding.projector import Projector
from projections.queries.question import Question
from projections.queries.relation import relation_at
from projections.scoring.models import DEFAULT_MODEL
from projections.storage.reading.tables_state import OutdatedTables
from projections.storage.tables import articles, parked, progress, reported_events
from projections.times import to_micros
from tests.clock import Clock
from tests.contract.projections.folding.acts import (
    LIFE,
    Act,
    assert_now_is_what_evidence_says,
    contents,
    fold_in_pages_of,
    lives,
    on_sqlite,
)
from tests.contract.projections.folding.at_once import filled_at_once
from tests.contract.tables import MEANING, rows
from tests.examples import examples
from tests.language import clash, post, statement


@examples(12)
@given(lives(), st.integers(1, 7))
def test_a_rebuild_equals_what_was_folded_bit_by_bit(done: Sequence[Act], page: int) -> None:
    with TemporaryDirectory() as folder:
        service = on_sqlite(folder)
        for act in done:
            act.do(service)
            if act.then_fold:
                fold_in_pages_of(page, service)
        fold_in_pages_of(page, service)
        bit_by_bit = rows(service.store)
        service.store.clear()
        fold_in_pages_of(1000, service)
        assert rows(service.store) == bit_by_bit
        assert_now_is_what_evidence_says(service)
        service.close()


@examples(10)
@given(st.lists(contents(), min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_any_order_of_arrival_comes_to_the_same(written: list[tuple[Report, ...]], random: object) -> None:
    commands = [(f"a-{n}", reported) for n, reported in enumerate(written)]
    shuffled = list(commands)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert meaning_of(shuffled) == meaning_of(commands)


@examples(10)
@given(contents(), contents(), st.booleans())
def test_retracted_is_as_if_never_posted(
    kept: tuple[Report, ...], retracted: tuple[Report, ...], one_by_one: bool
) -> None:
    with TemporaryDirectory() as folder:
        service = on_sqlite(folder)
        by_ann = Provenance("ann", service.clock())
        service.log.post_article(post("wrong", *retracted, published="2020-02-29", publisher="AP"))
        service.log.post_article(post("right", *kept, published="2020-02-29"))
        fold_in_pages_of(3, service)
        if one_by_one:
            for number in range(1, len(retracted) + 1):
                service.log.retract_report(RetractReport("wrong", number, None, by_ann))
        else:
            service.log.retract_article(RetractArticle("wrong", None, by_ann))
        fold_in_pages_of(3, service)
        assert rows(service.store, *MEANING) == meaning_of([("right", kept)])
        service.close()


def meaning_of(commands: Sequence[tuple[str, tuple[Report, ...]]]) -> object:
    with TemporaryDirectory() as folder:
        service = on_sqlite(folder)
        for article_id, reported in commands:
            service.log.post_article(post(article_id, *reported, published="2020-02-29"))
        fold_in_pages_of(4, service)
        found = rows(service.store, *MEANING)
        service.close()
        return found


@pytest.fixture
def lived(service: Service) -> Service:
    """Return a service on which a life of articles has been lived and folded."""
    for act in LIFE:
        act.do(service)
        if act.then_fold:
            fold_in_pages_of(2, service)
    fold_in_pages_of(2, service)
    return service


def test_a_rebuild_equals_the_projections_on_every_store(lived: Service) -> None:
    before = rows(lived.store)
    lived.store.clear()
    assert lived.store.position() == 0
    fold_in_pages_of(1000, lived)
    assert rows(lived.store) == before
    assert_now_is_what_evidence_says(lived)


def test_a_rebuild_by_several_processes_equals_the_projections(
    lived: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rows(lived.store)
    monkeypatch.setattr("projections.folding.projector.WORTH_WORKERS", 1)
    progress: list[tuple[int, int]] = []
    end = lived.projector.rebuild(lambda position, end: progress.append((position, end)))
    assert rows(lived.store) == before
    assert end == lived.log.position()
    assert progress == sorted(progress)
    assert progress[-1] == (end, end)


@examples(10)
@given(lives(), st.integers(1, 7))
def test_a_log_folded_at_once_equals_what_was_folded_page_by_page(done: Sequence[Act], stretch: int) -> None:
    with TemporaryDirectory() as folder:
        service = on_sqlite(folder)
        for act in done:
            act.do(service)
        fold_in_pages_of(3, service)
        page_by_page = rows(service.store)
        with filled_at_once(service, stretch) as new:
            service.store.swap(new)
        assert rows(service.store) == page_by_page
        service.close()


def test_two_projectors_fold_each_page_once(lived: Service) -> None:
    before = rows(lived.store)
    lived.store.clear()
    one, other = (Projector(lived.log, lived.store, page_size=1) for _ in range(2))
    while one._fold_next_page() or other._fold_next_page():
        pass
    late = lived.log.read_log(0, 5)
    one._write(0, late)  # a page that another has written already
    fold_in_pages_of(1, lived)
    assert rows(lived.store) == before


def test_what_was_known_is_shown_as_it_was_known(lived: Service) -> None:
    """The toll of 14 came with a correction; before it, both papers' reports were one incident of 13."""
    history = lived.log.article_history("a-1")
    corrected = to_micros(next(event.timestamp for event in history if isinstance(event, ReportCorrected)))
    day = Question(18304)  # 2020-02-12
    with lived.store.reading() as connection:
        before = relation_at(connection, ("SYR", "TUR"), day._replace(known_at=corrected - 1))
        after = relation_at(connection, ("SYR", "TUR"), day._replace(known_at=corrected))
        a_moment_later = relation_at(connection, ("SYR", "TUR"), day._replace(known_at=corrected + 1))
    assert (before.incidents, before.publishers) == (1, 2)
    assert (after.incidents, after.publishers) == (2, 2)
    assert after.scores.tension > before.scores.tension
    assert after == a_moment_later


def test_a_poison_event_is_parked_and_the_rest_goes_on(service: Service) -> None:
    service.log.post_article(post("a-1", clash()))
    service.projector.catch_up()
    poison = service.log.recorder.select_events(service.log.article("a-1").id)[-1]
    stored = type(poison)(service.log.article("a-1").id, 3, "detente.war-declared", poison.state)
    service.log.recorder.insert_events([stored])
    service.log.post_article(post("a-2", statement()))
    service.projector.catch_up()
    with service.store.reading() as connection:
        (event,) = connection.execute(select(parked)).all()
        known = connection.execute(select(articles.c.article_id).order_by(articles.c.article_id)).scalars().all()
    assert (event.topic, event.aggregate_version) == ("detente.war-declared", 3)
    assert "TopicError" in event.error
    assert known == ["a-1", "a-2"]
    assert service.store.position() == service.log.position()


def test_an_event_that_cannot_be_written_is_parked_with_its_error(service: Service) -> None:
    service.log.post_article(post("a-1", clash()))
    stumbling = {
        "article": service.log.read_log(0, 1)[0].id,
        "number": 1,
        "version": 2,
        "position": 0,
        "recorded": 0,
        "content": "{}",
    }
    with service.store.writing() as connection:
        connection.execute(insert(reported_events).values(stumbling))
    service.projector.catch_up()
    with service.store.reading() as connection:
        (event,) = connection.execute(select(parked)).all()
    assert event.topic == "detente.clash-reported"
    assert "IntegrityError" in event.error
    assert service.store.position() == service.log.position()


def test_tables_of_another_version_are_neither_read_nor_written(service: Service) -> None:
    with service.store.writing() as connection:
        connection.execute(update(progress).values(version=0))
    with pytest.raises(OutdatedTables, match="detente rebuild"), service.store.reading():
        pass
    service.log.post_article(post("a-1", clash()))
    with pytest.raises(OutdatedTables, match="detente rebuild"):
        service.projector.catch_up()
    service.store.clear()
    with service.store.reading():
        pass


def test_a_log_and_its_projections_live_side_by_side(tmp_path: Path) -> None:
    service = Service.open(Settings(database_url=f"sqlite:///{tmp_path}/news.db"), Clock())
    service.close()
    assert {file.name for file in tmp_path.glob("*.db")} == {
        "news.db",
        "news.projections.db",
        "news.projections-1.db",
        "news.views.db",
    }


def test_the_default_model_is_the_one_that_the_tables_hold() -> None:
    assert Question(0).model is DEFAULT_MODEL
    assert Question(0).is_plain
    assert not Question(0, model=DEFAULT_MODEL.with_constants("other", prior=5.0)).is_plain
