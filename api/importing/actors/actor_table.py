"""Which code became which actor, how often and why: what a person looks through after, or before, an import."""

import csv
from collections.abc import Iterator
from io import StringIO
from typing import Final, NamedTuple

from api.importing.rows import Reject

COLUMNS: Final = ("coded", "rows", "actor", "role", "why", "doubtful", "leave_out")
MOST_CODES: Final = 50_000  #: that are told apart


class ImportedActor(NamedTuple):
    """An actor's code, and which part of it is meant; `coded` is the row's own code, where they differ.

    `why` says for a person how it was read, `is_doubtful` that no dictionary has it, and `is_given` that a map of
    a person says all of it.
    """

    code: str
    role: str | None
    coded: str | None = None
    why: str = ""
    is_doubtful: bool = False
    is_given: bool = False


_UNDOUBTED: Final = frozenset(["no-actor", "left-out"])  # reasons why a code is no actor's

Line = tuple[str, int, str, str, str, str, str]  #: by `COLUMNS`


class _Tallied:
    def __init__(self, found: ImportedActor | Reject) -> None:
        self.found = found
        self.rows = 0


class ActorTable:
    """Counts what was found, by what rows give. Beyond `MOST_CODES` it takes in no others, and `is_full`."""

    def __init__(self) -> None:
        self._entries: dict[str, _Tallied] = {}

    @property
    def is_full(self) -> bool:
        """Whether there may be codes that are not in it."""
        return len(self._entries) >= MOST_CODES

    def count(self, coded: str, found: ImportedActor | Reject) -> None:
        """Count that a row gives a code, and what that was found to be."""
        entry = self._entries.get(coded)
        if entry is None:
            if self.is_full:
                return
            entry = self._entries[coded] = _Tallied(found)
        entry.rows += 1

    def lines(self) -> list[Line]:
        """Return a line for each code, by `COLUMNS`: doubtful ones first, then those of no actor."""
        return [line for _, line in sorted(self._ranked())]

    def doubtful(self) -> list[tuple[str, int, str]]:
        """Return the doubtful codes with their rows and why, most rows first."""
        return [(line[0], line[1], line[4]) for line in self.lines() if line[5] == "yes"]

    def as_csv(self) -> str:
        """Return the lines as CSV, with a header."""
        text = StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerows(self.rows())
        return text.getvalue()

    def rows(self) -> list[tuple[str | int, ...]]:
        """Return the header and the lines; the last column only where a map leaves out something."""
        lines = self.lines()
        width = len(COLUMNS) if any(line[-1] for line in lines) else len(COLUMNS) - 1
        return [COLUMNS[:width], *(line[:width] for line in lines)]

    def _ranked(self) -> Iterator[tuple[tuple[int, int, str], Line]]:
        for coded, entry in self._entries.items():
            found = entry.found
            if isinstance(found, Reject):
                doubtful = found.reason not in _UNDOUBTED
                left_out = _yes(found.reason == "left-out")
                why = f"{found.reason}: {found.detail}"
                line: Line = (coded, entry.rows, "", "", why, _yes(doubtful), left_out)
                rank = 0 if doubtful else 1
            else:
                doubtful = found.is_doubtful
                line = (coded, entry.rows, found.code, found.role or "", found.why, _yes(doubtful), "")
                rank = 0 if found.is_doubtful else 2
            yield (rank, -entry.rows, coded), line


def _yes(doubtful: bool) -> str:
    return "yes" if doubtful else ""
