"""The projections' tables, and all that speaks to their database: generations, locks, bulk rows, caches."""

from projections.storage.columns import (
    column_tables as column_tables,  # so that it is in the metadata for everybody
)
