"""Formats whose columns a header names, in any order: CSV with tabs, commas or semicolons, or objects in JSON."""

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from api.importing.actors import ActorFinder
from api.importing.records.csv_records import split_record
from api.importing.rows import CodedEvent, Reject

SEPARATORS: Final = "\t,;"
Fields = Mapping[str, str]  #: of a row, by the names of its columns as `column_name` has them
ReadFields = Callable[[Fields], CodedEvent]


class HeadedFormat(NamedTuple):
    """A format by the columns that have to be there, by which it is known, and what reads a row by their names."""

    needed: frozenset[str]
    reader: Callable[[ActorFinder, str | None], ReadFields]
    separators: str = SEPARATORS


def column_name(text: str) -> str:
    """Return the name of a column as names are compared: in small letters, with single spaces."""
    return " ".join(text.strip().lower().replace("_", " ").split())


def names_in(line: str, separator: str) -> list[str]:
    """Return the names of columns in a line; none if it cannot be read so. Names may be empty."""
    try:
        return [column_name(field) for field in split_record(line, separator)]
    except csv.Error:
        return []


def check_names(names: Iterable[str]) -> None:
    """Raise `Reject` if a header gives a name to two columns."""
    twice = [name for name, times in Counter(names).items() if name and times > 1]
    if twice:
        raise Reject("repeated-column", f"the header names the column {twice[0]!r} twice")


def read_csv(names: Sequence[str], separator: str, read: ReadFields, line: str) -> CodedEvent:
    """Return what a record says under a header. Raises `Reject`."""
    try:
        fields = split_record(line, separator)
    except csv.Error as error:
        raise Reject("wrong-columns", f"the line cannot be read: {error}") from None
    if len(fields) != len(names):
        raise Reject("wrong-columns", f"the header has {len(names)} columns, this row {len(fields)}")
    return read(dict(zip(names, fields, strict=True)))


def names_in_json(line: str) -> list[str]:
    """Return the names of what an object in JSON has; none if it is no object."""
    try:
        return [column_name(name) for name in msgspec.json.decode(line, type=dict[str, Any])]
    except (msgspec.DecodeError, RecursionError):
        return []


def read_json(read: ReadFields, line: str) -> CodedEvent:
    """Return what an object in JSON says. Raises `Reject`."""
    try:
        values = msgspec.json.decode(line, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError) as error:
        raise Reject("wrong-columns", f"the row is no object in JSON: {error}") from None
    return read({column_name(name): _as_text(value) for name, value in values.items()})


def _as_text(value: Any) -> str:
    """Return a value of JSON as a cell of CSV would have it: nothing is empty."""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else msgspec.json.encode(value).decode()
