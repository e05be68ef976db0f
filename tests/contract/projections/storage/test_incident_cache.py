"""All incidents in memory: however they came there, page by page or at once, they are what the tables hold."""

from collections.abc import Sequence
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from sqlalchemy import delete

from api.running.service import Service
from projections.pairs import Pair
from projections.storage import incident_cache
from projections.storage.incident_cache import AllIncidentColumns, IncidentCache, read_all
from projections.storage.store import read_snapshot
from projections.storage.tables import page_changes
from tests.contract.projections.folding.acts import Act, fold_in_pages_of, lives, on_sqlite
from tests.examples import examples
from tests.language import clash, post


class Cache(IncidentCache):
    """A cache that counts how often it reads everything."""

    def __init__(self) -> None:
        super().__init__()
        self.went_on: list[bool] = []

    def _go_on(self, *at: Any) -> AllIncidentColumns | None:
        found = super()._go_on(*at)
        self.went_on.append(found is not None)
        return found


def of_each_pair(found: AllIncidentColumns) -> dict[Pair, list[tuple[Any, ...]]]:
    rows: dict[Pair, list[tuple[Any, ...]]] = {}
    for number, *row in zip(*(column.tolist() for column in found.columns), strict=True):
        rows.setdefault(found.pairs[number], []).append(tuple(row))
    return rows


def assert_up_to_date(cache: IncidentCache, service: Service) -> None:
    with service.store.reading() as connection:
        found = cache.at(connection, read_snapshot(connection).mark)
        assert of_each_pair(found) == of_each_pair(read_all(connection)), "in the same order, too"


def tell(service: Service, article_id: str, *pairs: str) -> None:
    service.log.post_article(post(article_id, *(clash(*pair.split()) for pair in pairs)))
    fold_in_pages_of(1000, service)


@examples(15)
@given(lives())
def test_what_goes_on_page_by_page_is_what_the_tables_hold(done: Sequence[Act]) -> None:
    with TemporaryDirectory() as folder:
        service, cache = on_sqlite(folder), Cache()
        for act in done:
            act.do(service)
            if act.then_fold:
                fold_in_pages_of(3, service)
                assert_up_to_date(cache, service)
        fold_in_pages_of(3, service)
        assert_up_to_date(cache, service)
        service.close()


def test_only_what_changed_is_read_anew(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = Cache()
    tell(service, "a-1", "RUS TUR", "SYR TUR")
    assert_up_to_date(cache, service)
    tell(service, "a-2", "IRN USA")
    tell(service, "a-3", "SYR TUR")
    assert_up_to_date(cache, service)
    assert cache.went_on == [False, True]
    assert_up_to_date(cache, service)
    assert cache.went_on == [False, True], "it is the same state"
    monkeypatch.setattr(incident_cache, "_MOST_CHANGED", 1)
    tell(service, "a-4", "IRN RUS", "RUS USA")
    tell(service, "a-5", "IRN USA")
    assert_up_to_date(cache, service)
    assert cache.went_on[2:] == [False], "a page changed too much to be noted"


def test_a_gap_in_what_is_noted_is_seen(service: Service) -> None:
    cache = Cache()
    tell(service, "a-1", "RUS TUR")
    assert_up_to_date(cache, service)
    tell(service, "a-2", "RUS TUR")
    gap = service.store.position()
    tell(service, "a-3", "SYR TUR")
    with service.store.writing() as connection:
        connection.execute(delete(page_changes).where(page_changes.c.upto == gap))
    assert_up_to_date(cache, service)
    service.store.clear()
    tell(service, "a-4", "SYR TUR")
    assert_up_to_date(cache, service)
    assert cache.went_on == [False, False, False], "made anew, pages begin elsewhere"


def test_a_reader_of_an_earlier_state_does_not_take_the_later_one_away(service: Service) -> None:
    cache = Cache()
    tell(service, "a-1", "RUS TUR")
    with service.store.reading() as earlier:
        mark = read_snapshot(earlier).mark
        before = cache.at(earlier, mark)
        tell(service, "a-2", "SYR TUR")
        assert_up_to_date(cache, service)
        assert cache.at(earlier, mark) is before
        assert_up_to_date(cache, service)
    assert cache.went_on == [False, True]


def test_a_state_between_two_that_were_asked_about_is_made_from_the_earlier_one(service: Service) -> None:
    cache = Cache()
    tell(service, "a-1", "RUS TUR")
    assert_up_to_date(cache, service)
    tell(service, "a-2", "SYR TUR")
    with service.store.reading() as between:
        mark = read_snapshot(between).mark
        tell(service, "a-3", "IRN USA")
        assert_up_to_date(cache, service)
        assert of_each_pair(cache.at(between, mark)) == of_each_pair(read_all(between))
    assert cache.went_on == [False, True, True]


def test_old_pages_are_forgotten(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(incident_cache, "_POSITIONS_NOTED", 4)
    for number in range(6):
        tell(service, f"a-{number}", "RUS TUR")
    with service.store.reading() as connection:
        assert len(connection.execute(page_changes.select()).all()) == 2
