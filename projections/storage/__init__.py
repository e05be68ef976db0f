"""The projections' tables, and all that speaks to their database: generations, locks, bulk rows, caches."""
