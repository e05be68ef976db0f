"""Whole lists of incidents by column: some days at a time, in one pass over the tables however many there are."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any, Final

import numpy as np
from sqlalchemy import ColumnElement, Connection, Integer, case, literal_column, select
from sqlalchemy.sql.functions import count as counted

from projections.arrays import Ints, Numbers, Recurring, concatenated
from projections.publishers.stale_weights import has_stale_weights
from projections.queries.incidents.equal_pieces import FieldsByName, in_equal_pieces
from projections.queries.incidents.incident_filter import IncidentFilter
from projections.queries.incidents.latest_of_history import (
    ReadLatest,
    columns_of_batch,
    latest_of_history,
    no_history,
)
from projections.queries.incidents.search import all_incidents, latest_rows
from projections.queries.question import Question
from projections.scoring.incidents import Incident
from projections.storage.bulk_rows import (
    fetch_all,
    fetch_pieces,
    is_sqlite,
    sorting_in_files,
)
from projections.storage.columns.fetch_columns import (
    fetch_bounds,
    fetch_column_groups,
    fetch_column_pieces,
    fetch_columns,
)
from projections.storage.tables import incidents

_AT_A_TIME: Final = 20_000  # incidents whose texts are in memory
_IN_ARRAYS: Final = 160_000  # incidents of a stretch of days, which are put in order in memory
_SCANS: Final = 8  # of a table for as many stretches, which take less time than to sort all of it
_LOOKED_UP: Final = 50  # rows that are read one after the other while an index leads to one
#: The day as it is written for SQLite not to go by its index, which leads from row to row all over the table.
_DAY_OF_SCAN: Final = literal_column("+incidents.day", Integer)
_NOT_IN_TABLES: Final = frozenset({"weight", "material", "first_day", "last_day", "beside"})
_WHOLE_NUMBERS: Final = ("direction", "day", "publishers", "reports")
_TOLLS: Final = ("killed", "wounded", "killed_low", "killed_high", "wounded_low", "wounded_high")
_RARE: Final = (*_TOLLS, "place")  # columns of which many logs have no value


def all_incident_columns(
    connection: Connection, question: Question, wanted: IncidentFilter, read_latest: ReadLatest = no_history
) -> Iterator[FieldsByName]:
    """Return all incidents as `all_incidents`, by column: those fields that tables have, a piece at a time.

    Actors and types are `Recurring`, of both actors with the same values, and numbers `Numbers`. Pieces are the
    same wherever the incidents come from.
    """
    names = [name for name in Incident._fields if name not in {*_NOT_IN_TABLES, *_RARE}] + [*_RARE]
    found = latest_of_history(connection, question, wanted, names, read_latest)
    pieces = _of_tables(connection, question, wanted, names) if found is None else map(columns_of_batch, found)
    return in_equal_pieces(pieces, _AT_A_TIME)


def _of_tables(
    connection: Connection, question: Question, wanted: IncidentFilter, names: Sequence[str]
) -> Iterator[FieldsByName]:
    if not question.is_unfiltered or has_stale_weights(connection):
        for some in all_incidents(connection, question, wanted):
            yield _as_columns(dict(zip(Incident._fields, zip(*some, strict=True), strict=True)))
        return
    if not is_sqlite(connection):
        chosen = (*wanted.conditions(), incidents.c.day <= question.day)
        for rows in fetch_pieces(connection, latest_rows(connection, chosen, names), _AT_A_TIME):
            yield _as_columns(dict(zip(names, zip(*rows, strict=True), strict=True)))
        return
    with sorting_in_files(connection):
        day = _day_to_go_by(connection, question.day, wanted.first)
        yield from _in_order(connection, names, day, (*wanted.conditions(day), day <= question.day))


def _in_order(
    connection: Connection, names: Sequence[str], day: ColumnElement[int], chosen: Sequence[ColumnElement[bool]]
) -> Iterator[FieldsByName]:
    """Yield columns of incidents that are chosen on SQLite, the latest first, and those of a day by their ids."""
    columns = [incidents.c[name] for name in names]
    number = _number_of(connection, chosen)
    firsts = _first_days(connection, day, chosen, _IN_ARRAYS) if number >= _IN_ARRAYS else []
    if len(firsts) > _SCANS:
        stretch = _number_of_stretch(day, _first_days(connection, day, chosen, _AT_A_TIME))
        for found in fetch_column_groups(connection, columns, stretch, *chosen):
            yield from _latest_first([_as_columns(dict(zip(names, found, strict=True)))])
        return
    in_pieces = day is _DAY_OF_SCAN and number > _AT_A_TIME
    key = incidents.c.id
    bounds = fetch_bounds(connection, key, _AT_A_TIME) if in_pieces else []
    common, rare = columns[: -len(_RARE)], columns[-len(_RARE) :]
    for first, later in zip([*firsts, None], [None, *firsts], strict=True):
        from_on = [] if first is None else [day >= first]
        until = [] if later is None else [day < later]
        of_stretch = (*chosen, *from_on, *until)
        pieces: Iterable[Sequence[Sequence[Any] | None]] = (
            fetch_column_pieces(connection, common, rare, key, bounds, *of_stretch)
            if in_pieces
            else [fetch_columns(connection, columns, *of_stretch)]
        )
        actors, types = _places(), _places()
        yield from _latest_first(
            [_as_columns(dict(zip(names, found, strict=True)), actors, types) for found in pieces]
        )


def _number_of(connection: Connection, chosen: Sequence[ColumnElement[bool]]) -> int:
    ((number,),) = fetch_all(connection, select(counted()).select_from(incidents).where(*chosen))
    return int(number)


def _day_to_go_by(connection: Connection, last: int, first: int | None) -> ColumnElement[int]:
    """Return the day as it is written in queries: for the index of days, if few of all incidents are of these."""
    of_these = [incidents.c.day <= last, *([] if first is None else [incidents.c.day >= first])]
    few, every = _number_of(connection, of_these), _number_of(connection, [])
    return incidents.c.day if few * _LOOKED_UP < every else _DAY_OF_SCAN


def _first_days(
    connection: Connection, day: ColumnElement[int], chosen: Sequence[ColumnElement[bool]], size: int
) -> list[int]:
    """Return the first day of each stretch that has about `size` incidents, the latest first.

    What is older than the last of them is a stretch, too.
    """
    by_day: Any = select(day, counted()).select_from(incidents).where(*chosen).group_by(day)
    firsts, held = list[int](), 0
    for of_one, number in fetch_all(connection, by_day.order_by(day.desc())):
        held += number
        if held >= size:
            firsts.append(of_one)
            held = 0
    return firsts


def _number_of_stretch(
    day: ColumnElement[int], firsts: Sequence[int], begin: int = 0, end: int | None = None
) -> ColumnElement[int]:
    """Return the number of the stretch that a day is in, found by halves."""
    end = len(firsts) if end is None else end
    if begin == end:
        return literal_column(str(begin), Integer)
    middle = (begin + end) // 2
    later, older = (_number_of_stretch(day, firsts, *of) for of in ((begin, middle), (middle + 1, end)))
    return case((day >= firsts[middle], later), else_=older)


def _latest_first(pieces: Sequence[FieldsByName]) -> Iterator[FieldsByName]:
    """Yield columns with the latest incidents first, and those of a day by their characters."""
    if not pieces:
        return
    whole = {name: _joined([piece[name] for piece in pieces]) for name in pieces[0]}
    ids, day = whole["id"].tolist(), whole["day"].values
    if sorted(ids) == ids:  # as a rule, and soon seen
        order = np.argsort(-day, kind="stable")
    else:
        by_id = np.array(sorted(range(len(ids)), key=ids.__getitem__), dtype=np.int64)
        order = by_id[np.argsort(-day[by_id], kind="stable")]
    without = whole["place"].tolist().count(None) == len(ids)
    for start in range(0, len(order), _AT_A_TIME):
        at = order[start : start + _AT_A_TIME]
        piece = {name: _taken(values, at) for name, values in whole.items() if name != "place" or not without}
        yield {**piece, "place": [None] * len(at)} if without else piece


def _joined(parts: Sequence[Any]) -> Any:
    """Return the parts of a column as one; of what recurs, the last part has all values.

    A list becomes an array of objects, which are taken from it in a third of the time.
    """
    if isinstance(parts[0], Recurring):
        return Recurring(parts[-1].of, np.concatenate([part.at for part in parts]))
    joined = concatenated(parts)
    return joined if isinstance(joined, Numbers) else np.array(joined, dtype=np.object_)


def _taken(values: Any, at: Ints) -> Sequence[Any]:
    """Return the values of a column that stand at some places."""
    if isinstance(values, Recurring):
        return Recurring(values.of, values.at[at])
    if isinstance(values, Numbers) and values.lacks_all:
        return _no_numbers(len(at))
    if isinstance(values, Numbers):
        return Numbers(values.values[at], None if values.missing is None else values.missing[at])
    taken: list[Any] = values[at].tolist()
    return taken


def _as_columns(
    found: Mapping[str, Sequence[Any] | None],
    actors: dict[str, int] | None = None,
    types: dict[str, int] | None = None,
) -> FieldsByName:
    """Return columns without an object for each of what is often the same, or is a number.

    A rare column may be None: no row has a value. `actors` and `types` have the places of those that are known,
    and give one to each of the others.
    """
    places = {
        "a": _places() if actors is None else actors,
        "type": _places() if types is None else types,
    }
    places["b"] = places["a"]
    at = {name: np.fromiter(map(of.__getitem__, found[name] or ()), np.int64) for name, of in places.items()}
    made: dict[str, Sequence[Any]] = {}
    for name, values in found.items():
        if values is None:
            made[name] = [None] * len(at["a"]) if name == "place" else _no_numbers(len(at["a"]))
        elif name in _WHOLE_NUMBERS:
            made[name] = Numbers(np.array(values, dtype=np.int64))
        elif name in _TOLLS:
            made[name] = _numbers(values)
        elif name in places:
            made[name] = Recurring(list(places[name]), at[name])
        else:
            made[name] = values
    return made


def _places() -> dict[str, int]:
    """Return the places of values by value, which each gets when it is looked up: the next."""
    return defaultdict(count().__next__)


def _numbers(values: Sequence[int | None]) -> Numbers:
    """Return whole numbers, of which some or all may be missing."""
    lacking = values.count(None)
    if not lacking:
        return Numbers(np.array(values, dtype=np.int64))
    if lacking == len(values):  # as most of most columns are
        return _no_numbers(lacking)
    floats = np.array(values, dtype=np.float64)  # None is NaN
    missing = np.isnan(floats)
    return Numbers(np.where(missing, 0, floats).astype(np.int64), missing)


def _no_numbers(rows: int) -> Numbers:
    return Numbers(np.zeros(rows, np.int64), np.ones(rows, np.bool_))
