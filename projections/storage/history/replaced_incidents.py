"""The incidents of a build with others in the place of some, as DuckDB is asked for them."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import duckdb
from arro3.core import Array, DataType, Table

from projections.pairs import Pair
from projections.storage.bulk_rows import Row
from projections.storage.history.built_incidents import IS_WANTED, wanted_rows
from projections.storage.history.parquet_reading import view_files

_NUMBER: Final = DataType.int32()
_TEXT: Final = DataType.utf8()
_TOLLS: Final = ("killed", "wounded", "killed_low", "killed_high", "wounded_low", "wounded_high")
_TYPES: Final[Mapping[str, DataType]] = {
    **dict.fromkeys(("id", "a", "b", "type", "place", "beside"), _TEXT),
    **dict.fromkeys(("direction", "day", "first_day", "last_day", "publishers", "reports", *_TOLLS), _NUMBER),
    "material": DataType.bool(),
    "weight": DataType.float64(),
}


class Replaced(NamedTuple):
    """The groups and pairs of which incidents are replaced, and what comes for them, as rows of some columns."""

    groups: Collection[str]
    pairs: Collection[Pair]
    names: Sequence[str]
    come: Sequence[Row]

    def tables(self) -> dict[str, Table]:
        """Return the rows that `view_every` needs at hand, by the names that they have there."""
        cells: list[Sequence[Any]] = list(zip(*self.come, strict=True)) or [()] * len(self.names)
        come: dict[str, Any] = {}
        for name, values in zip(self.names, cells, strict=True):
            # SQLite has a boolean as 0 or 1.
            of_column = list(map(bool, values)) if name == "material" else values
            come[name] = Array(of_column, type=_TYPES[name])
        return wanted_rows(self.groups, self.pairs) | {"come": Table.from_pydict(come)}


def view_every(connection: duckdb.DuckDBPyConnection, files: Sequence[Path], replaced: Replaced) -> None:
    """Let `every` be the incidents of files with others in the place of some."""
    names = ", ".join(replaced.names)
    parts = []
    if files:
        view_files(connection, "incidents", files)
        of_files = f"SELECT {names} FROM incidents"  # noqa: S608  # of names alone
        parts.append(f"{of_files} WHERE NOT {IS_WANTED}" if replaced.groups or replaced.pairs else of_files)
    if replaced.come or not files:
        parts.append(f"SELECT {names} FROM come")  # noqa: S608
    connection.execute(f"CREATE OR REPLACE TEMPORARY VIEW every AS {' UNION ALL '.join(parts)}")
