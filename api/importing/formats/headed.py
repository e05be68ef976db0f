"""Formats whose columns a header names, in any order: CSV with tabs, commas or semicolons, or objects in JSON."""

import csv
import re
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence, Set
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import msgspec

from api.importing.actors.actor_finder import ActorFinder
from api.importing.formats.date_columns import DateOrder, read_date
from api.importing.records.csv_records import column_name, join_records, split_record
from api.importing.rows import CodedEvent, DeletedEvent, Reject, whole_number
from api.importing.text_files import TextLine
from api.parsing.event_tables import ABSENT
from domain.deliveries.coverage import WHOLE, Coverage

_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)")  # more than a day
SEPARATORS: Final = "\t,;"
NOTHING: Final[Mapping[str, Collection[str]]] = MappingProxyType({})
_MOST_COVERAGES: Final = 1000
Fields = Mapping[str, str]  #: of a row, by the names of its columns as `column_name` has them
ReadFields = Callable[[Fields], CodedEvent | DeletedEvent]


class HeadedFormat(NamedTuple):
    """A format by the columns that have to be there, by which it is known, and what reads a row by their names.

    `dates` are the columns of days, the event's first; a reader gets them as ISO 8601, but an instant in one of
    `instants` as it is. `unfilled` are names that
    some headers have, and no row below them. `usual` are the columns in a file without a header. `aliases` are
    other names of columns, with those that the reader knows. Of loose dates, what is no day reaches the reader as
    it is. `absent` are cells that say that there is nothing: a reader gets them empty. `check` raises `Reject` for
    a header that has other names. `is_meant` says whether a header is of the format where nobody named it: by what
    else it has. `coverage` says of which fields some columns tell. `numbers` are columns of whole numbers, which a
    reader gets without a point: `3.0` is 3.
    """

    needed: frozenset[str]
    reader: Callable[[ActorFinder, str | None], ReadFields]
    separators: str = SEPARATORS
    dates: tuple[str, ...] = ()
    instants: tuple[str, ...] = ()
    unfilled: frozenset[str] = frozenset()
    usual: tuple[str, ...] = ()
    aliases: Mapping[str, str] = MappingProxyType({})
    are_dates_loose: bool = False
    check: Callable[[Sequence[str]], None] | None = None
    is_meant: Callable[[Collection[str]], bool] = lambda _names: True
    coverage: Callable[[Set[str]], Coverage] = lambda _names: WHOLE
    numbers: tuple[str, ...] = ()
    absent: frozenset[str] = ABSENT


def coverage_by(
    names: Set[str], silent: Mapping[str, Collection[str]], partial: Mapping[str, Collection[str]] = NOTHING
) -> Coverage:
    """Return what columns of some names tell: of a field in `silent` nothing, if one of its columns is missing.

    Of one in `partial` they tell a part then.
    """
    missing = [
        frozenset(field for field, columns in fields.items() if not names >= {*columns})
        for fields in (silent, partial)
    ]
    return Coverage(missing[0], missing[1] - missing[0])


def names_in(form: HeadedFormat, line: str, separator: str) -> list[str]:
    """Return the names of columns in a line; none if it cannot be read so. Names may be empty."""
    try:
        names = (column_name(field) for field in split_record(line, separator))
        return [form.aliases.get(name, name) for name in names]
    except csv.Error:
        return []


def check_names(names: Iterable[str]) -> None:
    """Raise `Reject` if a header gives a name to two columns."""
    twice = [name for name, times in Counter(names).items() if name and times > 1]
    if twice:
        raise Reject("repeated-column", f"the header names the column {twice[0]!r} twice")


class NamedRows(ABC):
    """How to read records of a format by the names of their columns."""

    def __init__(self, form: HeadedFormat) -> None:
        self.form = form

    @abstractmethod
    def fields(self, record: str) -> dict[str, str]:
        """Return the fields of a record by the names of their columns. Raises `Reject`."""

    def records(self, lines: Iterator[TextLine]) -> Iterator[TextLine]:
        """Yield the records that lines come to."""
        return lines

    def dates(self, record: str) -> list[str]:
        """Return the dates of a record, none if it cannot be read."""
        try:
            fields = self.fields(record)
        except Reject:
            return []
        return [fields[name] for name in self.form.dates if name in fields]

    def reader(self, read: ReadFields, order: DateOrder) -> Callable[[str], CodedEvent | DeletedEvent]:
        """Return what reads a record where dates are in an order, which raises `Reject`."""
        coverages: dict[tuple[str, ...], Coverage] = {}  # of a file in CSV one, of objects in JSON perhaps more

        def read_record(record: str) -> CodedEvent | DeletedEvent:
            fields = self.dated_fields(record, order)
            event = read(fields)
            names = tuple(fields)
            if (coverage := coverages.get(names)) is None:
                coverage = self.form.coverage(fields.keys())
                if len(coverages) < _MOST_COVERAGES:
                    coverages[names] = coverage
            return event._replace(coverage=coverage) if coverage and isinstance(event, CodedEvent) else event

        return read_record

    def dated_fields(self, record: str, order: DateOrder) -> dict[str, str]:
        """Return the fields of a record, with dates that are in an order as ISO 8601. Raises `Reject`."""
        absent = self.form.absent
        fields = {name: "" if cell.strip() in absent else cell for name, cell in self.fields(record).items()}
        for name in self.form.numbers:
            number = fields.get(name, "").strip()
            if number and not number.isdigit():
                fields[name] = whole_number(number) or number
        for name in self.form.dates:
            given = fields.get(name, "").strip()
            if given and not (name in self.form.instants and _INSTANT.fullmatch(given)):
                try:
                    fields[name] = read_date(given, order)
                except Reject:
                    if name == self.form.dates[0] and not self.form.are_dates_loose:
                        raise  # what a format makes of another date that is none is its own affair
        return fields


class JsonRows(NamedRows):
    """Reads objects in JSON."""

    def fields(self, record: str) -> dict[str, str]:
        """Return what an object has. Raises `Reject`."""
        try:
            values = msgspec.json.decode(record, type=dict[str, Any])
        except (msgspec.DecodeError, RecursionError) as error:
            raise Reject("wrong-columns", f"the row is no object in JSON: {error}") from None
        aliases = self.form.aliases
        named = ((column_name(name), value) for name, value in values.items())
        return {aliases.get(name, name): _as_text(value) for name, value in named}


class CsvRows(NamedRows):
    """Reads records of CSV under a header, or in the usual order of a format's columns."""

    def __init__(self, form: HeadedFormat, names: Sequence[str], separator: str) -> None:
        super().__init__(form)
        self._names = names
        self._filled = [name for name in names if name not in form.unfilled]
        self._separator = separator

    def fields(self, record: str) -> dict[str, str]:
        """Return the fields of a record by the names of their columns. Raises `Reject`."""
        names = self._names
        try:
            fields = split_record(record, self._separator, len(names))
        except csv.Error as error:
            raise Reject("wrong-columns", f"the line cannot be read: {error}") from None
        if len(fields) < len(names) and len(fields) == len(self._filled):
            names = self._filled
        if len(fields) < len(names) or any(field.strip() for field in fields[len(names) :]):
            raise Reject("wrong-columns", f"the header has {len(names)} columns, this row {len(fields)}")
        return dict(zip(names, fields, strict=False))  # some files have empty columns behind the last one

    def records(self, lines: Iterator[TextLine]) -> Iterator[TextLine]:
        """Yield records: several lines are one where a field in quotes has line breaks."""
        blank = f'{self._separator} "\r'
        for record in join_records(lines, self._separator, len(self._names)):
            if record.text is None or record.text.strip(blank):  # else a row of empty cells, as below many a table
                yield record


def names_in_json(form: HeadedFormat, line: str) -> list[str]:
    """Return the names of what an object in JSON has; none if it is no object."""
    try:
        names = (column_name(name) for name in msgspec.json.decode(line, type=dict[str, Any]))
        return [form.aliases.get(name, name) for name in names]
    except (msgspec.DecodeError, RecursionError):
        return []


def _as_text(value: Any) -> str:
    """Return a value of JSON as a cell of CSV would have it: nothing is empty."""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else msgspec.json.encode(value).decode()
