"""The rows of pairs from a day on, or the last ones before it. Each pair has a day of its own."""

from collections.abc import Sequence
from operator import itemgetter
from typing import Final

import msgspec
from sqlalchemy import Connection, Table

from projections.storage.bulk_rows import Row
from projections.storage.connection import rows_of, written_array

PairDay = tuple[str, str, int]  #: a pair, and a day

#: `wanted` comes first so that each pair is looked up in its index.
_OF_WANTED: Final = "{wanted} CROSS JOIN {table} AS t WHERE t.a = wanted.a AND t.b = wanted.b AND "
_SINCE: Final = "t.{day} >= wanted.day"
_LAST_BEFORE: Final = (
    "t.{day} = (SELECT max(e.{day}) FROM {table} AS e"
    " WHERE e.a = wanted.a AND e.b = wanted.b AND e.{day} < wanted.day)"
)
_WANTED: Final = {
    "sqlite": (
        "(SELECT json_extract(value, '$[0]') AS a, json_extract(value, '$[1]') AS b,"
        " json_extract(value, '$[2]') AS day, key AS place FROM json_each(?)) AS wanted"
    ),
    "postgresql": (
        "(SELECT a, b, day, number - 1 AS place FROM unnest(%s::text[], %s::text[], %s::integer[])"
        " WITH ORDINALITY AS numbered (a, b, day, number)) AS wanted"
    ),
}
PLACE: Final = "place"  #: as a column: where a row's pair is among those wanted, which is shorter than its codes


def select_since(
    connection: Connection, table: Table, columns: Sequence[str], wanted: Sequence[PairDay]
) -> Sequence[Row]:
    """Return the rows, as tuples of `columns`, of some pairs that are of a day or later, by pair and day.

    The pairs are in order. `PLACE` may be one of the columns.
    """
    rows = _select(connection, table, columns, wanted, _SINCE.format(day="day"))
    pair = (PLACE,) if PLACE in columns else ("a", "b")
    return sorted(rows, key=itemgetter(*map(columns.index, (*pair, "day"))))


def count_since(connection: Connection, table: Table, wanted: Sequence[PairDay]) -> dict[tuple[str, str], int]:
    """Return how many rows each of some pairs has that are of a day or later, of those that have any."""
    if not wanted:
        return {}
    chosen, parameters = _of_wanted(connection, table, wanted, _SINCE.format(day="day"))
    counted = f"SELECT wanted.a, wanted.b, count(*) FROM {chosen} GROUP BY wanted.a, wanted.b"  # noqa: S608
    return {(a, b): number for a, b, number in rows_of(connection, counted, parameters)}


def select_last_before(
    connection: Connection, table: Table, columns: Sequence[str], wanted: Sequence[PairDay], day: str = "day"
) -> Sequence[Row]:
    """Return the row, as a tuple of `columns`, of each of some pairs that is its last before a day.

    `day` is the column that says of which day a row is; `PLACE` may be one of the columns.
    """
    return _select(connection, table, columns, wanted, _LAST_BEFORE.format(table=table.name, day=day))


def delete_since(connection: Connection, table: Table, wanted: Sequence[PairDay], day: str = "day") -> None:
    """Delete the rows of some pairs that are of a day or later; the table's key is the pair and that `day`."""
    chosen, parameters = _of_wanted(connection, table, wanted, _SINCE.format(day=day))
    statement = f"DELETE FROM {table.name} WHERE (a, b, {day}) IN (SELECT t.a, t.b, t.{day} FROM {chosen})"  # noqa: S608
    if wanted:
        connection.exec_driver_sql(statement, parameters)


def _select(
    connection: Connection, table: Table, columns: Sequence[str], wanted: Sequence[PairDay], condition: str
) -> Sequence[Row]:
    chosen, parameters = _of_wanted(connection, table, wanted, condition)
    names = ", ".join(f"wanted.{PLACE}" if name == PLACE else f"t.{name}" for name in columns)
    return rows_of(connection, f"SELECT {names} FROM {chosen}", parameters) if wanted else []  # noqa: S608


def _of_wanted(connection: Connection, table: Table, wanted: Sequence[PairDay], condition: str) -> tuple[str, Row]:
    source = _WANTED[connection.dialect.name]
    if connection.dialect.name == "sqlite":
        parameters: Row = (msgspec.json.encode(wanted).decode(),)
    else:
        parameters = tuple(map(written_array, zip(*wanted, strict=True)))
    return _OF_WANTED.format(wanted=source, table=table.name) + condition, parameters
