"""Many rows at once, as each database does it fastest: SQLite through its driver, PostgreSQL by COPY and arrays.

Statements name tables and columns of this package only; values always go as parameters. `columns` and `key` are
columns of the table, `rows` and `keys` tuples in their order.
"""

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import chain
from typing import Any, Final

import msgspec
from sqlalchemy import (
    ARRAY,
    BindParameter,
    Column,
    ColumnElement,
    CompoundSelect,
    Connection,
    Select,
    Table,
    any_,
    bindparam,
    func,
    literal_column,
    select,
    tuple_,
)
from sqlalchemy.sql.elements import KeyedColumnElement

from projections.storage.connection import Row as Row
from projections.storage.connection import is_sqlite as is_sqlite
from projections.storage.connection import rows_of, written_array
from projections.storage.writing.flat_rows import FlatRows, insert_flat, insert_in_blocks

_SORTED_IN: Final = 8192  # KiB


def insert_rows(connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Insert rows. Where one cannot be, the transaction has to be rolled back: others of them may be there."""
    insert_flat(connection, table, FlatRows.of(columns, rows))


def tell_planner(connection: Connection, tables: Iterable[Table]) -> None:
    """Tell PostgreSQL's planner of queries about many new rows; SQLite's goes by the indexes that it has."""
    if not is_sqlite(connection):
        for table in tables:
            connection.exec_driver_sql(f"ANALYZE {table.name}")


def insert_new_rows(
    connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Row], key: Sequence[str]
) -> None:
    """Insert rows; where one with its `key` is there already, it stays as it is."""
    _upsert(connection, table, columns, rows, f"ON CONFLICT ({_names(key)}) DO NOTHING")


def insert_or_lower(
    connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Row], least: str
) -> None:
    """Insert rows; where one is there with the same key, it gets the lesser `least`. All else is the key."""
    key = [column for column in columns if column != least]
    lowered = _lowered(connection, table, least)
    _upsert(connection, table, columns, rows, f"ON CONFLICT ({_names(key)}) DO UPDATE SET {lowered}")


def add_to_rows(
    connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Row], amount: str, least: str
) -> None:
    """Insert rows; where one is there with the same key, it gets the sum of the `amount`, and the lesser `least`.

    The key is all other columns.
    """
    key = [column for column in columns if column not in (amount, least)]
    added = f'"{amount}" = {table.name}."{amount}" + excluded."{amount}"'
    lowered = _lowered(connection, table, least)
    _upsert(connection, table, columns, rows, f"ON CONFLICT ({_names(key)}) DO UPDATE SET {added}, {lowered}")


def _lowered(connection: Connection, table: Table, column: str) -> str:
    smaller = "min" if is_sqlite(connection) else "least"
    return f'"{column}" = {smaller}({table.name}."{column}", excluded."{column}")'


def _upsert(
    connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Row], on_conflict: str
) -> None:
    if not rows:
        return
    names = _names(columns)
    if is_sqlite(connection):
        values = FlatRows([*columns], [*chain.from_iterable(rows)])
        insert_in_blocks(connection, f"INSERT INTO {table.name} ({names}) VALUES", values, on_conflict)
    else:
        arrays = _arrays(table, columns)
        statement = f"INSERT INTO {table.name} ({names}) SELECT * FROM unnest({arrays}) {on_conflict}"  # noqa: S608
        connection.exec_driver_sql(statement, tuple(map(written_array, zip(*rows, strict=True))))


def select_rows(
    connection: Connection, table: Table, columns: Sequence[str], key: Sequence[str], keys: Iterable[Row]
) -> Sequence[Row]:
    """Return the rows, as tuples of `columns`, whose `key` is one of `keys`."""
    condition, parameters = _one_of(connection, table, key, keys)
    if not parameters:
        return []
    statement = f"SELECT {_names(columns)} FROM {table.name} WHERE {condition}"  # noqa: S608
    return rows_of(connection, statement, parameters)


#: `wanted` comes first so that SQLite looks each pair up in its index.
_RECENT_INCIDENTS: Final = """
WITH wanted (a, b) AS (VALUES {rows})
SELECT {columns} FROM wanted CROSS JOIN incidents
WHERE incidents.a = wanted.a AND incidents.b = wanted.b AND day >= {mark} AND day <= {mark}
AND (material OR day >= {mark})
"""
#: What is older than those, and conflict: the index of conflict holds all that is asked for.
_EARLIER_CONFLICT: Final = """
WITH wanted (a, b) AS (VALUES {rows})
SELECT incidents.a, incidents.b, incidents.day, incidents.weight, incidents.material
FROM wanted CROSS JOIN incidents
WHERE incidents.a = wanted.a AND incidents.b = wanted.b AND weight < 0
AND day >= {mark} AND day < {mark}
AND CASE WHEN material THEN day >= {mark} AND day < {mark} ELSE day >= {mark} AND day < {mark} END
"""
_PAIRS: Final = 200  # in one statement


def select_recent_incidents(
    connection: Connection,
    columns: Sequence[str],
    pairs: Sequence[tuple[str, str]],
    until: int,
    windows: tuple[int, int],
) -> Iterator[Row]:
    """Yield the incidents of some pairs until a day, as tuples of `columns`.

    `windows` are how many days before it words are read, and deeds. It is read with every relation.
    """
    of_words, of_deeds = windows
    days = (until - max(of_words, of_deeds), until, until - of_words)
    statement = _RECENT_INCIDENTS.replace("{columns}", ", ".join([f"incidents.{name}" for name in columns]))
    yield from _of_wanted(connection, statement, pairs, *days)


def select_earlier_conflict(
    connection: Connection,
    pairs: Sequence[tuple[str, str]],
    until: int,
    windows: tuple[int, int],
    further: tuple[int, int],
) -> Iterator[Row]:
    """Yield (a, b, day, weight, material) of the incidents of conflict that are older than `windows`, as above.

    They are read as many days before the day as `further` says, for words and for deeds.
    """
    (of_words, of_deeds), (words, deeds) = windows, further
    ages = (max(words, deeds), min(of_words, of_deeds), deeds, of_deeds, words, of_words)
    yield from _of_wanted(connection, _EARLIER_CONFLICT, pairs, *[until - age for age in ages])


#: With a literal, as SQLite would not use the index of clashes for a parameter.
_LAST_CLASHES: Final = """
WITH wanted (a, b) AS (VALUES {rows})
SELECT incidents.a, incidents.b, incidents.day, incidents.id, incidents.first_day, incidents.last_day
FROM wanted CROSS JOIN incidents
WHERE incidents.a = wanted.a AND incidents.b = wanted.b AND incidents.type = 'ASSAULT' AND incidents.day = (
    SELECT max(earlier.day) FROM incidents AS earlier
    WHERE earlier.a = wanted.a AND earlier.b = wanted.b AND earlier.type = 'ASSAULT' AND earlier.day <= {mark}
)
"""


def select_last_clashes(
    connection: Connection, pairs: Sequence[tuple[str, str]], until: int
) -> Iterator[tuple[str, str, int, str, int | None, int | None]]:
    """Yield (a, b, day, id, first day, last day) of the ASSAULTs on the last day that has any, for some pairs."""
    yield from _of_wanted(connection, _LAST_CLASHES, pairs, until)


_CLASHES_SINCE: Final = """
WITH wanted (a, b, since) AS (VALUES {rows})
SELECT incidents.a, incidents.b, incidents.day, incidents.id, incidents.first_day, incidents.last_day
FROM wanted CROSS JOIN incidents
WHERE incidents.a = wanted.a AND incidents.b = wanted.b AND incidents.type = 'ASSAULT'
AND incidents.day > wanted.since AND incidents.day <= {mark}
"""


def select_clashes_since(
    connection: Connection, since: Mapping[tuple[str, str], int], until: int
) -> Iterator[tuple[str, str, int, str, int | None, int | None]]:
    """Yield (a, b, day, id, first day, last day) of the ASSAULTs of some pairs, after a day of each, until one."""
    wanted = [(a, b, day) for (a, b), day in since.items()]
    yield from _of_wanted(connection, _CLASHES_SINCE, wanted, until)


_LAST_RUNS: Final = """
WITH wanted (a, b) AS (VALUES {rows})
SELECT wanted.a, wanted.b, state_runs.first_day, state_runs.state FROM wanted CROSS JOIN state_runs
WHERE state_runs.a = wanted.a AND state_runs.b = wanted.b AND state_runs.first_day = (
    SELECT max(earlier.first_day) FROM state_runs AS earlier
    WHERE earlier.a = wanted.a AND earlier.b = wanted.b AND earlier.first_day <= {mark}
)
"""


def select_last_runs(
    connection: Connection, pairs: Sequence[tuple[str, str]], until: int
) -> Iterator[tuple[str, str, int, str]]:
    """Yield (a, b, first day, state) of the run of states that is the last until a day, for some pairs."""
    yield from _of_wanted(connection, _LAST_RUNS, pairs, until)


#: Counted pair by pair: to group what a join finds, SQLite would sort it first.
_PUBLISHERS: Final = """
WITH wanted (a, b) AS (VALUES {rows})
SELECT wanted.a, wanted.b, (
    SELECT count(*) FROM pair_publishers
    WHERE pair_publishers.a = wanted.a AND pair_publishers.b = wanted.b AND pair_publishers.first_day <= {mark}
)
FROM wanted
"""


def count_publishers(
    connection: Connection, pairs: Sequence[tuple[str, str]], until: int
) -> Iterator[tuple[str, str, int]]:
    """Yield (a, b, number) of the publishers of some pairs until a day, 0 of none, each counted as itself."""
    yield from _of_wanted(connection, _PUBLISHERS, pairs, until)


def _of_wanted(connection: Connection, statement: str, wanted: Sequence[Row], *parameters: Any) -> Iterator[Any]:
    """Yield the rows of a statement for some pairs: its first parameters are what is `wanted` of each."""
    mark = "?" if is_sqlite(connection) else "%s"
    for start in range(0, len(wanted), _PAIRS):
        some = wanted[start : start + _PAIRS]
        values = (*chain.from_iterable(some), *parameters)
        yield from rows_of(connection, _with_marks(statement, mark, len(some), len(some[0])), values)


@lru_cache(maxsize=256)
def _with_marks(statement: str, mark: str, rows: int, width: int) -> str:
    """Return a statement with its parameters marked, as many of each of some wanted rows as its `width`."""
    row = f"({', '.join([mark] * width)})"
    return statement.format(rows=", ".join([row] * rows), mark=mark)


def fetch_all(connection: Connection, statement: Select[Any] | CompoundSelect[Any]) -> Sequence[Row]:
    """Return the rows of a statement as plain tuples: SQLAlchemy's rows cost as much again."""
    return _fetch_all(connection.execute(statement))


def by_characters(connection: Connection, column: Column[str]) -> ColumnElement[str]:
    """Return a column to order by, as Python orders texts and not by the database's locale."""
    return column.collate("BINARY" if is_sqlite(connection) else "C")


def fetch_pieces(
    connection: Connection, statement: Select[Any], size: int
) -> Generator[Sequence[Row], None, None]:
    """Yield the rows of a statement as plain tuples, up to `size` of them at a time as the database has them.

    Who does not need all of them has to close it.
    """
    if not is_sqlite(connection):  # whose driver would fetch all of them first
        with connection.execute(statement.execution_options(stream_results=True)) as streamed:
            yield from streamed.partitions(size)
        return
    with connection.execute(statement) as found:
        while rows := found.cursor.fetchmany(size):
            yield rows


@contextmanager
def sorting_in_files(connection: Connection) -> Iterator[None]:
    """Have SQLite sort in little memory, and the rest in files, as it keeps less of its own file in memory."""
    ((cache,),) = rows_of(connection, "PRAGMA cache_size")
    rows_of(connection, f"PRAGMA cache_size = -{_SORTED_IN}")
    try:
        yield
    finally:
        rows_of(connection, f"PRAGMA cache_size = {cache}")


def _fetch_all(result: Any) -> Sequence[Row]:
    rows: Sequence[Row] = result.cursor.fetchall()
    return rows


def is_one_of(
    connection: Connection, key: Sequence[KeyedColumnElement[Any]], keys: Iterable[Row]
) -> ColumnElement[bool]:
    """Return the condition that some columns are one of `keys`: however many, they go as few parameters."""
    wanted = list(keys)
    if is_sqlite(connection):
        as_json: BindParameter[str] = bindparam(None, msgspec.json.encode(wanted).decode())
        value = func.json_each(as_json).table_valued("value").c.value
        fields: list[ColumnElement[Any]] = [
            func.json_extract(value, literal_column(f"'$[{index}]'")) for index in range(len(key))
        ]
    else:
        arrays = zip(*wanted, strict=True) if wanted else ((),) * len(key)
        if len(key) == 1:  # of two such conditions either may be looked up, which is not so of subqueries
            (values_of_one,) = arrays
            return key[0] == any_(bindparam(None, list(values_of_one), type_=ARRAY(key[0].type)))
        values = [
            bindparam(None, list(values), type_=ARRAY(column.type))
            for column, values in zip(key, arrays, strict=True)
        ]
        unnested = func.unnest(*values).table_valued(*(column.name for column in key)).render_derived()
        fields = list(unnested.c)
    return tuple_(*key).in_(select(*fields))


def delete_rows(connection: Connection, table: Table, key: Sequence[str], keys: Iterable[Row]) -> None:
    """Delete the rows whose `key` is one of `keys`."""
    condition, parameters = _one_of(connection, table, key, keys)
    if parameters:
        connection.exec_driver_sql(f"DELETE FROM {table.name} WHERE {condition}", parameters)  # noqa: S608


def _one_of(connection: Connection, table: Table, key: Sequence[str], keys: Iterable[Row]) -> tuple[str, Row]:
    """Return the condition that the key is one of these, and its parameters, none if there are no keys."""
    wanted = list(keys)
    if not wanted:
        return "", ()
    if is_sqlite(connection):
        fields = ", ".join(f"json_extract(value, '$[{index}]')" for index in range(len(key)))
        as_json = msgspec.json.encode(wanted).decode()
        return f"({_names(key)}) IN (SELECT {fields} FROM json_each(?))", (as_json,)  # noqa: S608
    arrays = tuple(map(written_array, zip(*wanted, strict=True)))
    return f"({_names(key)}) IN (SELECT * FROM unnest({_arrays(table, key)}))", arrays  # noqa: S608


def _arrays(table: Table, columns: Sequence[str]) -> str:
    return ", ".join(f"%s::{table.c[name].type.compile()}[]" for name in columns)


def _names(columns: Sequence[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)
