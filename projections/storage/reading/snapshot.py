"""Where the tables stand, and what distinguishes that from other states of them."""

from typing import Final, NamedTuple

from sqlalchemy import Connection, select

from projections.storage.connection import Prepared
from projections.storage.tables import progress

_STANDING: Final = (progress.c.position, progress.c.revision, progress.c.recorded, progress.c.digest)
_SNAPSHOT: Final = Prepared(select(*_STANDING))


class Mark(NamedTuple):
    """What distinguishes a state of the tables from others. It is the same in all generations.

    `digest` is that of the log up to the position: a log that was restored has others behind those it holds.
    """

    position: int
    revision: int
    digest: str


class Snapshot(NamedTuple):
    """Where the tables stand: position in the log, how often amended, when the newest event was recorded.

    `digest` is that of the log up to the position.
    """

    position: int
    revision: int
    recorded: int | None
    digest: str

    @property
    def mark(self) -> Mark:
        """What distinguishes this state of the tables from others."""
        return Mark(self.position, self.revision, self.digest)


def read_snapshot(connection: Connection) -> Snapshot:
    """Return where the tables stand, as this transaction sees them."""
    return Snapshot._make(_SNAPSHOT.row(connection))
