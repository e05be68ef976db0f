"""The day that a report counts from, and how precisely the report gives it. Pure."""

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import Final, NamedTuple

from domain.standards.edtf import Occurred, parse_edtf
from projections.times import to_day

_MARKS: Final = frozenset("?~%")  # uncertain, approximate, both
_MONTH: Final = 31  # days that every month counts as, so that no month is more precise than another
_YEAR: Final = 366
_NOMINAL: Final = {"month": _MONTH, "year": _YEAR, "decade": 10 * _YEAR, "century": 100 * _YEAR}
_UNBOUNDED: Final = 10_000 * _YEAR  # of what began nobody says when


class ScoringDay(NamedTuple):
    """The day an event counts from, as a number and as it is written, and how precisely that is known.

    `covers` is how many days its date counts as; of two that cover as many, one that is `unsure` is less precise.
    `first` and `last` are the days on which it may have happened.
    """

    covers: int
    unsure: bool
    day: int
    written: str
    first: int
    last: int

    def is_more_precise(self, other: "ScoringDay") -> bool:
        """Return whether this is known more precisely than another day."""
        return self[:2] < other[:2]


def most_precise(first: ScoringDay, others: Iterable[ScoringDay]) -> ScoringDay:
    """Return the most precise of some days: of equals `first`, and then the earliest."""
    best = min(others, default=first)
    return best if best.is_more_precise(first) else first


@lru_cache(maxsize=4096)  # what is reported together is of a few days
def scoring_day(occurred: str, published: date) -> ScoringDay:
    """Return the day that an event counts from, by its EDTF date and the day on which its article came out."""
    parsed = parse_edtf(occurred)
    day = parsed.scoring_day(published)
    first, last = parsed.first, max(parsed.last, published) if parsed.is_ongoing else parsed.last
    unsure = not _MARKS.isdisjoint(occurred)
    span = to_day(min(first, published)), to_day(min(last, published))
    return ScoringDay(_covers(parsed, published), unsure, to_day(day), day.isoformat(), *span)


def _covers(occurred: Occurred, published: date) -> int:
    """Return how many days a date covers. Months count alike, and so do years and the parts of a year."""
    if occurred.has_begun:
        return _UNBOUNDED
    last = max(occurred.last, published) if occurred.is_ongoing else occurred.last
    days = (last - occurred.first).days + 1
    if occurred.precision == "season":
        return _MONTH * round(days / (_YEAR / 12))
    return _NOMINAL.get(occurred.precision, days)
