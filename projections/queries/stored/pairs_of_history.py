"""Pairs with very many incidents: their columns come from a history, where there is one."""

from collections.abc import Collection
from typing import TYPE_CHECKING, Final, Protocol

from sqlalchemy import Connection

from projections.pairs import Pair
from projections.queries.stored.daily_clashes import DailyClashes
from projections.queries.stored.history_of_pair import are_many
from projections.queries.stored.incidents_of_pair import ColumnsWithClashes, stored_columns_with_clashes
from projections.scoring.pressures import IncidentColumns

if TYPE_CHECKING:  # it needs what reads Parquet
    from projections.storage.history.pair_incidents import IncidentsOfPair, PairsOfHistory

_MANY: Final = 150_000  # incidents: from some 100,000 on, files are read in less time than an index


class HistoryOfPairs(Protocol):
    """Where the incidents of some pairs come from before the tables are looked at."""

    def read_pairs(self, connection: Connection, pairs: Collection[Pair]) -> "PairsOfHistory | None":
        """Return them by pair, and of each by day and id; None where that cannot be."""


class ReadPairs(Protocol):
    """Returns what a history does, None where the tables are to be read."""

    def __call__(self, connection: Connection, pairs: Collection[Pair]) -> "PairsOfHistory | None":
        """Return the same incidents."""


def no_pairs(connection: Connection, pairs: Collection[Pair]) -> None:
    """Return None: the tables are to be read."""


def history_or_stored_columns(
    connection: Connection, pairs: Collection[Pair], read: ReadPairs
) -> dict[Pair, ColumnsWithClashes]:
    """Return the columns of some pairs as they are stored: from a history, where that is sooner and can be."""
    if read is no_pairs or not are_many(connection, pairs, _MANY) or (found := read(connection, pairs)) is None:
        return {pair: stored_columns_with_clashes(connection, pair) for pair in pairs}
    return {pair: _with_clashes(of_pair) for pair, of_pair in found.by_pair.items()}


def _with_clashes(found: "IncidentsOfPair") -> ColumnsWithClashes:
    columns = IncidentColumns(found.day, found.weight, found.material, found.direction, found.clash)
    return ColumnsWithClashes(columns, DailyClashes.of(found.day, found.clash, found.ids))
