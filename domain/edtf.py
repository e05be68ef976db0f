"""When something happened, as far as a report says: a small part of EDTF (ISO 8601-2), read fast.

Accepted: a day `2020-02-03`, a month `2018-09`, a year `2018`, and an interval of two of these
`2020-02-03/2020-02-10`, each optionally marked uncertain `?`, approximate `~` or both `%`, which is kept in the
text and widens nothing. That is EDTF level 0 without times of day, plus level 1's qualifiers. Written here and
not taken from the `edtf` package because a bulk import parses a date per row; the tests hold it against that
package.
"""

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

Precision = Literal["day", "month", "year", "interval"]

EXPECTED = "an EDTF date: a day 2020-02-03, a month 2018-09, a year 2018 or an interval 2020-02-03/2020-02-10"

_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?[?~%]?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Occurred:
    """The days an EDTF text covers, both inclusive, and how precisely it was given."""

    first: date
    last: date
    precision: Precision

    @property
    def middle(self) -> date:
        """The middle day, rounded down."""
        return self.first + timedelta(days=(self.last - self.first).days // 2)

    def scoring_day(self, published: date) -> date:
        """Return the day the event counts from: the middle of its interval, never after publication."""
        return min(self.middle, published)


@lru_cache(maxsize=65536)
def parse_edtf(text: str) -> Occurred:
    """Return the days that `text` covers.

    Raises `ValueError`, with a sentence for a person, if it is not EDTF (as far as accepted here), names a day
    that does not exist, or ends before it begins.
    """
    start, slash, end = text.partition("/")
    first = _parse_date(start)
    if not slash:
        return first
    last = _parse_date(end)
    if last.last < first.first:
        raise ValueError(f"the interval {text!r} ends before it begins")
    return Occurred(first.first, last.last, "interval")


def _parse_date(text: str) -> Occurred:
    match = _DATE.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not {EXPECTED}")
    year, month, day = (int(group) if group else None for group in match.groups())
    if not year:
        raise ValueError("the year 0000 is outside the range 0001 to 9999")
    if month is None:
        return Occurred(date(year, 1, 1), date(year, 12, 31), "year")
    if not 1 <= month <= 12:
        raise ValueError(f"{text!r} has no such month: months run from 01 to 12")
    days = calendar.monthrange(year, month)[1]
    if day is None:
        return Occurred(date(year, month, 1), date(year, month, days), "month")
    if not 1 <= day <= days:
        raise ValueError(f"{text!r} does not exist: {year:04}-{month:02} has {days} days")
    return Occurred(date(year, month, day), date(year, month, day), "day")
