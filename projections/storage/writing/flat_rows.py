"""Rows of a table as one list of values: so they go from process to process, and to SQLite, in the least time."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, Final

import msgspec
import psycopg
from sqlalchemy import Connection, Table

from projections.storage.connection import Row, as_from_execute, is_sqlite

_BLOCK: Final = 16  # rows in one statement, on SQLite: half the time of a statement for each; more gain no more


class FlatRows(msgspec.Struct, array_like=True):
    """The values of rows, one row behind the other, without the columns that are null in all of them.

    To leave such a column out takes less time than to send its nulls.
    """

    columns: list[str] = []
    values: list[Any] = []

    @classmethod
    def of(cls, columns: Sequence[str], rows: Sequence[Row]) -> "FlatRows":
        """Return the values of rows, which are tuples in the order of columns."""
        if not rows:
            return cls()
        by_column = list(zip(*rows, strict=True))
        some = [index for index, values in enumerate(by_column) if values.count(None) < len(rows)]
        wanted = rows if len(some) == len(columns) else zip(*(by_column[index] for index in some), strict=True)
        return cls([columns[index] for index in some], list(chain.from_iterable(wanted)))

    def select(self, columns: Sequence[str]) -> Iterator[Row]:
        """Yield some columns of the rows, as tuples in their order."""
        width = len(self.columns)
        nulls = [None] * (len(self.values) // width if width else 0)
        places = {column: place for place, column in enumerate(self.columns)}
        found = [self.values[places[each] :: width] if each in places else nulls for each in columns]
        return zip(*found, strict=True)

    def pieces(self, rows: int, first: int = 0) -> Iterator[Row]:
        """Yield the values of so many rows at a time, as long as there are as many, from a first row on."""
        size = rows * len(self.columns)
        for begin in range(first * len(self.columns), len(self.values) - size + 1, size):
            yield tuple(self.values[begin : begin + size])


def insert_flat(connection: Connection, table: Table, rows: FlatRows) -> None:
    """Insert rows. Where one cannot be, the transaction has to be rolled back: others of them may be there."""
    if not rows.values:
        return
    names = ", ".join(f'"{column}"' for column in rows.columns)
    if is_sqlite(connection):
        # Else each statement keeps the pages that it changes, to undo itself: half of its time, in a large table.
        insert_in_blocks(connection, f"INSERT OR FAIL INTO {table.name} ({names}) VALUES", rows)
        return
    copied = f"COPY {table.name} ({names}) FROM STDIN"
    try:
        with connection.connection.cursor() as cursor, cursor.copy(copied) as copy:  # type: ignore[attr-defined]
            for row in rows.pieces(1):
                copy.write_row(row)
    except psycopg.Error as error:
        raise as_from_execute(connection, copied, error) from error


def insert_in_blocks(connection: Connection, statement: str, rows: FlatRows, on_conflict: str = "") -> None:
    """Insert rows into SQLite in blocks, one statement each, and what is left over row by row."""
    marks = f"({', '.join('?' * len(rows.columns))})"
    blocks = list(rows.pieces(_BLOCK))
    for number, parameters in ((_BLOCK, blocks), (1, list(rows.pieces(1, first=_BLOCK * len(blocks))))):
        if parameters:
            connection.exec_driver_sql(f"{statement} {', '.join([marks] * number)} {on_conflict}", parameters)
