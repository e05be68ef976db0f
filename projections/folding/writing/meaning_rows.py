"""What evidence means, as rows on their way from the process that made it to the one that writes it."""

from typing import NamedTuple

import msgspec
from sqlalchemy import Connection

from projections.folding.group_meaning import Meaning
from projections.publishers.daily_levels import DAILY_LEVEL
from projections.publishers.pair_totals import PUBLISHER, RELATION
from projections.scoring.incidents import Incident
from projections.storage.bulk_rows import Row
from projections.storage.columns.incident_columns import AllIncidentColumns, columns_of_incidents
from projections.storage.tables import STATE_RUN, daily_levels, incidents, pair_publishers, relations, state_runs
from projections.storage.writing.flat_rows import FlatRows, insert_flat


class MeaningRows(msgspec.Struct, array_like=True):
    """Rows of several tables, and parts of what actors' clashes come to."""

    incidents: FlatRows
    levels: FlatRows
    relations: FlatRows
    publishers: FlatRows
    runs: FlatRows
    clashes: list[Row]


class PackedMeaning(NamedTuple):
    """The rows, encoded, and the incidents once more, as columns."""

    rows: bytes
    columns: AllIncidentColumns

    @classmethod
    def of(cls, made: Meaning) -> "PackedMeaning":
        """Return what was made, packed."""
        rows = MeaningRows(
            FlatRows.of(Incident._fields, made.incidents),
            FlatRows.of(DAILY_LEVEL, made.levels),
            FlatRows.of(RELATION, made.relations),
            FlatRows.of(PUBLISHER, made.publishers),
            FlatRows.of(STATE_RUN, made.runs),
            made.clashes,
        )
        return cls(msgspec.msgpack.encode(rows), columns_of_incidents(made.incidents))


def write_meaning(connection: Connection, rows: MeaningRows) -> None:
    """Write what evidence means, but for the clashes of actors."""
    insert_flat(connection, incidents, rows.incidents)
    insert_flat(connection, daily_levels, rows.levels)
    insert_flat(connection, relations, rows.relations)
    insert_flat(connection, pair_publishers, rows.publishers)
    insert_flat(connection, state_runs, rows.runs)
