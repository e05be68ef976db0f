"""Days and instants as whole numbers: days since 1970-01-01, and microseconds since then, UTC."""

from datetime import UTC, date, datetime, timedelta
from typing import Final

_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
FIRST_DAY: Final = 1 - _EPOCH_DAY  #: 0001-01-01, before which no date is
DAY_IN_MICROS: Final = 86_400_000_000


def to_day(day: date) -> int:
    """Return a date as days since 1970-01-01."""
    return day.toordinal() - _EPOCH_DAY


def to_date(day: int) -> date:
    """Return the date of a day number, held within the years 1 to 9999."""
    return date.fromordinal(min(max(day + _EPOCH_DAY, 1), date.max.toordinal()))


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_SECOND: Final = 1_000_000  # microseconds


def to_micros(instant: datetime) -> int:
    """Return an instant as microseconds since 1970-01-01 UTC."""
    since = instant - _EPOCH
    return since.days * DAY_IN_MICROS + since.seconds * _SECOND + since.microseconds


def from_micros(micros: int) -> datetime:
    """Return the instant of a number of microseconds since 1970-01-01 UTC."""
    return _EPOCH + micros * _MICROSECOND
