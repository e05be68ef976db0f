"""The type of a connection to the tables, and of what gives connections to one set of them."""

from contextlib import AbstractContextManager
from typing import Protocol

from sqlalchemy import Connection as Connection


class Tables(Protocol):
    """One set of the tables: a store, which is the live generation, or a generation that is being built."""

    def position(self) -> int:
        """Return the position up to which the log is folded."""

    def reading(self) -> AbstractContextManager[Connection]:
        """Return a transaction that sees one state of the tables."""

    def writing(self) -> AbstractContextManager[Connection]:
        """Return a transaction that is committed as a whole."""

    def close(self) -> None:
        """Close all connections."""
