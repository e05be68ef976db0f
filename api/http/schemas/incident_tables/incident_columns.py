"""Incidents by column: what a table of them has, without a model for each."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from api.http.formats.columns import Column, ColumnValues
from projections.arrays import DayNumbers
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
        placed = [id_ for id_, place in zip(fields["id"], fields["place"], strict=True) if place is not None]
        written = places(placed) if placed else {}
        return [written.get(id_) for id_ in fields["id"]]

    return ColumnValues([made(column.name) for column in columns])


def _source(fields: _Columns) -> Sequence[str]:
    return [b if way == 1 else a for a, b, way in zip(fields["a"], fields["b"], fields["direction"], strict=True)]


def _target(fields: _Columns) -> Sequence[str]:
    return [a if way == 1 else b for a, b, way in zip(fields["a"], fields["b"], fields["direction"], strict=True)]


def _day(fields: _Columns) -> DayNumbers:
    return DayNumbers(np.array(fields["day"], np.int64))


def _reciprocal(fields: _Columns) -> Sequence[bool]:
    return [way == 2 for way in fields["direction"]]


def _disputed(fields: _Columns) -> Sequence[bool]:
    found = [False] * len(fields["id"])
    for toll, highest in (("killed", "killed_high"), ("wounded", "wounded_high")):
        for index, high in enumerate(fields[highest]):
            if high and fields[toll][index] is not None and high > DISPUTED * fields[toll][index]:
                found[index] = True
    return found


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
