"""All incidents in memory: however they came there, page by page or at once, they are what the tables hold."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest
from hypothesis import given
from sqlalchemy import Connection, delete, select, update

from api.running.service import Service
from projections.pairs import Pair
from projections.publishers.stale_weights import correct_columns, read_incident_columns
from projections.queries import relation_list
from projections.queries.question import Question
from projections.queries.relation_list import relations_at, relations_of
from projections.storage.columns import stored_columns
from projections.storage.columns.apply_changes import IncidentChanges
from projections.storage.columns.column_tables import incident_changes, incident_columns
from projections.storage.columns.incident_columns import AllIncidentColumns
from projections.storage.columns.note_changes import begin_changes
from projections.storage.columns.read_incidents import read_incidents
from projections.storage.columns.stored_columns import (
    forget_damaged_columns,
    has_columns,
    read_stored,
    store_columns,
    store_columns_anew,
)
from projections.storage.incident_cache import IncidentCache
from tests.contract.projections.folding.acts import Act, act_and_look, fold_in_pages_of, lives, on_sqlite
from tests.contract.projections.folding.at_once import filled_at_once
from tests.examples import examples
from tests.language import clash, post


class Cache(IncidentCache):
    """A cache that counts how often it reads everything."""

    def __init__(self) -> None:
        super().__init__(correct_columns)
        self.went_on: list[bool] = []

    def _go_on(self, *at: Any) -> AllIncidentColumns | None:
        found = super()._go_on(*at)
        self.went_on.append(found is not None)
        return found


def of_each_pair(found: AllIncidentColumns) -> dict[Pair, list[tuple[Any, ...]]]:
    rows: dict[Pair, list[tuple[Any, ...]]] = {pair: [] for pair in found.pairs}
    columns = (found.pair, found.day, found.weight, found.kind)
    for number, *row in zip(*(column.tolist() for column in columns), strict=True):
        rows[found.pairs[number]].append(tuple(row))
    assert list(rows) == sorted(rows)
    return rows


def one_by_one(connection: Connection) -> AllIncidentColumns:
    return correct_columns(connection, read_incidents(connection))


def assert_up_to_date(cache: IncidentCache, service: Service) -> None:
    with service.store.reading() as connection:
        assert of_each_pair(cache.at(connection)) == of_each_pair(one_by_one(connection)), "in the same order, too"


def assert_lists_are_the_same(cache: IncidentCache, service: Service) -> None:
    """Assert that a list says the same, to the last digit, with all incidents at hand and without."""
    with service.store.reading() as connection:
        for day in (18200, 18302, 18350, 18999):
            answers = []
            for at_hand in (cache, None):
                question = Question(day)
                found = relations_at(connection, question, read_incident_columns, cache=at_hand)
                answers.append(relations_of(connection, found, range(len(found)), question))
            assert answers[0] == answers[1]


def assert_stored_are_up_to_date(service: Service) -> None:
    with service.store.reading() as connection:
        stored = read_stored(connection)
        assert stored is not None
        assert of_each_pair(stored) == of_each_pair(read_incidents(connection))


def store(service: Service) -> None:
    with service.store.writing() as connection:
        begin_changes(connection)
        store_columns(connection, read_incidents(connection))


def tell(service: Service, article_id: str, *pairs: str) -> None:
    service.log.post_article(post(article_id, *(clash(*pair.split()) for pair in pairs)))
    fold_in_pages_of(1000, service)


@contextmanager
def stored_at_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stored_columns, "LEAST_CHANGED", 3)
        patch.setattr(stored_columns, "_PIECE", 2)
        patch.setattr(relation_list, "_AT_ONCE", 2)
        yield


@examples(15)
@given(lives())
def test_what_goes_on_page_by_page_is_what_the_tables_hold(done: Sequence[Act]) -> None:
    with TemporaryDirectory() as folder, stored_at_once():
        service, cache = on_sqlite(folder), Cache()
        act_and_look(done, service, partial(assert_up_to_date, cache, service))
        assert_up_to_date(IncidentCache(correct_columns), service)
        assert_lists_are_the_same(cache, service)
        store(service)
        assert_stored_are_up_to_date(service)
        service.projector.rebuild()
        assert_up_to_date(cache, service)
        assert_up_to_date(IncidentCache(correct_columns), service)
        service.close()


@examples(10)
@given(lives())
def test_columns_stored_as_incidents_are_made_are_those_of_all_at_once(done: Sequence[Act]) -> None:
    with TemporaryDirectory() as folder, stored_at_once():
        service = on_sqlite(folder)
        for act in done:
            act.do(service)
        with filled_at_once(service, 4) as new, new.writing() as connection:
            made = connection.execute(select(incident_columns)).all()
            every = read_incidents(connection)
            store_columns(connection, every)
            stored = connection.execute(select(incident_columns)).all()
            assert made == (stored if len(every) >= stored_columns.LEAST_CHANGED else [])
        service.close()


def test_only_what_changed_is_read(service: Service) -> None:
    cache = Cache()
    tell(service, "a-1", "RUS TUR", "SYR TUR")
    assert_up_to_date(cache, service)
    tell(service, "a-2", "IRN USA")
    tell(service, "a-3", "SYR TUR")
    assert_up_to_date(cache, service)
    assert cache.went_on == [False, True]
    assert_up_to_date(cache, service)
    assert cache.went_on == [False, True], "it is the same state"


def test_another_generation_is_read_as_a_whole(service: Service) -> None:
    cache = Cache()
    tell(service, "a-1", "RUS TUR")
    assert_up_to_date(cache, service)
    service.store.clear()
    tell(service, "a-2", "SYR TUR")
    assert_up_to_date(cache, service)
    assert cache.went_on == [False, False]


def test_a_gap_in_what_is_noted_is_seen(service: Service) -> None:
    cache = Cache()
    tell(service, "a-1", "RUS TUR")
    store(service)
    assert_up_to_date(cache, service)
    tell(service, "a-2", "RUS TUR")
    tell(service, "a-3", "SYR TUR")
    with service.store.writing() as connection:
        connection.execute(delete(incident_changes).where(incident_changes.c.number == 2))
    assert_up_to_date(cache, service)
    assert_up_to_date(Cache(), service)
    assert cache.went_on == [False, False]
    with service.store.reading() as connection:
        assert read_stored(connection) is None


@pytest.mark.parametrize(
    "changes",
    [
        IncidentChanges(),
        IncidentChanges([("RUS", "TUX")], 1, [0], [18295], [-4.5], [7]),
        IncidentChanges([("RUS", "TUR")], 1, [0], [18294], [-4.5], [7]),
        IncidentChanges([("RUS", "TUR")], 2, [0, 0], [18295, 18295], [-4.5, -4.5], [7, 7]),
    ],
)
def test_changes_of_something_else_are_not_believed(
    service: Service, changes: IncidentChanges, caplog: pytest.LogCaptureFixture
) -> None:
    cache = Cache()
    tell(service, "a-1", "RUS TUR")
    store(service)
    assert_up_to_date(cache, service)
    tell(service, "a-2", "RUS TUR 2020-02-09")
    with service.store.writing() as connection:
        mine = incident_changes.c.number == 2
        text = msgspec.json.encode(changes).decode()
        connection.execute(update(incident_changes).where(mine).values(changes=text))
    with service.store.reading() as connection:
        assert read_stored(connection) is None
    assert_up_to_date(cache, service)
    assert cache.went_on == [False, False]
    assert "the stored columns of incidents cannot be used" in caplog.text


def test_a_reader_of_an_earlier_state_does_not_take_the_later_one_away(service: Service) -> None:
    cache = Cache()
    tell(service, "a-1", "RUS TUR")
    with service.store.reading() as earlier:
        before = cache.at(earlier)
        tell(service, "a-2", "SYR TUR")
        assert_up_to_date(cache, service)
        assert cache.at(earlier) is before
        assert_up_to_date(cache, service)
    assert cache.went_on == [False, True]


def test_a_state_between_two_that_were_asked_about_is_made_from_the_earlier_one(service: Service) -> None:
    cache = Cache()
    tell(service, "a-1", "RUS TUR")
    assert_up_to_date(cache, service)
    tell(service, "a-2", "SYR TUR")
    with service.store.reading() as between:
        between.execute(incident_changes.select()).all()
        tell(service, "a-3", "IRN USA")
        assert_up_to_date(cache, service)
        assert of_each_pair(cache.at(between)) == of_each_pair(read_incidents(between))
    assert cache.went_on == [False, True, True]


def test_incidents_are_near_where_they_are_few_or_stored_or_in_memory(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(service, "a-1", "RUS TUR")
    with service.store.reading() as connection:
        assert IncidentCache().near(connection) is not None
        monkeypatch.setattr(stored_columns, "LEAST_CHANGED", 0)
        cache = IncidentCache()
        assert cache.near(connection) is None
        cache.at(connection)
        assert cache.near(connection) is not None
    store(service)
    with service.store.reading() as connection:
        assert IncidentCache().near(connection) is not None


# In the tables


def test_columns_are_stored_once_much_has_changed(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_columns, "LEAST_CHANGED", 4)
    tell(service, "a-1", "RUS TUR", "SYR TUR", "IRN USA")
    with service.store.reading() as connection:
        assert not has_columns(connection)
    tell(service, "a-2", "IRN RUS")
    assert_stored_are_up_to_date(service)
    tell(service, "a-3", "RUS SYR")
    assert_stored_are_up_to_date(service)
    assert numbers_of_changes(service) == [2, 3]
    tell(service, "a-4", "RUS TUR", "SYR TUR")  # each of which goes, and comes with one report more
    assert numbers_of_changes(service) == [4], "which is where the next begins"
    assert not store_columns_anew(service.store)
    tell(service, "a-5", "RUS SYR")
    assert_stored_are_up_to_date(service)


def numbers_of_changes(service: Service) -> list[int]:
    with service.store.reading() as connection:
        return sorted(connection.execute(incident_changes.select()).scalars())


@pytest.mark.parametrize("column", ["pairs", "days", "weights", "kinds", "checksum", "upto"])
def test_damaged_columns_are_not_believed_and_are_forgotten(service: Service, column: str) -> None:
    tell(service, "a-1", "RUS TUR", "SYR TUR", "IRN USA")
    store(service)
    with service.store.reading() as connection:
        before = connection.execute(incident_columns.select()).mappings().one()[column]
    with service.store.writing() as connection:
        connection.execute(update(incident_columns).values({column: damaged(before)}))
    assert_up_to_date(Cache(), service)
    forget_damaged_columns(service.store)
    with service.store.reading() as connection:
        assert not has_columns(connection)


def damaged(value: Any) -> Any:
    if isinstance(value, int):
        return value + 1
    return value.replace("RUS", "RUX") if isinstance(value, str) else bytes([value[0] ^ 1]) + value[1:]


def test_pairs_that_are_written_in_another_way_are_not_believed(service: Service) -> None:
    tell(service, "a-1", "RUS TUR")
    store(service)
    with service.store.writing() as connection:
        row = connection.execute(incident_columns.select()).mappings().one()
        pairs = '[["RUS","TUR",1]]'
        checksum = stored_columns._checksum(pairs, row["days"], row["weights"], row["kinds"])
        connection.execute(update(incident_columns).values(pairs=pairs, checksum=checksum))
    assert_up_to_date(Cache(), service)


def test_pieces_that_are_missing_are_seen(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_columns, "_PIECE", 1)
    tell(service, "a-1", "RUS TUR", "SYR TUR", "IRN USA")
    store(service)
    assert_stored_are_up_to_date(service)
    with service.store.writing() as connection:
        connection.execute(delete(incident_columns).where(incident_columns.c.piece == 1))
    assert_up_to_date(Cache(), service)


def test_a_rebuild_stores_them_anew(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_columns, "LEAST_CHANGED", 1)
    tell(service, "a-1", "RUS TUR", "SYR TUR")
    service.projector.rebuild()
    assert_stored_are_up_to_date(service)
