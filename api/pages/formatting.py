"""How pages write numbers and days: rounded for reading, with a sign that is a minus and not a hyphen."""

from datetime import date, datetime

from api.http.schemas.sentences.words import day_in_words

_MINUS = "\N{MINUS SIGN}"
_NONE = "\N{EN DASH}"
_ROUNDS_UP = 0.05  # to 0.1


def score(value: float | None) -> str:
    """Return a score or a pressure with one digit behind the point."""
    return _NONE if value is None else f"{value:.1f}".replace("-", _MINUS)


def signed(value: float | None) -> str:
    """Return a change, with its sign; one that rounds to nothing has none."""
    if value is None:
        return _NONE
    return "0.0" if abs(value) < _ROUNDS_UP else f"{value:+.1f}".replace("-", _MINUS)


def percent(value: float | None) -> str:
    """Return a probability as a percentage: one digit behind the point below ten percent."""
    if value is None:
        return _NONE
    return f"{value:.1%}" if value < 0.1 else f"{value:.0%}"


def whole(value: int | None) -> str:
    """Return a whole number with its thousands apart."""
    return _NONE if value is None else f"{value:,}".replace("-", _MINUS)


def day(value: date | None) -> str:
    """Return a day in words."""
    return _NONE if value is None else day_in_words(value)


def instant(value: datetime | None) -> str:
    """Return an instant to the second, UTC."""
    return _NONE if value is None else f"{value:%Y-%m-%d %H:%M:%S} UTC"
