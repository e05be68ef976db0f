"""Dates as spreadsheets write them: whether the day or the month comes first, a column as a whole has to say."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final

from api.importing.rows import Reject, read_day

_NUMERIC: Final = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_YEAR_FIRST: Final = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})")
_NAMED: Final = re.compile(
    r"(\d{1,2})[ -]([A-Za-z]{3,9})\.?,?[ -](\d{4}|\d{2})|([A-Za-z]{3,9})\.? (\d{1,2}),? (\d{4})"
)
_MONTHS: Final = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_NAMES: Final = (
    *("january", "february", "march", "april", "may", "june", "july", "august", "september", "sept"),
    *("october", "november", "december"),
)
_CENTURY: Final = 70  # two digits from here on are of the twentieth century
_SERIAL: Final = re.compile(r"[2-6]\d{4}")
_EPOCH: Final = date(1899, 12, 30)  # day 0 of a spreadsheet's serial numbers, from March 1900 on
_TIME: Final = re.compile(
    r"[T ](\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?[AP]M)?)(?: ?(UTC|GMT|Z|[+-]\d{2}(?::?\d{2})?))?$", re.IGNORECASE
)
_MIDNIGHT: Final = re.compile(r"(0?0:00(:00(\.0+)?)?( ?AM)?|12:00(:00(\.0+)?)? ?AM)", re.IGNORECASE)
_QUARTER: Final = re.compile(r"\d{1,2}:(00|15|30|45)(:00(\.0+)?)?")
_FIRST_MIDNIGHT: Final = 10  # UTC, when the next day begins in the east
_NOON: Final = 12
_MOST_MONTHS: Final = 12


class DateOrder(StrEnum):
    """What comes first in the numeric dates of a column."""

    MONTH_FIRST = "month-first"
    DAY_FIRST = "day-first"
    UNKNOWN = "unknown"


def order_of(values: Iterable[str]) -> DateOrder:
    """Return the order in a column of dates: unknown if it matters in none of them, or in some that leave it open.

    Raises `Reject` if it matters in all of them, and they leave it open.
    """
    numeric = others = 0
    first_is_day: str | None = None
    second_is_day: str | None = None
    example = ""
    for value in values:
        found = _NUMERIC.fullmatch(_without_time(value))
        if found is None:
            others += _is_date(value)  # and not a header
            continue
        first, second = int(found[1]), int(found[2])
        numeric += first != second
        if first > _MOST_MONTHS:
            first_is_day = first_is_day or value
        elif second > _MOST_MONTHS:
            second_is_day = second_is_day or value
        elif first != second:
            example = example or value
    if first_is_day and not second_is_day:
        return DateOrder.DAY_FIRST
    if second_is_day and not first_is_day:
        return DateOrder.MONTH_FIRST
    if not numeric or others:
        return DateOrder.UNKNOWN
    if first_is_day and second_is_day:
        raise Reject("not-a-date", f"the dates are in two orders, as in {first_is_day} and {second_is_day}")
    raise Reject("not-a-date", f"no date says whether the day or the month comes first, as in {example}")


def is_numeric(value: str) -> bool:
    """Return whether a date is written so that the order matters: `12/1/2017`."""
    return _NUMERIC.fullmatch(_without_time(value)) is not None


@lru_cache(maxsize=4096)
def read_date(text: str, order: DateOrder) -> str:
    """Return a day as ISO 8601: `2018-01-31`, `20180131`, `2018/1/31`, `31-Jan-2018`, `43131`, or by the order.

    A time of day behind it is left out, with its zone where that leaves the day as it is. Raises `Reject`.
    """
    _check_zone(text.strip())
    text = _without_time(text)
    if found := _YEAR_FIRST.fullmatch(text):
        return _day(text, found[1], found[2], found[3])
    if found := _NAMED.fullmatch(text):
        return _named(text, found)
    if _SERIAL.fullmatch(text):
        return (_EPOCH + timedelta(days=int(text))).isoformat()
    found = _NUMERIC.fullmatch(text)
    if found is None:
        return read_day(text)
    if order is DateOrder.UNKNOWN and found[1] != found[2]:
        detail = f"{text} may begin with the day or with the month: the column of dates does not say"
        raise Reject("not-a-date", detail)
    month, day = (found[2], found[1]) if order is DateOrder.DAY_FIRST else (found[1], found[2])
    return _day(text, found[3], month, day)


def day_of_instant(text: str) -> str | None:
    """Return the day of an instant by UTC as ISO 8601, None for a text that is none with a zone."""
    found = _TIME.search(text.strip())
    if found is None or not found[2]:
        return None
    try:
        instant = datetime.fromisoformat(f"{_without_time(text)}T{found[1]}{_offset(found[2])}")
    except ValueError:
        return None
    return instant.astimezone(UTC).date().isoformat()


def _named(text: str, found: re.Match[str]) -> str:
    """Return a day whose month has its name: `3 February 2020`, `03-Feb-97`, `Feb 3, 2020`. Raises `Reject`."""
    day, name, year = (found[1], found[2], found[3]) if found[1] else (found[5], found[4], found[6])
    name = name.lower()
    if name not in _MONTHS and name not in _NAMES:
        raise Reject("not-a-date", f"{text[:40]!r} names no month")
    century = 0 if len(year) == 4 else 1900 if int(year) >= _CENTURY else 2000
    return _day(text, str(century + int(year)), str(_MONTHS.index(name[:3]) + 1), day)


def _is_date(value: str) -> bool:
    try:
        read_date(value, DateOrder.UNKNOWN)
    except Reject:
        return False
    return True


def _check_zone(text: str) -> None:
    """Raise `Reject` if a time of day has a zone by which it may be of another day than is written.

    Midnight is how a day is written as an instant. The midnight of a zone in the east is an evening by UTC.
    """
    found = _TIME.search(text)
    if found is None or not found[2] or _MIDNIGHT.fullmatch(found[1]):
        return
    if _offset(found[2]) == "+00:00":
        hour = int(found[1].split(":")[0])
        is_doubtful = bool(_QUARTER.fullmatch(found[1])) and hour >= _FIRST_MIDNIGHT and hour != _NOON
    else:
        is_doubtful = day_of_instant(text) != _without_time(text)
    if is_doubtful:
        raise Reject("not-a-date", f"{text[:40]} is an instant that may be of either of two days: write the day")


def _offset(zone: str) -> str:
    """Return a zone as ISO 8601 has it: `+02:00`, of UTC `+00:00`."""
    if zone.upper() in ("UTC", "GMT", "Z") or not zone.strip("+-0:"):
        return "+00:00"
    return zone


def _without_time(text: str) -> str:
    return _TIME.sub("", text.strip())


def _day(text: str, year: str, month: str, day: str) -> str:
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        raise Reject("not-a-date", f"{text} is not a day") from None
