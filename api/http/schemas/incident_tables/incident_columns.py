"""Incidents by column: what a table of them has, without a model for each."""

from collections.abc import Callable, Mapping, Sequence
from itertools import compress
from typing import Any, Final

import numpy as np

from api.http.formats.columns import Column, ColumnValues
from projections.arrays import DayNumbers, Numbers, Recurring
from projections.scoring.incidents import DISPUTED

_Columns = Mapping[str, Sequence[Any]]  # of `Incident`, by its fields
#: Returns where incidents of some ids were, as reports write it.
WrittenPlaces = Callable[[Sequence[str]], Mapping[str, str]]

_AS_STORED: Final = (
    *("id", "type", "publishers", "reports"),
    *("killed", "killed_low", "killed_high", "wounded", "wounded_low", "wounded_high"),
)


def are_by_column(columns: Sequence[Column]) -> bool:
    """Return whether all of some columns are had without a look at reports, but for the place."""
    return all(column.name in _MADE or column.name == "place" for column in columns)


def incident_columns(
    fields: Mapping[str, Sequence[Any]], columns: Sequence[Column], places: WrittenPlaces
) -> ColumnValues:
    """Return incidents, whose fields are given by column, as the columns of a table.

    `places` returns where those of some ids were, as reports write it.
    """

    def made(name: str) -> Sequence[Any]:
        if name != "place":
            return _MADE[name](fields)
        if _none_has(fields["place"]):
            return [None] * len(fields["id"])
        placed = [id_ for id_, place in zip(fields["id"], fields["place"], strict=True) if place is not None]
        written = places(placed)
        return [written.get(id_) for id_ in fields["id"]]

    return ColumnValues([made(column.name) for column in columns])


def _source(fields: _Columns) -> Sequence[str]:
    return _actor(fields, "a", "b")


def _target(fields: _Columns) -> Sequence[str]:
    return _actor(fields, "b", "a")


def _actor(fields: _Columns, usual: str, reverse: str) -> Sequence[str]:
    """Return one actor of each incident, or the other where it goes from `b` to `a`."""
    one, other, ways = fields[usual], fields[reverse], fields["direction"]
    if isinstance(one, Recurring) and isinstance(other, Recurring) and isinstance(ways, Numbers):
        at = np.where(ways.values == 1, other.at, one.at)  # both are of the same actors
        occurs = np.bincount(at, minlength=len(one.of)) > 0
        return Recurring([*compress(one.of, occurs.tolist())], (np.cumsum(occurs) - 1)[at])
    return [y if way == 1 else x for x, y, way in zip(one, other, ways, strict=True)]


def _day(fields: _Columns) -> DayNumbers:
    days = fields["day"]
    return DayNumbers(days.values if isinstance(days, Numbers) else np.array(days, np.int64))


def _reciprocal(fields: _Columns) -> Sequence[bool]:
    ways = fields["direction"]
    if isinstance(ways, Numbers):
        both: list[bool] = (ways.values == 2).tolist()
        return both
    return [way == 2 for way in ways]


def _disputed(fields: _Columns) -> Sequence[bool]:
    found = [False] * len(fields["id"])
    for toll, highest in (("killed", "killed_high"), ("wounded", "wounded_high")):
        if _none_has(fields[highest]):
            continue
        for index, (counted, high) in enumerate(zip(fields[toll], fields[highest], strict=True)):
            if high and counted is not None and high > DISPUTED * counted:
                found[index] = True
    return found


def _none_has(values: Sequence[Any]) -> bool:
    return values.lacks_all if isinstance(values, Numbers) else values.count(None) == len(values)


def _stored(name: str) -> Callable[[_Columns], Sequence[Any]]:
    return lambda fields: fields[name]


_MADE: Final[Mapping[str, Callable[[_Columns], Sequence[Any]]]] = {
    **{name: _stored(name) for name in _AS_STORED},
    "source": _source,
    "target": _target,
    "day": _day,
    "reciprocal": _reciprocal,
    "disputed": _disputed,
}
