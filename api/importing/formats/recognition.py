"""Which format a file is in, by its first lines, and what reads it."""

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from enum import StrEnum
from functools import partial
from typing import Final, NamedTuple

from api.importing.actors.actor_finder import ActorFinder
from api.importing.codes.schemes import CodeScheme
from api.importing.formats import acled, event_table, icews, keds, polecat, ucdp
from api.importing.formats.date_columns import DateOrder
from api.importing.formats.gdelt import events as gdelt
from api.importing.formats.gdelt import header as gdelt_header
from api.importing.formats.gdelt import reduced as gdelt_reduced
from api.importing.formats.gdelt.other_tables import refuse_other_tables
from api.importing.formats.headed import (
    SEPARATORS,
    CsvRows,
    HeadedFormat,
    JsonRows,
    NamedRows,
    ReadFields,
    check_names,
    names_in,
    names_in_json,
)
from api.importing.records.csv_records import split_record
from api.importing.rows import CodedEvent, DeletedEvent, Reject
from api.importing.text_files import TextLine


class DataFormat(StrEnum):
    """The formats that can be imported."""

    KEDS = "keds"
    ICEWS = "icews"
    GDELT1 = "gdelt1"
    GDELT2 = "gdelt2"
    GDELT_HEADER = "gdelt-header"
    GDELT_REDUCED = "gdelt-reduced"
    POLECAT = "polecat"
    ACLED = "acled"
    UCDP = "ucdp"
    ACLED_DELETED = "acled-deleted"
    TEMPLATE = "template"
    ARTICLES = "articles"


#: The schemes in which data of a format may be coded, where it is not CAMEO's alone.
SCHEMES = {
    DataFormat.KEDS: (CodeScheme.CAMEO, CodeScheme.KEDS, CodeScheme.WEIS),
    DataFormat.ICEWS: (CodeScheme.ICEWS,),
    DataFormat.POLECAT: (),
    DataFormat.ACLED: (),
    DataFormat.ACLED_DELETED: (),
    DataFormat.UCDP: (),
    DataFormat.TEMPLATE: (),
    DataFormat.ARTICLES: (),
}


#: The data sets of formats that are not the data set's only one.
DATA_SETS = dict.fromkeys((DataFormat.GDELT1, DataFormat.GDELT2, DataFormat.GDELT_HEADER), "gdelt")


class _Shape(NamedTuple):
    recognises: Callable[[Sequence[str]], bool]
    is_header: Callable[[Sequence[str]], bool]
    reader: Callable[[ActorFinder, str | None], Callable[[Sequence[str]], CodedEvent]]


_SHAPES = {
    DataFormat.KEDS: _Shape(keds.recognises, keds.is_header, keds.reader),
    DataFormat.GDELT1: _Shape(gdelt.GDELT1.recognises, gdelt.is_header, partial(gdelt.reader, gdelt.GDELT1)),
    DataFormat.GDELT2: _Shape(gdelt.GDELT2.recognises, gdelt.is_header, partial(gdelt.reader, gdelt.GDELT2)),
}


#: Formats whose columns a header names. They are looked for first: the others go by the number of columns.
_HEADED: dict[DataFormat, HeadedFormat] = {
    DataFormat.GDELT_HEADER: gdelt_header.FORMAT,
    DataFormat.GDELT_REDUCED: gdelt_reduced.FORMAT,
    DataFormat.ICEWS: icews.FORMAT,
    DataFormat.POLECAT: polecat.FORMAT,
    DataFormat.ACLED_DELETED: acled.DELETED,  # before the events: a list of them may have all their columns
    DataFormat.ACLED: acled.FORMAT,
    DataFormat.UCDP: ucdp.FORMAT,
    DataFormat.TEMPLATE: event_table.FORMAT,
}


_GDELT: Final = (DataFormat.GDELT1, DataFormat.GDELT2, DataFormat.GDELT_HEADER, DataFormat.GDELT_REDUCED)


def _as_they_are(lines: Iterator[TextLine]) -> Iterator[TextLine]:
    return lines


def _by_tabs(line: str) -> list[str]:
    return line.split("\t")


def _by(separator: str, line: str) -> list[str]:
    """Return the fields of a line of CSV. Raises `Reject`."""
    try:
        return split_record(line, separator)
    except csv.Error as error:
        raise Reject("wrong-columns", f"the line cannot be read: {error}") from None


class DatedReader(NamedTuple):
    """How to read a file whose dates may be in several orders: the dates of a record, and what reads one then."""

    dates_of: Callable[[str], Sequence[str]]
    in_order: Callable[[DateOrder], Callable[[str], CodedEvent | DeletedEvent]]


class RowReader(NamedTuple):
    """How to read a file: its format, what reads a record, and whether the line that showed it is a header.

    `records` makes records of lines.
    """

    format: DataFormat
    read: Callable[[str], CodedEvent | DeletedEvent] | None  # None for articles, which are read whole
    begins_with_header: bool
    records: Callable[[Iterator[TextLine]], Iterator[TextLine]] = _as_they_are
    dated: DatedReader | None = None
    split: Callable[[str], Sequence[str]] = _by_tabs


def recognise(line: str, named: DataFormat | None, actors: ActorFinder, publisher: str | None) -> RowReader | None:
    """Return how to read the file that has this line among its first, None if the line does not say.

    Raises `Reject` where its header cannot be meant so, or it is known to hold no events.
    """
    if named is None or named in _GDELT:
        refuse_other_tables(line)
    if layout := _recognise_headed(line, named, actors, publisher):
        return layout
    if named is DataFormat.ARTICLES or (named is None and line.lstrip().startswith("{")):
        return RowReader(DataFormat.ARTICLES, None, begins_with_header=False)
    fields = line.split("\t")
    if named is DataFormat.ICEWS or (named is None and icews.recognises(fields)):
        rows = CsvRows(icews.FORMAT, icews.FORMAT.usual, "\t")
        return _read_rows(DataFormat.ICEWS, rows, icews.reader(actors, publisher), begins_with_header=False)
    if named in (None, DataFormat.KEDS) and (layout := _recognise_keds_by_names(line, actors, publisher)):
        return layout
    for name, shape in _SHAPES.items():
        is_named = named is name and (name is not DataFormat.KEDS or "\t" in line)
        if is_named or (named is None and shape.recognises(fields)):
            if name is DataFormat.KEDS:
                keds.check_header(fields)
            return _read_columns(name, _by_tabs, shape.reader(actors, publisher), shape.is_header(fields))
    return _recognise_keds_in_csv(line, actors, publisher) if named in (None, DataFormat.KEDS) else None


def _recognise_keds_by_names(line: str, actors: ActorFinder, publisher: str | None) -> RowReader | None:
    """Return how to read KEDS data under a header that has further columns, as data frames write them."""
    for separator in SEPARATORS:
        split = partial(_by, separator)
        with suppress(Reject):
            fields = split(line)
            if columns := keds.columns_in(fields):
                picked = partial(_picked, split, columns, len(fields))
                return _read_columns(DataFormat.KEDS, picked, keds.reader(actors, publisher), True)
    return None


def _recognise_keds_in_csv(line: str, actors: ActorFinder, publisher: str | None) -> RowReader | None:
    for separator in ",;":
        split = partial(_by, separator)
        try:
            fields = split(line)
        except Reject:
            continue
        if keds.recognises(fields):
            keds.check_header(fields)
            return _read_columns(DataFormat.KEDS, split, keds.reader(actors, publisher), keds.is_header(fields))
    return None


def _picked(split: Callable[[str], Sequence[str]], columns: Sequence[int], width: int, line: str) -> Sequence[str]:
    """Return some columns of a line that has so many. Raises `Reject`."""
    fields = split(line)
    if len(fields) != width:
        raise Reject("wrong-columns", f"the header has {width} columns, this row {len(fields)}")
    return [fields[at] for at in columns]


def _read_columns(
    name: DataFormat,
    split: Callable[[str], Sequence[str]],
    read: Callable[[Sequence[str]], CodedEvent],
    begins_with_header: bool,
) -> RowReader:
    return RowReader(name, partial(_read_split, read, split), begins_with_header, split=split)


def _recognise_headed(
    line: str, named: DataFormat | None, actors: ActorFinder, publisher: str | None
) -> RowReader | None:
    formats = {name: form for name, form in _HEADED.items() if named in (None, name)}
    if line.lstrip().startswith("{"):
        for name, form in formats.items():
            given = set(names_in_json(form, line))
            if form.needed <= given and (named or form.is_meant(given)):
                if form.check:
                    form.check([*given])
                rows = JsonRows(form)
                return _read_rows(name, rows, form.reader(actors, publisher), begins_with_header=False)
        return None
    for name, form in formats.items():
        for separator in form.separators:
            if separator not in line and len(form.needed) > 1:
                continue
            names = names_in(form, line, separator)
            if form.needed <= set(names) and (named or form.is_meant(names)):
                check_names(names)
                if form.check:
                    form.check(names)
                csv_rows = CsvRows(form, names, separator)
                return _read_rows(name, csv_rows, form.reader(actors, publisher), begins_with_header=True)
            _check_usual(name, form, line, separator)
    return None


def _check_usual(name: DataFormat, form: HeadedFormat, line: str, separator: str) -> None:
    """Raise `Reject` for a header that lacks a column: the rows below it are not taken for the usual order."""
    names = names_in(form, line, separator) if form.usual and separator in line else []
    missing = sorted(form.needed.difference(names))
    if missing and len(set(form.usual).intersection(names)) > len(form.usual) // 2:
        raise Reject("unknown-columns", f"its header is that of {name} data, and names no column {missing[0]!r}")


def _read_rows(name: DataFormat, rows: NamedRows, read: ReadFields, *, begins_with_header: bool) -> RowReader:
    """Return how to read rows by the names of their columns, whose dates may have to be looked at first."""
    in_order = partial(rows.reader, read)
    return RowReader(
        name,
        in_order(DateOrder.UNKNOWN),
        begins_with_header,
        records=rows.records,
        dated=DatedReader(rows.dates, in_order) if rows.form.dates else None,
    )


def keds_reader(
    actors: ActorFinder, publisher: str | None, layout: RowReader, *, have_lost_zeros: bool = False
) -> RowReader:
    """Return how to read KEDS data by the dictionary of some actors; their deeds may have lost their zeros."""

    def in_order(order: DateOrder) -> Callable[[str], CodedEvent | DeletedEvent]:
        read = keds.reader(actors, publisher, order, have_lost_zeros=have_lost_zeros)
        return partial(_read_split, read, layout.split)

    dated = DatedReader(partial(_date_of, layout.split), in_order)
    return layout._replace(read=in_order(DateOrder.UNKNOWN), dated=dated)


def _date_of(split: Callable[[str], Sequence[str]], line: str) -> list[str]:
    try:
        return keds.date_of(split(line))
    except Reject:
        return []


def _read_split(
    read: Callable[[Sequence[str]], CodedEvent], split: Callable[[str], Sequence[str]], line: str
) -> CodedEvent:
    return read(split(line))
