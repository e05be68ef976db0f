"""How the position of the tables moves: with each page that is folded, from where the page began to its end."""

from typing import Any, NamedTuple

from sqlalchemy import Connection, select, update

from projections.log_digests import add_digests
from projections.storage.tables import VERSION, progress


class Digest(NamedTuple):
    """The digest of the events of a page, or of all the log up to its end, in place of the one that there was."""

    text: str
    is_of_all: bool = False


def advance(connection: Connection, old: int, new: int, recorded: int | None, digest: Digest) -> bool:
    """Move the position from `old` to `new`; return False, changing nothing, if it is not at `old` any more.

    `recorded` is when the newest of the events between was recorded, `digest` that of all of them.
    """
    known, before = connection.execute(select(progress.c.recorded, progress.c.digest)).one()
    values: dict[str, Any] = {
        "position": new,
        "digest": add_digests("" if digest.is_of_all else before, digest.text),
    }
    if recorded is not None:
        values["recorded"] = max(recorded, known or recorded)
    moved = connection.execute(
        update(progress).where(progress.c.position == old, progress.c.version == VERSION).values(**values)
    )
    return moved.rowcount == 1
