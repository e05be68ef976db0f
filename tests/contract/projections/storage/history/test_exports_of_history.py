"""Exports of incidents from a history: the same as from the tables, or made from these."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from arro3.core import Array, DataType, Field, RecordBatch, RecordBatchReader, Schema, Table
from arro3.io import write_parquet
from sqlalchemy import update

from api.running.history_reading import OpenHistory
from api.running.service import Service
from domain.articles import RetractArticle
from domain.events import Provenance
from domain.publishers.alias import AddPublisherAlias
from projections.folding.folder import Folder
from projections.queries.incidents.incident_filter import IncidentFilter
from projections.queries.incidents.latest_of_history import columns_of_batch, no_history
from projections.queries.incidents.search import all_incidents
from projections.queries.question import Question
from projections.storage.history import latest_incidents
from projections.storage.history.built_incidents import UnusableFiles
from projections.storage.history.incident_choice import IncidentChoice
from projections.storage.history.latest_incidents import AskedColumns, read_latest_incidents
from projections.storage.history.replaced_incidents import Replaced
from projections.storage.tables import relations
from projections.times import to_day
from tests.contract.projections.folding.acts import fold_in_pages_of
from tests.contract.projections.storage.history.builds import build, opened
from tests.contract.projections.storage.history.exports import (
    AS_STORED,
    EVERYTHING,
    FILTERS,
    CountedReads,
    assert_same_export,
    assert_same_exports,
    written,
)
from tests.language import clash, post, statement

LAST = to_day(date(2020, 3, 1))
NOW = Question(LAST)


def by(service: Service) -> Provenance:
    return Provenance("ann", service.clock())


@pytest.fixture
def history(service: Service, tmp_path: Path) -> Iterator[OpenHistory]:
    """Return the history of two articles, of which one was retracted since; a third came since."""
    for number, publisher in enumerate(("AFP", "AFP via Yahoo")):
        told = (
            clash(day="2020-02-03", killed=4 + number, place="Idlib"),
            statement("RUS", "TUR", f"2020-02-0{number + 1}"),
            statement("IRN", "SYR", "2020-01-09", type="CONSULT", reciprocal=True),
        )
        service.log.post_article(post(f"a-{number}", *told, publisher=publisher, provenance=by(service)))
    service.log.post_article(post("gone", clash("IRN", "TUR"), provenance=by(service)))
    fold_in_pages_of(100, service)
    build(service, tmp_path)
    found = opened(service, tmp_path)
    service.log.retract_article(RetractArticle("gone", "made up", by(service)))
    since = clash("RUS", "SYR", "2020-02-02"), clash(killed=9), statement("TUR", "SYR", "2020-02-05", "THREATEN")
    service.log.post_article(post("since", *since, publisher="TASS", provenance=by(service)))
    fold_in_pages_of(100, service)
    yield found
    found.close()


def test_the_whole_is_the_same_to_the_last_byte(service: Service, history: OpenHistory) -> None:
    with service.store.reading() as connection:
        assert_same_exports(connection, history, LAST)


def test_so_is_what_is_chosen(service: Service, history: OpenHistory) -> None:
    with service.store.reading() as connection:
        for wanted in FILTERS:
            for model in AS_STORED:
                assert_same_export(connection, history, NOW._replace(model=model), wanted)
            assert_same_export(connection, history, NOW._replace(day=to_day(date(2020, 2, 3))), wanted)


def test_batches_of_any_size_are_the_same(
    service: Service, history: OpenHistory, monkeypatch: pytest.MonkeyPatch
) -> None:
    with service.store.reading() as connection:
        for rows in (1, 2):
            monkeypatch.setattr(latest_incidents, "ROWS", rows)
            assert_same_exports(connection, history, LAST)


def test_few_incidents_and_others_than_are_stored_come_from_the_tables(
    service: Service, history: OpenHistory
) -> None:
    read = CountedReads(history)
    with service.store.reading() as connection:
        for question, wanted in (
            (NOW, IncidentFilter(actors=("FRA",))),
            (NOW, IncidentFilter(first=LAST)),
            (NOW._replace(day=0), EVERYTHING),
            (NOW._replace(published_by=LAST), EVERYTHING),
        ):
            assert_same_export(connection, history, question, wanted)
            list(all_incidents(connection, question, wanted, read))
    assert not read.from_history


def test_while_weights_wait_to_be_mended_it_is_not_used(service: Service, history: OpenHistory) -> None:
    service.log.add_publisher_alias(AddPublisherAlias("AFP via Yahoo", "AFP", by(service)))
    Folder(service.log, service.store).fold_pages()
    with service.store.reading() as connection:
        assert_same_exports(connection, history, LAST)  # which sees to it
    fold_in_pages_of(100, service)
    with service.store.reading() as connection:
        assert_same_exports(connection, history, LAST)


def assert_tables_answer(service: Service, history: OpenHistory, why: str) -> None:
    read = CountedReads(history)
    with service.store.reading() as connection:
        assert written(connection, NOW, EVERYTHING, read) == written(connection, NOW, EVERYTHING, no_history)
    assert not read.from_history
    assert history.problem is not None
    assert why in history.problem


def test_where_the_relations_say_otherwise_the_tables_answer(service: Service, history: OpenHistory) -> None:
    with service.store.writing() as connection:
        connection.execute(update(relations).where(relations.c.a == "RUS").values(incidents=7))
    assert_tables_answer(service, history, "has other incidents than the tables: build it anew")


def test_where_there_is_no_room_to_sort_the_tables_answer(
    service: Service, history: OpenHistory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(latest_incidents, "_LITTLE_MEMORY", "SET memory_limit = '1kB'")
    assert_tables_answer(service, history, "Out of Memory")


def test_what_is_missing_is_missing_in_columns() -> None:
    texts: dict[str, list[str | None]] = {
        "a": ["A", "B"],
        "b": ["B", "C"],
        "type": [None, "ASSAULT"],
        "id": ["1", "2"],
        "place": [None, "x"],
    }
    numbers: dict[str, list[int | None]] = {"killed": [None, 3], "wounded": [None, None], "day": [7, 8]}
    arrays = {name: Array(values, type=DataType.utf8()) for name, values in texts.items()}
    arrays |= {name: Array(values, type=DataType.int32()) for name, values in numbers.items()}
    found = columns_of_batch(RecordBatch.from_pydict(dict(arrays)))
    assert {name: list(values) for name, values in found.items()} == {**texts, **numbers}


def test_a_reader_that_fails_in_between_says_why() -> None:
    def batches() -> Iterator[RecordBatch]:
        yield RecordBatch.from_pydict({"id": Array(["x"], type=DataType.utf8())})
        raise OSError("no room\n  is left")

    schema = Schema([Field("id", DataType.utf8())])
    found = latest_incidents._read(RecordBatchReader.from_batches(schema, batches()))
    assert next(found).num_rows == 1
    with pytest.raises(UnusableFiles, match="no room is left"):
        next(found)


def test_a_file_that_misses_what_each_incident_has_is_refused(tmp_path: Path) -> None:
    texts = {name: Array(["x", None], type=DataType.utf8()) for name in ("id", "type", "beside")}
    actors = {name: Array([name, name], type=DataType.utf8()) for name in ("a", "b")}
    write_parquet(
        Table.from_pydict({**texts, **actors, "day": Array([1, 2], type=DataType.int32())}), tmp_path / "x"
    )
    names = ("a", "b", "day", "id", "type")
    nothing = Replaced((), (), names, ())
    asked = AskedColumns(names, IncidentChoice((), (), None, 9))
    with pytest.raises(UnusableFiles, match="an incident has no id"):
        read_latest_incidents([tmp_path / "x"], nothing, asked, {("a", "b"): 2})
