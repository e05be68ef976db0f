"""Rows that are superseded, never overwritten: which of them stand, which ended when, and which never stood."""

from collections.abc import Sequence
from typing import Final, Protocol

from projections.storage.bulk_rows import Row

PERIOD: Final = ("article", "known_from", "known_to")  #: the columns before a row's own


class EarlierVersions(Protocol):
    """The rows that were written before, which are superseded where they are."""

    def end(self, key: Row, recorded: int) -> None:
        """Let a row stand no more."""

    def revive(self, key: Row, row: Row, recorded: int) -> bool:
        """Let a row stand on that ended in this instant; return whether there was one."""


class NoEarlierVersions:
    """That nothing was written before."""

    def end(self, key: Row, recorded: int) -> None:
        """Do nothing: what is not there does not stand."""

    def revive(self, key: Row, row: Row, recorded: int) -> bool:  # noqa: ARG002
        """Return False."""
        return False


class Versions:
    """Rows of articles as they begin and end. What begins and ends in one instant never stood at all."""

    def __init__(self, columns: tuple[str, ...], key: tuple[str, ...], earlier: EarlierVersions) -> None:
        self._earlier = earlier
        self._indices = [columns.index(name) for name in key]
        self._standing: dict[Row, Row] = {}
        self._final: list[Row] = []
        self._superseded: dict[tuple[Row, int], Row] = {}

    def begin(self, article: int, rows: Sequence[Row], recorded: int, *, for_good: bool) -> None:
        """Let rows stand; `for_good` says that no more is to come about their article."""
        if for_good:
            self._final += [(article, recorded, None, *row) for row in rows]
            return
        for row in rows:
            self._standing[self._key_of(article, row)] = (article, recorded, None, *row)

    def end(self, article: int, rows: Sequence[Row], recorded: int) -> None:
        """Let rows stand no more."""
        for row in rows:
            key = self._key_of(article, row)
            standing = self._standing.pop(key, None)
            if standing is None:
                self._earlier.end(key, recorded)
            elif standing[1] != recorded:
                self._superseded[key, recorded] = (*standing[:2], recorded, *standing[3:])

    def revive(self, article: int, rows: Sequence[Row], recorded: int) -> list[Row]:
        """Let rows stand on that would begin again as they ended, in one instant; return the others.

        Part of a command may have ended what the whole of it does not.
        """
        left = []
        for row in rows:
            key = self._key_of(article, row)
            ended = self._superseded.get((key, recorded))
            if ended is not None and ended[3:] == tuple(row):
                del self._superseded[key, recorded]
                self._standing[key] = (*ended[:2], None, *ended[3:])
            elif ended is not None or not self._earlier.revive(key, row, recorded):
                left.append(row)
        return left

    def rows(self) -> list[Row]:
        """Return all rows, each with its period."""
        return [*self._superseded.values(), *self._standing.values(), *self._final]

    def _key_of(self, article: int, row: Row) -> Row:
        return (article, *[row[index] for index in self._indices])
