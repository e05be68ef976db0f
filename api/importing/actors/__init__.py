"""The actors of coded data: which of the registry's each code or name is, a table of that, a map by a person."""
