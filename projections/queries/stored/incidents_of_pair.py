"""The stored incidents of one pair as columns, as they are weighed by the default model."""

from typing import Any, Final, NamedTuple

import numpy as np
from sqlalchemy import Connection, Select, bindparam, case, literal_column, select

from projections.pairs import Pair
from projections.queries.stored.daily_clashes import DailyClashes
from projections.scoring.pressures import IncidentColumns
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


def _of_pair(connection: Connection) -> Select[Any]:
    return (
        select(_FACTS, incidents.c.weight, case((is_clash, incidents.c.id)))
        .where(incidents.c.a == bindparam("a"), incidents.c.b == bindparam("b"))
        .order_by(incidents.c.day, by_characters(connection, incidents.c.id))
    )


_OF_PAIR: Final = Prepared(_of_pair)


class ColumnsWithClashes(NamedTuple):
    """The incidents of a pair by day and id; and its clashes."""

    columns: IncidentColumns
    clashes: DailyClashes


def stored_columns(connection: Connection, pair: Pair) -> ColumnsWithClashes:
    """Return the columns of a pair as they are stored: what a row has but its weight comes as one number."""
    rows = _OF_PAIR.rows(connection, a=pair[0], b=pair[1])
    packed, weight, ids = zip(*rows, strict=True) if rows else ((), (), ())
    facts = np.fromiter(packed, np.int64, len(packed))
    columns = IncidentColumns(
        facts >> _DAY_FROM,
        np.fromiter(weight, np.float64, len(weight)),
        facts & _MATERIAL > 0,
        facts // _DIRECTION & 3,
        facts & _CLASH > 0,
    )
    return ColumnsWithClashes(columns, DailyClashes.of(columns.day, columns.assault, ids))
