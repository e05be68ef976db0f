"""Whole lists of incidents by column: some days at a time, in one pass over the tables however many there are."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
from sqlalchemy import ColumnElement, Connection, Integer, case, literal_column, select
from sqlalchemy.sql.functions import count

from projections.arrays import Numbers, Recurring
from projections.publishers.stale_weights import has_stale_weights
from projections.queries.incidents.incident_filter import IncidentFilter
from projections.queries.incidents.search import all_incidents, latest_rows
from projections.queries.question import Question
from projections.scoring.incidents import Incident
from projections.storage.bulk_rows import (
    fetch_all,
    fetch_column_groups,
    fetch_columns,
    fetch_pieces,
    is_sqlite,
    sorting_in_files,
)
from projections.storage.tables import incidents

_AT_A_TIME: Final = 20_000  # incidents
_SCANS: Final = 8  # of a table for as many stretches, which take less time than to sort all of it
_NOT_IN_TABLES: Final = frozenset({"weight", "material", "first_day", "last_day", "beside"})
_WHOLE_NUMBERS: Final = ("direction", "day", "publishers", "reports")

_FieldsByName = Mapping[str, Sequence[Any]]


def all_incident_columns(
    connection: Connection, question: Question, wanted: IncidentFilter
) -> Iterator[_FieldsByName]:
    """Yield all incidents as `all_incidents`, by column: those fields that tables have.

    Actors and types are `Recurring`, of both actors with the same values; numbers that none lacks are `Numbers`.
    """
    names = [name for name in Incident._fields if name not in _NOT_IN_TABLES]
    if not question.is_unfiltered or has_stale_weights(connection):
        for some in all_incidents(connection, question, wanted):
            yield _as_columns(dict(zip(Incident._fields, zip(*some, strict=True), strict=True)))
        return
    chosen = (*wanted.conditions(), incidents.c.day <= question.day)
    if not is_sqlite(connection):
        for rows in fetch_pieces(connection, latest_rows(connection, chosen, names), _AT_A_TIME):
            yield _as_columns(dict(zip(names, zip(*rows, strict=True), strict=True)))
        return
    with sorting_in_files(connection):
        for found in _of_stretches(connection, [incidents.c[name] for name in names], chosen):
            yield _in_order(dict(zip(names, found, strict=True)))


def _of_stretches(
    connection: Connection, columns: Sequence[ColumnElement[Any]], chosen: Sequence[ColumnElement[bool]]
) -> Iterator[list[Sequence[Any]]]:
    """Yield columns of the incidents of each stretch of days, the latest first, in any order within it."""
    firsts = _first_days(connection, chosen)
    if len(firsts) > _SCANS:
        yield from fetch_column_groups(connection, columns, _number_of_stretch(firsts), *chosen)
        return
    for first, later in zip([*firsts, None], [None, *firsts], strict=True):
        from_on = [] if first is None else [incidents.c.day >= first]
        until = [] if later is None else [incidents.c.day < later]
        found = fetch_columns(connection, columns, *chosen, *from_on, *until)
        if found[0]:
            yield found


def _first_days(connection: Connection, chosen: Sequence[ColumnElement[bool]]) -> list[int]:
    """Return the first day of each stretch that has about `_AT_A_TIME` incidents, the latest first.

    What is older than the last of them is a stretch, too.
    """
    counted = select(incidents.c.day, count()).where(*chosen).group_by(incidents.c.day)
    firsts, held = list[int](), 0
    for day, number in fetch_all(connection, counted.order_by(incidents.c.day.desc())):
        held += number
        if held >= _AT_A_TIME:
            firsts.append(day)
            held = 0
    return firsts


def _number_of_stretch(firsts: Sequence[int], begin: int = 0, end: int | None = None) -> ColumnElement[int]:
    """Return the number of the stretch that a day is in, found by halves."""
    end = len(firsts) if end is None else end
    if begin == end:
        return literal_column(str(begin), Integer)
    middle = (begin + end) // 2
    later, older = (_number_of_stretch(firsts, *of) for of in ((begin, middle), (middle + 1, end)))
    return case((incidents.c.day >= firsts[middle], later), else_=older)


def _in_order(found: _FieldsByName) -> _FieldsByName:
    """Return columns with the latest incidents first, and those of a day by their characters."""
    ids, days = found["id"], np.array(found["day"], dtype=np.int64)
    by_id = np.array(sorted(range(len(ids)), key=ids.__getitem__), dtype=np.int64)
    return _as_columns(found, by_id[np.argsort(-days[by_id], kind="stable")])


def _as_columns(found: _FieldsByName, order: Any = None) -> _FieldsByName:
    """Return columns in an order, by default their own, without an object for each of what is often the same."""
    numbers = {name: np.array(found[name], dtype=np.int64) for name in _WHOLE_NUMBERS}
    actors = {actor: place for place, actor in enumerate(dict.fromkeys((*found["a"], *found["b"])))}
    types = {name: place for place, name in enumerate(dict.fromkeys(found["type"]))}
    places = {
        name: np.fromiter(map(of.__getitem__, found[name]), np.int64, len(found[name]))
        for name, of in (("a", actors), ("b", actors), ("type", types))
    }
    made: dict[str, Sequence[Any]] = {}
    for name, values in found.items():
        if name in numbers:
            made[name] = Numbers(numbers[name] if order is None else numbers[name][order])
        elif name in places:
            at = places[name] if order is None else places[name][order]
            made[name] = Recurring(list(types if name == "type" else actors), at)
        elif order is None or values.count(None) == len(values):  # as most of most columns are
            made[name] = values
        else:
            made[name] = np.array(values, dtype=object)[order].tolist()
    return made
