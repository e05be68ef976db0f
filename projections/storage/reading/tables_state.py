"""Where the tables stand, of whatever version they are: what every transaction begins with."""

from typing import Final, NamedTuple

from sqlalchemy import Connection, select

from projections.storage.connection import Prepared
from projections.storage.tables import VERSION, generations, progress

_ROWS: Final = progress.join(generations, progress.c.name == generations.c.name)
#: One statement, and the first of every transaction, so that nobody holds an old generation's tables but its own.
_STATE: Final = select(progress.c.version, progress.c.position, generations.c.live).select_from(_ROWS)
_READ_OR_LOCKED: Final = (Prepared(_STATE), Prepared(_STATE.with_for_update(read=True, of=generations)))


class OutdatedTables(Exception):
    """The tables were made by another version of the projections; `detente rebuild` makes them anew."""


class TablesState(NamedTuple):
    """Where the tables stand: their version, the position up to which the log is folded, the live generation."""

    version: int
    position: int
    live: int

    def check(self) -> int:
        """Return the position. Raises `OutdatedTables`."""
        _check_version(self.version)
        return self.position


def read_state(connection: Connection, *, locked: bool) -> TablesState:
    """Return where the tables stand. `locked` keeps the live generation what it is, until the transaction ends."""
    return TablesState._make(_READ_OR_LOCKED[locked].row(connection))


def read_position(connection: Connection) -> int:
    """Return the position that the tables reflect. Raises `OutdatedTables`."""
    version, position = connection.execute(select(progress.c.version, progress.c.position)).one()
    _check_version(version)
    return int(position)


def _check_version(version: int) -> None:
    if version != VERSION:
        raise OutdatedTables(f"the tables are of version {version}, not {VERSION}: run `detente rebuild`")
