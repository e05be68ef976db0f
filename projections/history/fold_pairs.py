"""From the evidence of pairs to what it means: incidents, sums, levels, runs of states.

A pair with very much evidence is gone through in stretches of days, as an incident is of one day. So what is in
memory at a time are some thousand rows, and of one pair's incidents the columns that states are made of.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Final

from arro3.core import RecordBatch, Schema

from projections.folding.group_meaning import PIECE, GroupMeaning, Meaning
from projections.history.incidents_in_columns import incidents_in_columns
from projections.history.table_batches import TableBatch, batches_of, batches_of_schema, table_fields
from projections.pairs import Pair
from projections.publishers.actor_clashes import ACTOR_CLASHES
from projections.publishers.daily_levels import DAILY_LEVEL
from projections.publishers.pair_totals import PUBLISHER, RELATION
from projections.scoring.incidents import Claim, Incident
from projections.storage import tables
from projections.storage.bulk_rows import Row

#: What is handed on from here: parts of what actors' clashes come to, and the incidents that may spill over.
CLASHES_OF_ACTORS: Final = "clashes_of_actors"
CLASHES_OF_ACTORS_SCHEMA: Final = Schema(table_fields(tables.actor_clashes))
INCIDENTS_OF_TIES: Final = "incidents_of_ties"
_INCIDENT_COLUMNS: Final = ("a", "b", "day", "id", "weight", "material", "direction", "type")
INCIDENTS_OF_TIES_SCHEMA: Final = Schema(
    [field for field in table_fields(tables.incidents) if field.name in _INCIDENT_COLUMNS]
)
_OF_INCIDENT: Final = itemgetter(*(Incident._fields.index(name) for name in _INCIDENT_COLUMNS))
_PAIR_DAY_ID: Final = itemgetter(*(Incident._fields.index(name) for name in ("a", "b", "day", "id")))
_EVIDENCE: Final = tuple(column.name for column in tables.evidence.columns)
_CLAIM_WITH_PAIR: Final = ("a", "b", "known_to", *Claim._fields)
_INCIDENT: Final = _CLAIM_WITH_PAIR.index("incident")


@dataclass(frozen=True)
class FoldPairs:
    """Folds evidence in batches that are sorted by pair and day.

    `spilled` are the pairs on whose states others' incidents may bear: these are for later. `tied` are those and
    the pairs whose incidents may. `aliases` has the publisher that each alias counts as.
    """

    spilled: frozenset[Pair]
    tied: frozenset[Pair]
    aliases: Mapping[str, str]

    def __call__(self, batches: Iterable[RecordBatch]) -> Iterator[TableBatch]:
        """Yield rows of all tables of what evidence means, and the evidence itself; each table's by pair.

        And the incidents once more, as columns.
        """
        passed: list[RecordBatch] = []
        spilled = set(self.spilled)
        for group in _groups(_noting(batches, passed)):
            found = GroupMeaning(self.aliases)
            for piece in group:
                yield from _passed_on(passed)
                yield from self._batches(found.take(piece, spilled))
            yield from self._batches(found.rest())
        yield from _passed_on(passed)

    def _batches(self, made: Meaning) -> Iterator[TableBatch]:
        incidents = sorted(made.incidents, key=_PAIR_DAY_ID)
        tied = [_OF_INCIDENT(each) for each in incidents if (each.a, each.b) in self.tied]
        yield from batches_of(tables.incidents, Incident._fields, incidents)
        yield from incidents_in_columns(incidents)
        yield from batches_of(tables.daily_levels, DAILY_LEVEL, made.levels)
        yield from batches_of(tables.relations, RELATION, sorted(made.relations))
        yield from batches_of(tables.pair_publishers, PUBLISHER, sorted(made.publishers))
        yield from batches_of(tables.state_runs, tables.STATE_RUN, made.runs)
        yield from batches_of_schema(CLASHES_OF_ACTORS, CLASHES_OF_ACTORS_SCHEMA, ACTOR_CLASHES, made.clashes)
        yield from batches_of_schema(INCIDENTS_OF_TIES, INCIDENTS_OF_TIES_SCHEMA, _INCIDENT_COLUMNS, tied)


def _noting(batches: Iterable[RecordBatch], passed: list[RecordBatch]) -> Iterator[Row]:
    """Yield the claims that stand, each behind its pair; note the batches that they come from."""
    for batch in batches:
        passed.append(batch)
        columns = (batch.column(name).to_pylist() for name in _CLAIM_WITH_PAIR)
        yield from (row for row in zip(*columns, strict=True) if row[2] is None and row[_INCIDENT] is not None)


def _passed_on(passed: list[RecordBatch]) -> Iterator[TableBatch]:
    """Yield the evidence of batches, and forget them."""
    for batch in passed:
        yield TableBatch(tables.evidence.name, batch.select(list(_EVIDENCE)))
    passed.clear()


def _groups(rows: Iterable[Row]) -> Iterator[Iterable[Sequence[Claim]]]:
    """Yield groups of pairs as their pieces: several pairs in one, or one pair in several."""
    held: list[Claim] = []
    for _, of_pair in groupby(rows, key=itemgetter(0, 1)):
        pieces = _pieces(map(Claim._make, (row[3:] for row in of_pair)))
        first = next(pieces)
        second = next(pieces, None)
        if second is not None:
            if held:
                yield [held]
                held = []
            yield _chained(first, second, pieces)
        elif len(held) + len(first) > PIECE and held:
            yield [held]
            held = first
        else:
            held += first
    if held:
        yield [held]


def _chained(first: list[Claim], second: list[Claim], rest: Iterator[list[Claim]]) -> Iterator[Sequence[Claim]]:
    yield first
    yield second
    yield from rest


def _pieces(claims: Iterable[Claim]) -> Iterator[list[Claim]]:
    """Yield the claims of a pair in pieces of whole days."""
    piece: list[Claim] = []
    for _, of_day in groupby(claims, key=lambda claim: claim.day):
        if len(piece) >= PIECE:
            yield piece
            piece = []
        piece += of_day
    yield piece
