"""Incidents of a history in the place of those that are stored, for who asks for a good part of all of them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np
from arro3.core import Array, DataType, RecordBatch, dictionary_dictionary, dictionary_indices
from sqlalchemy import Connection, and_, case, func, or_, select, true

from projections.arrays import Numbers, Recurring
from projections.publishers.stale_weights import has_stale_weights
from projections.queries.incidents.incident_filter import IncidentFilter
from projections.queries.question import Question
from projections.scoring.incidents import Incident
from projections.storage.bulk_rows import fetch_all
from projections.storage.history.incident_choice import IncidentChoice
from projections.storage.tables import incidents, relations

if TYPE_CHECKING:  # it needs what reads Parquet
    from projections.storage.history.latest_incidents import LatestIncidents

#: Of which incidents one of so many has to be asked for: files are sorted by pair, and are read as a whole.
_FEW: Final = 10
_CODE: Final = DataType.dictionary(DataType.int32(), DataType.utf8())
_ACTORS: Final = ("a", "b")


class LatestHistory(Protocol):
    """Where incidents come from, the latest first, before the tables are looked at."""

    def read_latest(
        self, connection: Connection, names: Sequence[str], choice: IncidentChoice
    ) -> "LatestIncidents | None":
        """Return columns of those that are chosen, those of a day by their ids; None where that cannot be."""


class ReadLatest(Protocol):
    """Returns what a history does, None where the tables are to be read."""

    def __call__(
        self, connection: Connection, names: Sequence[str], choice: IncidentChoice
    ) -> Iterator[RecordBatch] | None:
        """Return the same columns, a batch at a time."""


def no_history(connection: Connection, names: Sequence[str], choice: IncidentChoice) -> None:
    """Return None: the tables are to be read."""


def latest_of_history(
    connection: Connection,
    question: Question,
    wanted: IncidentFilter,
    names: Sequence[str],
    read: ReadLatest,
) -> Iterator[RecordBatch] | None:
    """Return columns of the incidents of a question and a filter as a history has them, None where it is not read.

    It is not where they are not as stored, or so few that the tables find them sooner.
    """
    if read is no_history or not question.is_unfiltered or has_stale_weights(connection):
        return None
    choice = IncidentChoice(wanted.actors, wanted.types, wanted.first, question.day)
    return read(connection, names, choice) if _are_many(connection, choice) else None


def _are_many(connection: Connection, choice: IncidentChoice) -> bool:
    """Return whether a good part of all incidents may be chosen, as far as that is soon seen."""
    of_theirs = and_(true(), *(or_(relations.c.a == actor, relations.c.b == actor) for actor in choice.actors))
    counted = func.sum(relations.c.incidents), func.sum(case((of_theirs, relations.c.incidents), else_=0))
    ((every, theirs),) = fetch_all(connection, select(*counted))
    least = -(-int(every or 0) // _FEW)
    if not least or theirs < least:
        return False
    days = [incidents.c.day <= choice.last]
    if choice.first is not None:
        days.append(incidents.c.day >= choice.first)
    some = select(incidents.c.day).where(*days).limit(least).subquery()
    ((found,),) = fetch_all(connection, select(func.count()).select_from(some))
    return bool(found == least)


def incidents_of_batch(batch: RecordBatch) -> list[Incident]:
    """Return incidents whose columns are those of a batch."""
    columns = (batch.column(name).to_pylist() for name in Incident._fields)
    return list(map(Incident._make, zip(*columns, strict=True)))


def columns_of_batch(batch: RecordBatch) -> Mapping[str, Sequence[Any]]:
    """Return columns of incidents: numbers as `Numbers`, actors and types as `Recurring`, all else as lists."""
    found: dict[str, Any] = {}
    for name in batch.schema.names:
        column = batch.column(name)
        if name in ("id", "place"):
            found[name] = column.to_pylist()
        elif name in (*_ACTORS, "type"):
            found[name] = _recurring(column)
        else:
            found[name] = _numbers(column)
    one, other = (found[name] for name in _ACTORS)
    assert isinstance(one, Recurring)
    assert isinstance(other, Recurring)
    both = [*one.of, *other.of]
    return found | {"a": Recurring(both, one.at), "b": Recurring(both, other.at + len(one.of))}


def _recurring(column: Array) -> Recurring[str | None]:
    coded = column.cast(_CODE)
    of: list[str | None] = [*dictionary_dictionary(coded).to_pylist()]
    places = dictionary_indices(coded)
    if not column.null_count:
        return Recurring(of, places.to_numpy().astype(np.int64))
    none = len(of)
    at = [none if place is None else place for place in places.to_pylist()]
    return Recurring([*of, None], np.array(at, np.int64))


def _numbers(column: Array) -> Numbers:
    if not column.null_count:
        return Numbers(column.to_numpy().astype(np.int64))
    if column.null_count == len(column):  # as of most of most columns
        return Numbers(np.zeros(len(column), np.int64), np.ones(len(column), np.bool_))
    found = [*column.to_pylist()]
    values = np.array([value or 0 for value in found], np.int64)
    return Numbers(values, np.array([value is None for value in found], np.bool_))
