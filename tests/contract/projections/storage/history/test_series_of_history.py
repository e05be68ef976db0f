"""Pairs with very many incidents come from a history: the same as from the tables, or read from these."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from arro3.core import Array, DataType, Table
from arro3.io import write_parquet
from sqlalchemy import update

from api.running.history_reading import OpenHistory
from api.running.service import Service
from domain.articles import RetractArticle
from domain.events import Provenance
from domain.publishers.alias import AddPublisherAlias
from projections.folding.folder import Folder
from projections.queries.question import Question
from projections.queries.tension_series import Interval, tension_points, tension_points_of
from projections.storage.history.built_incidents import UnusableFiles
from projections.storage.history.pair_incidents import OF_PAIRS, read_pair_incidents
from projections.storage.history.replaced_incidents import Replaced
from projections.storage.tables import relations
from tests.contract.projections.folding.acts import fold_in_pages_of
from tests.contract.projections.storage.history.builds import build, opened
from tests.contract.projections.storage.history.series import CountedPairs, any_pair_is_long, assert_same_pairs
from tests.language import backing, clash, post, statement

PAIRS = [("SYR", "TUR"), ("RUS", "TUR")]
NOW = Question(18322)


def by(service: Service) -> Provenance:
    return Provenance("ann", service.clock())


@pytest.fixture
def history(service: Service, tmp_path: Path) -> Iterator[OpenHistory]:
    """Return the history of clashes that spill over to an ally; some were taken back since, and one came."""
    for number, publisher in enumerate(("AFP", "AFP via Yahoo")):
        told = clash(day="2020-02-03", killed=4 + number), statement("RUS", "TUR", f"2020-02-0{number + 1}")
        service.log.post_article(post(f"a-{number}", *told, publisher=publisher, provenance=by(service)))
    clashes = clash("TUR", "SYR", "2020-02-03"), clash("SYR", "TUR")
    service.log.post_article(post("gone", *clashes, provenance=by(service)))
    service.log.post_article(post("tie", backing("RUS", "SYR", "2020-01-05"), provenance=by(service)))
    fold_in_pages_of(100, service)
    build(service, tmp_path)
    found = opened(service, tmp_path)
    service.log.retract_article(RetractArticle("gone", "made up", by(service)))
    service.log.post_article(post("since", clash("TUR", "SYR", "2020-02-01"), provenance=by(service)))
    fold_in_pages_of(100, service)
    yield found
    found.close()


def test_columns_and_what_is_made_of_them_are_the_same(service: Service, history: OpenHistory) -> None:
    with service.store.reading() as connection:
        assert_same_pairs(connection, history)


def test_so_are_series_of_one_pair_and_of_several(service: Service, history: OpenHistory) -> None:
    read = CountedPairs(history)
    with service.store.reading() as connection, any_pair_is_long():
        for interval in (None, Interval.WEEK):
            theirs = tension_points_of(connection, PAIRS, NOW, None, interval)
            mine = tension_points_of(connection, PAIRS, NOW, None, interval, read)
            assert [each.points for each in mine] == [each.points for each in theirs]
            alone = tension_points(connection, PAIRS[1], NOW, None, interval, read)
            assert alone.points == theirs[1].points
    assert theirs[1].points.spillover.any()
    assert [sorted(found.by_pair) for found in read.found] == [sorted(PAIRS), sorted(PAIRS)] * 2  # with the client


def test_few_incidents_and_others_than_are_stored_come_from_the_tables(
    service: Service, history: OpenHistory, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = CountedPairs(history)
    with service.store.reading() as connection:
        tension_points(connection, PAIRS[0], NOW, None, None, read)
        with any_pair_is_long():
            asked = NOW._replace(published_by=NOW.day)
            tension_points(connection, PAIRS[0], asked, None, None, read)
            monkeypatch.setattr(history, "position_for", lambda _: None)
            tension_points(connection, PAIRS[0], NOW, None, None, read)
    assert not read.found


def test_while_weights_wait_to_be_mended_they_are_the_same(service: Service, history: OpenHistory) -> None:
    service.log.add_publisher_alias(AddPublisherAlias("AFP via Yahoo", "AFP", by(service)))
    Folder(service.log, service.store).fold_pages()
    with service.store.reading() as connection:
        assert_same_pairs(connection, history)
    fold_in_pages_of(100, service)
    with service.store.reading() as connection:
        assert_same_pairs(connection, history)


def test_where_the_relations_say_otherwise_the_tables_answer(service: Service, history: OpenHistory) -> None:
    with service.store.writing() as connection:
        connection.execute(update(relations).where(relations.c.a == "RUS").values(incidents=7))
    with service.store.reading() as connection:
        assert history.read_pairs(connection, PAIRS) is None
    assert history.problem is not None
    assert "has other incidents than the tables: build it anew" in history.problem


def test_a_file_that_misses_what_each_incident_has_is_refused(tmp_path: Path) -> None:
    columns = {name: Array(["x", "y"], type=DataType.utf8()) for name in ("id", "type", "beside")}
    columns |= {name: Array([name, name], type=DataType.utf8()) for name in ("a", "b")}
    columns |= {name: Array([1, None], type=DataType.int32()) for name in ("day", "direction")}
    columns |= {
        "weight": Array([1, 2], type=DataType.float64()),
        "material": Array([True, False], type=DataType.bool()),
    }
    write_parquet(Table.from_pydict(dict(columns)), tmp_path / "x")
    with pytest.raises(UnusableFiles, match="an incident has no day"):
        read_pair_incidents([tmp_path / "x"], Replaced((), (), OF_PAIRS, ()), {("a", "b"): 2})
