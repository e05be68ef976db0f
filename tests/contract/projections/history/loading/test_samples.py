"""Samples of loaded rows: whatever one of a sampled article or pair is but what the log comes to is found."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, Table, delete, insert, select, update

from api.running.service import Service
from domain.log.archives.manifest import ArchiveRefused
from projections.history.loading.article_samples import check_articles
from projections.history.loading.opened_build import OpenedBuild
from projections.history.loading.pair_samples import check_pairs
from projections.history.loading.publisher_samples import check_publishers
from projections.storage import tables
from tests.contract.api.history.builds import built, record_something_of_each_kind
from tests.contract.projections.folding.acts import on_sqlite

Change = Callable[[Connection], object]


class Loaded:
    """A service whose tables are those of a build."""

    def __init__(self, service: Service, build: OpenedBuild) -> None:
        self.service, self.build = service, build

    def check(self, change: Change) -> None:
        """Check samples of tables that were changed, and take that back."""
        with _undoing(self.service) as connection:
            change(connection)
            check_articles(connection, self.service.log, self.build)
            check_pairs(connection, self.build)
            check_publishers(connection, self.service.log, self.build)


@contextmanager
def _undoing(service: Service) -> Iterator[Connection]:
    class Done(Exception):
        pass

    try:
        with service.store.writing() as connection:
            yield connection
            raise Done
    except Done:
        pass


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    folder = tmp_path_factory.mktemp("loaded")
    service = on_sqlite(str(folder))
    record_something_of_each_kind(service)
    service.projector.catch_up()
    built(service.log, folder)
    yield Loaded(service, OpenedBuild(str(folder / "history")))
    service.close()


def test_what_was_not_changed_passes(loaded: Loaded) -> None:
    loaded.check(lambda _: None)


def _first(connection: Connection, table: Table) -> Any:
    key = list(table.primary_key)
    row = connection.execute(select(table).order_by(*key).limit(1)).one()
    conditions = [column == getattr(row, column.name) for column in key]
    return conditions, row


@pytest.mark.parametrize(
    ("table", "column", "other"),
    [
        (tables.articles, "publisher", "The Times"),
        (tables.articles, "headline", "Another one"),
        (tables.articles, "retracted", True),
        (tables.former_headers, "known_to", 1),
        (tables.redactions, "reason", "another"),
        (tables.reported_events, "content", "{}"),
        (tables.agreement_developments, "purpose", "ceasefire"),
        (tables.evidence, "wounded", 77),
        (tables.evidence, "publisher", "the times"),
        (tables.evidence, "known_to", 1),
        (tables.parked, "error", "another"),
        (tables.actors, "name", "Mu"),
        (tables.incidents, "weight", -3.25),
        (tables.incidents, "killed_high", 78),
        (tables.relations, "sums", "1"),
        (tables.relations, "ab_conflict_material", 0.1),
        (tables.daily_levels, "conflict_material", 0.1),
        (tables.pair_publishers, "evidence", 79),
        (tables.state_runs, "state", "other"),
        (tables.actor_clashes, "total", "1"),
        (tables.publisher_aliases, "counts_as", "the times"),
        (tables.publisher_aliases, "known_to", 1),
        (tables.publisher_names, "name", "The Times"),
    ],
    ids=lambda each: getattr(each, "name", str(each)),
)
def test_another_value_is_found(loaded: Loaded, table: Table, column: str, other: object) -> None:
    def change(connection: Connection) -> None:
        conditions, row = _first(connection, table)
        assert getattr(row, column) != other
        connection.execute(update(table).where(*conditions).values({column: other}))

    with pytest.raises(ArchiveRefused, match=rf"folded again: {table.name} |folded again: (incidents|relations) "):
        loaded.check(change)


SAMPLED = (
    tables.articles,
    tables.former_headers,
    tables.redactions,
    tables.reported_events,
    tables.agreement_developments,
    tables.agreement_parties,
    tables.evidence,
    tables.parked,
    tables.actors,
    tables.incidents,
    tables.relations,
    tables.daily_levels,
    tables.pair_publishers,
    tables.state_runs,
    tables.publisher_aliases,
    tables.publisher_names,
)


@pytest.mark.parametrize("table", SAMPLED, ids=lambda table: str(table.name))
def test_a_row_that_is_not_there_is_found(loaded: Loaded, table: Table) -> None:
    def change(connection: Connection) -> None:
        conditions, _ = _first(connection, table)
        connection.execute(delete(table).where(*conditions))

    with pytest.raises(ArchiveRefused, match="The tables are as they were"):
        loaded.check(change)


@pytest.mark.parametrize(
    ("table", "key"),
    [
        (tables.former_headers, {"known_from": 1}),
        (tables.redactions, {"position": 1}),
        (tables.reported_events, {"number": 99}),
        (tables.agreement_developments, {"number": 99}),
        (tables.evidence, {"number": 99}),
        (tables.parked, {"position": 1}),
        (tables.incidents, {"id": "another"}),
        (tables.daily_levels, {"day": 1}),
        (tables.pair_publishers, {"publisher": "the times"}),
        (tables.state_runs, {"first_day": 1}),
        (tables.publisher_aliases, {"publisher": "the times"}),
        (tables.publisher_names, {"publisher": "the times"}),
    ],
    ids=lambda each: str(getattr(each, "name", "")),
)
def test_a_row_too_many_is_found(loaded: Loaded, table: Table, key: dict[str, object]) -> None:
    def change(connection: Connection) -> None:
        _, row = _first(connection, table)
        connection.execute(insert(table).values({**row._mapping, **key}))

    with pytest.raises(ArchiveRefused, match="The tables are as they were"):
        loaded.check(change)


def test_a_long_text_is_shown_by_its_beginning(loaded: Loaded) -> None:
    said = "x" * 500
    with pytest.raises(ArchiveRefused) as raised:
        loaded.check(
            lambda connection: connection.execute(update(tables.articles).values(headline=said)),
        )
    assert len(str(raised.value)) < 600
    assert "has the headline 'xxx" in str(raised.value)
