"""Rows that were loaded, held against what they have to be."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Table, func, select
from sqlalchemy.sql.elements import ColumnElement

from domain.log.archives.manifest import ArchiveRefused
from projections.storage.bulk_rows import Row, select_rows

_SHOWN: Final = 80  # characters of a value


class RowComparison:
    """Compares loaded rows with those made anew, and counts them. Raises `ArchiveRefused` where they differ."""

    def __init__(self, connection: Connection, address: str) -> None:
        self._connection = connection
        self._address = address
        self._made: dict[str, int] = {}

    def compare(self, table: Table, columns: Sequence[str], rows: Iterable[Row]) -> None:
        """Find each of some rows that were made, all columns of a table, among those that were loaded."""
        made = list(rows)
        if not made:
            return
        self._made[table.name] = self._made.get(table.name, 0) + len(made)
        key = [column.name for column in table.primary_key]
        by_key = {tuple(row[columns.index(name)] for name in key): row for row in made}
        names = [*key, *(name for name in columns if name not in key)]
        found = select_rows(self._connection, table, names, key, by_key)
        loaded = {row[: len(key)]: dict(zip(names, row, strict=True)) for row in found}
        for values, row in by_key.items():
            self._compare_row(table, dict(zip(key, values, strict=True)), loaded.get(values), columns, row)

    def count(self, table: Table, condition: ColumnElement[bool]) -> None:
        """See that no more rows were loaded that meet a condition than were compared of the table so far."""
        made = self._made.pop(table.name, 0)
        held = self._connection.execute(select(func.count()).select_from(table).where(condition)).scalar_one()
        if held != made:
            self._refuse(f"{table.name} has {held} rows where there have to be {made}")

    def _compare_row(
        self,
        table: Table,
        key: Mapping[str, Any],
        loaded: Mapping[str, Any] | None,
        columns: Sequence[str],
        made: Row,
    ) -> None:
        where = f"{table.name} ({', '.join(f'{name} {_shown(value)}' for name, value in key.items())})"
        if loaded is None:
            self._refuse(f"{where} is not there")
        for name, value in zip(columns, made, strict=True):
            if loaded is not None and loaded[name] != value:
                self._refuse(f"{where} has the {name} {_shown(loaded[name])} and not {_shown(value)}")

    def _refuse(self, difference: str) -> None:
        raise ArchiveRefused(
            f"{self._address} is not what this log comes to, as samples say that were folded again: {difference}."
            " Build the history again with this version of Détente, into an empty place; or run `detente rebuild`,"
            " which folds all of the log. The tables are as they were"
        )


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
