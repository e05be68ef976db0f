"""When something happened, as far as a report says: the common forms of EDTF (ISO 8601-2), read fast.

| form | examples |
|---|---|
| a day, month or year | `2020-02-03`, `2018-09`, `2018` |
| digits that are not known | `2020-02-XX`, `2018-XX`, `199X`, `19XX` |
| a season, or another part of a year | `2018-21` (spring) to `2018-41` (second half) |
| an interval of two of these | `2020-02-03/2020-02-10` |
| an interval that is open | `2018/..` or `2018/`, `../2018` or `/2018` |

Each date may be marked uncertain `?`, approximate `~` or both `%`, which is kept in the text and widens nothing.
That is levels 0 and 1 of EDTF without times of day, negative years and longer ones, and the parts of a year of
level 2. Written here and not taken from the `edtf` package because a bulk import parses a date per row; the tests
hold it against that package.
"""

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Final, Literal

Precision = Literal["day", "month", "season", "year", "decade", "century", "interval"]

EXPECTED = (
    "an EDTF date: a day 2020-02-03, a month 2018-09, a year 2018, a season 2018-21, a decade 199X,"
    " or an interval 2020-02-03/2020-02-10, open as 2018/.."
)

_DATE: Final = re.compile(r"(\d{4}|\d{3}X|\d\dXX)(?:-(\d\d|XX)(?:-(\d\d|XX))?)?[?~%]?", re.ASCII)
_OPEN: Final = ("", "..")
_LONG: Final[dict[str, tuple[int, Precision]]] = {"XX": (99, "century"), "X": (9, "decade")}

#: The months of the parts of a year, by EDTF's codes. Spring (21) to winter (24) are those of the northern
#: hemisphere, as their own codes 25 to 28 are; 29 to 32 are the southern ones; then quarters, thirds and halves.
#: Seasons are the meteorologists' three months. A part that ends before it begins ends in the next year.
_PARTS: Final[dict[int, tuple[int, int]]] = {
    **dict.fromkeys((21, 25, 31), (3, 5)),
    **dict.fromkeys((22, 26, 32), (6, 8)),
    **dict.fromkeys((23, 27, 29), (9, 11)),
    **dict.fromkeys((24, 28, 30), (12, 2)),
    **{33 + quarter: (3 * quarter + 1, 3 * quarter + 3) for quarter in range(4)},
    **{37 + third: (4 * third + 1, 4 * third + 4) for third in range(3)},
    **{40 + half: (6 * half + 1, 6 * half + 6) for half in range(2)},
}


@dataclass(frozen=True, slots=True)
class Occurred:
    """The days an EDTF text covers, both inclusive, and how precisely it was given.

    Of an interval with an open start (`has_begun`) no more is known than its end: those are its days. One with an
    open end (`is_ongoing`) goes on until its article is published; `last` is then the last day of its start.
    """

    first: date
    last: date
    precision: Precision
    has_begun: bool = False
    is_ongoing: bool = False

    @property
    def middle(self) -> date:
        """The middle day, rounded down."""
        return self.first + timedelta(days=(self.last - self.first).days // 2)

    def scoring_day(self, published: date) -> date:
        """Return the day the event counts from: the middle of its interval, never after publication."""
        if self.is_ongoing and published > self.last:
            return Occurred(self.first, published, "interval").middle
        return min(self.middle, published)


@lru_cache(maxsize=4096)  # what is reported together is of a few days
def parse_edtf(text: str) -> Occurred:
    """Return the days that `text` covers.

    Raises `ValueError`, with a sentence for a person, if it is not EDTF (as far as accepted here), names a day
    that does not exist, or ends before it begins.
    """
    start, slash, end = text.partition("/")
    if not slash:
        return _parse_date(start)
    if start in _OPEN and end in _OPEN:
        raise ValueError(f"the interval {text!r} has neither a start nor an end: it is not {EXPECTED}")
    if end in _OPEN:
        first = _parse_date(start)
        return Occurred(first.first, first.last, "interval", is_ongoing=True)
    last = _parse_date(end)
    if start in _OPEN:
        return Occurred(last.first, last.last, "interval", has_begun=True)
    first = _parse_date(start)
    if last.last < first.first:
        raise ValueError(f"the interval {text!r} ends before it begins")
    return Occurred(first.first, last.last, "interval")


def _parse_date(text: str) -> Occurred:
    match = _DATE.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not {EXPECTED}")
    year, month, day = match.groups()
    if "X" in year:
        return _parse_years(text, year, is_whole=month in (None, "XX") and day in (None, "XX"))
    if year == "0000":
        raise ValueError("the year 0000 is outside the range 0001 to 9999")
    if month is None or month == "XX":
        if day not in (None, "XX"):
            raise ValueError(f"{text!r} has a day and no month: it is not {EXPECTED}")
        return Occurred(date(int(year), 1, 1), date(int(year), 12, 31), "year")
    if int(month) in _PARTS and day is None:
        return _parse_part(int(year), int(month))
    return _parse_month(text, int(year), int(month), day)


def _parse_years(text: str, year: str, *, is_whole: bool) -> Occurred:
    known = year.rstrip("X")
    further, precision = _LONG[year.removeprefix(known)]
    if not is_whole:
        raise ValueError(f"{text!r} has a month and no year: it is not {EXPECTED}")
    first = int(year.replace("X", "0"))
    return Occurred(date(max(first, 1), 1, 1), date(first + further, 12, 31), precision)


def _parse_part(year: int, part: int) -> Occurred:
    first, last = _PARTS[part]
    end = year + (last < first)
    if end > date.max.year:
        raise ValueError(f"the year {end} is outside the range 0001 to 9999")
    return Occurred(date(year, first, 1), date(end, last, calendar.monthrange(end, last)[1]), "season")


def _parse_month(text: str, year: int, month: int, day: str | None) -> Occurred:
    if not 1 <= month <= 12:
        raise ValueError(f"{text!r} has no such month: months run from 01 to 12, seasons from 21 to 24")
    days = calendar.monthrange(year, month)[1]
    if day is None or day == "XX":
        return Occurred(date(year, month, 1), date(year, month, days), "month")
    if not 1 <= int(day) <= days:
        raise ValueError(f"{text!r} does not exist: {year:04}-{month:02} has {days} days")
    return Occurred(date(year, month, int(day)), date(year, month, int(day)), "day")
