"""Where the tables of a generation are registered, and how an index is one of some rows only."""

from typing import Any, Final

from sqlalchemy import ColumnElement, MetaData

#: The tables of a generation: all that is made from the log.
metadata: Final = MetaData()


def only_where(condition: ColumnElement[bool]) -> dict[str, Any]:
    """Return what makes an index one of some rows only."""
    return {"sqlite_where": condition, "postgresql_where": condition}
