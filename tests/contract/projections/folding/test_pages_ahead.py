"""Pages that are folded ahead, on every kind of store: they come to what is folded where it is written."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from multiprocessing import Pipe
from tempfile import TemporaryDirectory
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.running.service import Service
from domain.log.application import Detente
from domain.log.database_url import log_environment
from projections.folding.projector import Projector
from projections.folding.stretches.pages_ahead import PageAhead, PagesAhead, fold_ahead
from tests.contract.projections.folding.acts import LIFE, Act, lives, on_sqlite, stumble_at
from tests.contract.tables import rows
from tests.examples import examples
from tests.language import clash, post
from tests.patience import PATIENCE


class _Noting(PagesAhead):
    """Notes which pages were taken."""

    taken: int = 0

    def take(self, after: int) -> PageAhead | None:
        """Count the pages that are there."""
        page = super().take(after)
        self.taken += page is not None
        return page


@contextmanager
def _folding_ahead(service: Service) -> Iterator[_Noting]:
    """Fold ahead in a thread, with a log of its own."""
    ours, theirs = Pipe()
    open_log = partial(Detente, log_environment(service.settings.database_url))
    thread = Thread(target=fold_ahead, args=(theirs, open_log))
    thread.start()
    try:
        yield _Noting(ours)
    finally:
        ours.close()
        thread.join(PATIENCE)
        assert not thread.is_alive()
        theirs.close()


def _projector(service: Service, size: int, ahead: PagesAhead) -> Projector:
    projector = Projector(service.log, service.store, page_size=size)
    projector.take_pages_from(ahead)
    return projector


@examples(12)
@given(lives(), st.integers(1, 7))
def test_whatever_happens_pages_ahead_come_to_what_a_rebuild_gives(done: Sequence[Act], page: int) -> None:
    with TemporaryDirectory() as folder:
        service = on_sqlite(folder)
        with _folding_ahead(service) as ahead:
            projector = _projector(service, page, ahead)
            for act in done:
                act.do(service)
                if act.then_fold:
                    projector.catch_up()
            projector.catch_up()
        found = rows(service.store)
        service.store.clear()
        service.projector.catch_up()
        assert rows(service.store) == found
        service.close()


def test_a_life_comes_to_the_same_on_every_store(service: Service) -> None:
    for act in LIFE:
        act.do(service)
    with _folding_ahead(service) as ahead:
        _projector(service, 2, ahead).catch_up()
        assert ahead.taken
    found = rows(service.store)
    service.store.clear()
    service.projector.catch_up()
    assert rows(service.store) == found


def _post_some(service: Service) -> None:
    for number in range(6):
        service.log.post_article(post(f"a-{number}", clash(killed=number)))


def test_what_somebody_else_has_folded_meanwhile_is_not_folded_again(service: Service) -> None:
    _post_some(service)
    with _folding_ahead(service) as ahead:
        projector = _projector(service, 2, ahead)
        projector._fold_next_page()
        service.projector.fold_up_to(service.log.position() - 2)
        projector.catch_up()
        assert not ahead.taken
    found = rows(service.store)
    service.projector.rebuild()
    assert rows(service.store) == found


def test_what_cannot_be_folded_ahead_is_met_by_who_writes(
    service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    _post_some(service)
    bad = service.log.position() - 4
    caplog.set_level(logging.INFO)
    with _folding_ahead(service) as ahead:
        projector = _projector(service, 2, ahead)
        stumble_at(monkeypatch, service.log, {bad}, ValueError("not to be folded"))
        monkeypatch.setattr("domain.log.mapper.EventMapper.fields_of", _refuse)
        projector.catch_up()
        assert "is not folded ahead: ValueError('not here')" in caplog.text
        monkeypatch.undo()
    assert [position for position in service.projector.retry().folded if position == bad]


def _refuse(*_: object) -> object:
    raise ValueError("not here")


def test_without_who_folds_ahead_pages_are_folded_where_they_are_written(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    _post_some(service)
    ours, theirs = Pipe()
    projector = _projector(service, 2, PagesAhead(ours))
    projector._fold_next_page()
    theirs.close()
    projector.catch_up()
    assert service.store.position() == service.log.position()
    assert caplog.text.count("no pages are folded ahead any more") == 1
    ours.close()


def test_one_that_cannot_be_asked_any_more_is_not_asked_again(caplog: pytest.LogCaptureFixture) -> None:
    ours, theirs = Pipe()
    theirs.close()
    ahead = PagesAhead(ours)
    for _ in range(2):
        ahead.ask(0, 10)
        assert ahead.take(0) is None
    assert caplog.text.count("no pages are folded ahead any more") == 1
    ours.close()
