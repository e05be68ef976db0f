"""Of which fields a data set's file has columns: of what it has none for, it says nothing.

What is not said neither takes away nor changes what is recorded. A cell that is empty is said: the data set has
nothing there, and a text that it had before is taken out.
"""

import re
from collections.abc import Iterable
from typing import Any, Final

import msgspec
from msgspec import Struct

from domain.articles import Header
from domain.reports import Agreement, Alignment, Clash, Cooperation, Report, Statement, actor_fields
from domain.standards.edtf import parse_edtf
from domain.standards.publisher_names import comparable_publisher

_ROLES: Final = {"source": "source_role", "target": "target_role"}
_KINDS: Final = (Statement, Clash, Cooperation, Agreement, Alignment)
#: Fields that a file may have no column for: those of a report, and those that tell an article from others.
FIELDS: Final = frozenset({"publisher", "url", *(name for kind in _KINDS for name in kind.__struct_fields__)}) - {
    "named",
    "redacted",
}


class Coverage(Struct, frozen=True):
    """The fields of which a file says nothing (`silent`), and of which it says only a part (`partial`)."""

    silent: frozenset[str] = frozenset()
    partial: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.silent or self.partial)

    def without(self, fields: Iterable[str]) -> "Coverage":
        """Return the coverage of a file that says all of some fields."""
        said = frozenset(fields)
        if said.isdisjoint(self.silent) and said.isdisjoint(self.partial):
            return self
        return Coverage(self.silent - said, self.partial - said)

    def is_of(self, own: Header, given: Header) -> bool:
        """Return whether a row with this header may be of an article with its own, by publisher and URL."""
        return ("url" in self.silent or own.url == given.url) and (
            "publisher" in self.silent
            or own.publisher == given.publisher
            or comparable_publisher(own.publisher) == comparable_publisher(given.publisher)
        )

    def completed(self, given: Report, recorded: Report) -> Report:
        """Return what is given, with what is recorded in the place of all that is not said."""
        kept = {name for name in self.silent if hasattr(recorded, name)}
        kept |= {name for name in self.partial if _says_more(name, recorded, given)}
        sides = {name for name in kept & _ROLES.keys() if _differ(name, given, recorded)}
        kept |= {_ROLES[name] for name in sides}  # which part of an actor is meant goes with it
        if "type" in kept:
            fields = set(recorded.__struct_fields__).intersection(given.__struct_fields__) - kept
            made = _replaced(recorded, given, fields - {"redacted"})
        else:
            made = _replaced(given, recorded, kept.intersection(given.__struct_fields__))
        return _named(made, given, recorded) if kept & _ROLES.keys() else made


#: That of a file that says all.
WHOLE: Final = Coverage()


def _replaced(report: Report, other: Report, fields: Iterable[str]) -> Report:
    return msgspec.structs.replace(report, **{name: getattr(other, name) for name in fields})


def _named(made: Report, given: Report, recorded: Report) -> Report:
    """Return a report with those names of its actors that either has."""
    codes = _actors(made)
    names = {(name, code) for name, code in (*given.named, *recorded.named) if code in codes}
    return msgspec.structs.replace(made, named=tuple(sorted(names)))


def _says_more(field: str, recorded: Report, given: Report) -> bool:
    """Return whether what is recorded in a field says all that is given there, and perhaps more."""
    more, less = getattr(recorded, field, None), getattr(given, field, None)
    if field in _ROLES:
        return bool(more) and _actors(given) <= _actors(recorded)
    if not more or not less or more == less:
        return bool(more)
    if field == "occurred":
        return _is_within(less, more)
    return isinstance(more, str) and _words(less) <= _words(more)


def _differ(field: str, given: Report, recorded: Report) -> bool:
    return bool(getattr(given, field, None) != getattr(recorded, field, None))


def _actors(report: Report) -> set[str]:
    return {code for _, codes in actor_fields(report) for code in codes}


def _is_within(days: str, wider: str) -> bool:
    try:
        inner, outer = parse_edtf(days), parse_edtf(wider)
    except ValueError:
        return False
    return outer.first <= inner.first and inner.last <= outer.last


def _words(text: Any) -> set[str]:
    return {word for part in re.split("[:,;.]", str(text)) if (word := part.strip())}
