"""The stored incidents of one pair as columns, as they are weighed by the default model."""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from sqlalchemy import ColumnElement, Connection, Select, bindparam, case, literal_column, select

from projections.arrays import Ints
from projections.pairs import Pair
from projections.queries.stored.daily_clashes import DailyClashes
from projections.queries.stored.learned_later import LearnedLater
from projections.scoring.incidents import Incident
from projections.scoring.pressures import IncidentColumns, columns_of
from projections.storage.bulk_rows import by_characters
from projections.storage.connection import Prepared
from projections.storage.tables import incidents, is_clash

#: What an incident is but for its weight, in one number: a tuple of all its columns takes three times as long.
_CLASH, _DIRECTION, _MATERIAL, _DAY_FROM = 1, 2, 8, 4
_FACTS: Final = (
    incidents.c.day * literal_column(str(1 << _DAY_FROM))
    + case((incidents.c.material, literal_column(str(_MATERIAL))), else_=literal_column("0"))
    + incidents.c.direction * literal_column(str(_DIRECTION))
    + case((is_clash, literal_column(str(_CLASH))), else_=literal_column("0"))
)


def _of_pair(connection: Connection, *more: ColumnElement[Any]) -> Select[Any]:
    return (
        select(_FACTS, incidents.c.weight, *more)
        .where(incidents.c.a == bindparam("a"), incidents.c.b == bindparam("b"))
        .order_by(incidents.c.day, by_characters(connection, incidents.c.id))
    )


def _with_clashes(connection: Connection) -> Select[Any]:
    return _of_pair(connection, case((is_clash, incidents.c.id)))


def _until(connection: Connection) -> Select[Any]:
    return _of_pair(connection, incidents.c.id).where(incidents.c.day <= bindparam("upto"))


_OF_PAIR: Final = Prepared(_of_pair)
_WITH_CLASHES: Final = Prepared(_with_clashes)
_UNTIL: Final = Prepared(_until)


class ColumnsWithClashes(NamedTuple):
    """The incidents of a pair by day and id; and its clashes."""

    columns: IncidentColumns
    clashes: DailyClashes


def stored_columns(connection: Connection, pair: Pair) -> IncidentColumns:
    """Return the columns of a pair as they are stored: what a row has but its weight comes as one number."""
    rows = _OF_PAIR.rows(connection, a=pair[0], b=pair[1])
    return _unpacked(*zip(*rows, strict=True)) if rows else _unpacked((), ())


def stored_columns_with_clashes(connection: Connection, pair: Pair) -> ColumnsWithClashes:
    """Return the same, and the clashes among them."""
    rows = _WITH_CLASHES.rows(connection, a=pair[0], b=pair[1])
    packed, weight, ids = zip(*rows, strict=True) if rows else ((), (), ())
    columns = _unpacked(packed, weight)
    return ColumnsWithClashes(columns, DailyClashes.of(columns.day, columns.assault, ids))


def columns_then(connection: Connection, pair: Pair, learned: LearnedLater) -> IncidentColumns:
    """Return the columns of a pair as they were known, until a day, before something was learned."""
    rows = _UNTIL.rows(connection, a=pair[0], b=pair[1], upto=learned.upto)
    if learned.ids:
        rows = [row for row in rows if row[-1] not in learned.ids]
    packed, weight, ids = zip(*rows, strict=True) if rows else ((), (), ())
    columns = _unpacked(packed, weight)
    then = learned.then.get(pair, ())
    if not then:
        return columns
    places = [_place_among(columns.day, ids, incident) for incident in then]
    return columns.with_inserted(places, columns_of(then))


def _place_among(days: Ints, ids: Sequence[str], incident: Incident) -> int:
    """Return the place of an incident among others in the order of days and ids."""
    first, last = (int(np.searchsorted(days, incident.day, side)) for side in ("left", "right"))
    return bisect_left(ids, incident.id, first, last)


def _unpacked(packed: Sequence[int], weight: Sequence[float]) -> IncidentColumns:
    facts = np.fromiter(packed, np.int64, len(packed))
    return IncidentColumns(
        facts >> _DAY_FROM,
        np.fromiter(weight, np.float64, len(weight)),
        facts & _MATERIAL > 0,
        facts // _DIRECTION & 3,
        facts & _CLASH > 0,
    )
