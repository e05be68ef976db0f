"""States of pairs on which ties bear: incidents of clients spill over to them, or one backs the other."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Final

from arro3.core import DataType, Field, RecordBatch, Schema

from domain.standards.plover import ASSAULT
from projections.folding.states.state_runs import run_rows
from projections.history.table_batches import TableBatch, batches_of
from projections.pairs import Pair
from projections.queries.load_pairs import pair_with_clients
from projections.scoring.pair_history import PairHistory
from projections.scoring.pressures import IncidentColumns
from projections.scoring.spillover import Tie, by_patron, ties_of
from projections.storage import tables
from projections.storage.bulk_rows import Row

_PAIRS: Final = 250  # whose states are made at once

#: A pair on which ties bear, and one whose incidents count for it: itself, or that of a client.
COUNTING_SCHEMA: Final = Schema(
    [Field(name, DataType.utf8(), nullable=False) for name in ("one", "other", "a", "b")]
)
#: How incidents come: behind the pair they count for; where it has none, there is one row without.
SPILLED_COLUMNS: Final = ("one", "other", "a", "b", "day", "weight", "material", "direction", "type")
_DAY: Final = SPILLED_COLUMNS.index("day")
_NONE: Final = IncidentColumns.of_columns((), (), (), (), ())


def counting_for(spilled: Iterable[Pair], ties: Sequence[Tie]) -> Iterator[tuple[str, str, str, str]]:
    """Yield each of some pairs with the pairs whose incidents count for it, once each."""
    found = by_patron(ties)
    for pair in sorted(spilled):
        for counting in dict.fromkeys(pair_with_clients(pair, ties_of(pair, found))):
            yield (*pair, *counting)


@dataclass(frozen=True)
class FoldSpilled:
    """Folds incidents in batches that are sorted by the pair they count for, then by their own pair and day."""

    ties: Sequence[Tie]

    def __call__(self, batches: Iterable[RecordBatch]) -> Iterator[TableBatch]:
        """Yield the runs of states of these pairs."""
        found = by_patron(self.ties)
        histories: list[PairHistory] = []
        for pair, rows in groupby(_rows(batches), key=itemgetter(0, 1)):
            columns: defaultdict[Pair, IncidentColumns] = defaultdict(lambda: _NONE)
            columns |= {(a, b): _columns(of) for (a, b), of in groupby(rows, key=itemgetter(2, 3))}
            histories.append(PairHistory.of_columns((pair[0], pair[1]), columns, ties_of(pair, found)))
            if len(histories) == _PAIRS:
                yield from batches_of(tables.state_runs, tables.STATE_RUN, run_rows(histories))
                histories = []
        yield from batches_of(tables.state_runs, tables.STATE_RUN, run_rows(histories))


def _rows(batches: Iterable[RecordBatch]) -> Iterator[Row]:
    for batch in batches:
        yield from zip(*(batch.column(name).to_pylist() for name in SPILLED_COLUMNS), strict=True)


def _columns(rows: Iterable[Row]) -> IncidentColumns:
    found = [row[_DAY:] for row in rows if row[_DAY] is not None]
    if not found:
        return _NONE
    day, weight, material, direction, type_ = zip(*found, strict=True)
    return IncidentColumns.of_columns(day, weight, material, direction, [each == ASSAULT for each in type_])
