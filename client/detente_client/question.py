"""The question that reads ask: of which day, what was known, what was published, by which model."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from urllib.parse import quote

Day = date | datetime | str
Instant = date | datetime | str
Parameters = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Question:
    """What holds for all reads of a client; what is None is left to the service: today, all, the default model."""

    as_of: str | None = None
    known_at: str | None = None
    published_by: str | None = None
    model: str | None = None

    def changed(
        self,
        as_of: Day | None = None,
        known_at: Instant | None = None,
        published_by: Day | None = None,
        model: str | None = None,
    ) -> "Question":
        """Return the question with what is given in place of what was; None leaves it as it was."""
        given = {
            "as_of": day_text(as_of, "as_of"),
            "known_at": instant_text(known_at, "known_at"),
            "published_by": day_text(published_by, "published_by"),
            "model": model,
        }
        return replace(self, **{name: value for name, value in given.items() if value is not None})

    def parameters(self, *names: str) -> Parameters:
        """Return those of its parts that a route takes, as query parameters."""
        return given_parameters(**{name: getattr(self, name) for name in names})


def day_text(day: Day | None, name: str) -> str | None:
    """Return a day as the service reads it. Raises `TypeError`, `ValueError` for an instant without its offset."""
    if isinstance(day, datetime) and day.tzinfo is None:
        if day.time().replace(tzinfo=None) != datetime.min.time():
            raise ValueError(f"{name} is an instant without an offset: give a day, or the instant with tzinfo")
        return day.date().isoformat()
    return instant_text(day, name)


def instant_text(instant: Instant | None, name: str) -> str | None:
    """Return an instant or a day as the service reads it. Raises `TypeError`, `ValueError` without its offset."""
    if instant is None or isinstance(instant, str):
        return instant
    if isinstance(instant, datetime):
        if instant.tzinfo is None:
            raise ValueError(f"{name} is an instant without an offset: give it tzinfo, such as datetime.UTC")
        return instant.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
    if isinstance(instant, date):
        return instant.isoformat()
    raise TypeError(f"{name} is {instant!r}: give a date, a datetime or a text")


def given_parameters(**values: object) -> Parameters:
    """Return query parameters for all values but None; a sequence comes once for each of its members."""
    found: list[tuple[str, str]] = []
    for name, value in values.items():
        several = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
        found += [(name.rstrip("_"), _text(one)) for one in several if one is not None]
    return tuple(found)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def path_of(*segments: str | int) -> str:
    """Return a path of segments, in each of which a `/` is no parting."""
    return "/" + "/".join(quote(str(segment), safe="") for segment in segments)
