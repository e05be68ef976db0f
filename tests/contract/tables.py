"""All rows of the read side, to be compared."""

from typing import Any

from sqlalchemy import select

from projections.storage.columns.column_tables import incident_changes, incident_columns
from projections.storage.store import Store
from projections.storage.tables import metadata

#: What is computed from the evidence that stands, whatever the way there.
MEANING = (
    "incidents",
    "relations",
    "daily_levels",
    "actor_clashes",
    "pair_publishers",
    "state_runs",
    "stale_states",
)


def rows(store: Store, *names: str) -> dict[str, list[tuple[Any, ...]]]:
    """Return the rows of some tables, or of all but those of columns, which depend on the pages, in order."""
    with store.reading() as connection:
        return {
            table.name: sorted(map(tuple, connection.execute(select(table))), key=repr)
            for table in metadata.sorted_tables
            if (table.name in names if names else table not in (incident_changes, incident_columns))
        }
