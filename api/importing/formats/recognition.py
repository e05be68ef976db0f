"""Which format a file is in, by its first lines, and what reads it."""

from collections.abc import Callable, Sequence
from enum import StrEnum
from functools import partial
from typing import NamedTuple

from api.importing.actors import ActorFinder
from api.importing.codes.schemes import CodeScheme
from api.importing.formats import gdelt, icews, keds, polecat
from api.importing.rows import CodedEvent


class DataFormat(StrEnum):
    """The formats that can be imported."""

    KEDS = "keds"
    ICEWS = "icews"
    GDELT1 = "gdelt1"
    GDELT2 = "gdelt2"
    POLECAT = "polecat"
    ARTICLES = "articles"


#: The schemes in which data of a format may be coded, where it is not CAMEO's alone.
SCHEMES = {
    DataFormat.KEDS: (CodeScheme.CAMEO, CodeScheme.KEDS, CodeScheme.WEIS),
    DataFormat.ICEWS: (CodeScheme.ICEWS,),
    DataFormat.POLECAT: (),
    DataFormat.ARTICLES: (),
}


class _Shape(NamedTuple):
    recognises: Callable[[Sequence[str]], bool]
    is_header: Callable[[Sequence[str]], bool]
    reader: Callable[[ActorFinder, str | None], Callable[[Sequence[str]], CodedEvent]]


_SHAPES = {
    DataFormat.KEDS: _Shape(keds.recognises, keds.is_header, keds.reader),
    DataFormat.ICEWS: _Shape(icews.recognises, icews.is_header, icews.reader),
    DataFormat.GDELT1: _Shape(gdelt.GDELT1.recognises, gdelt.is_header, partial(gdelt.reader, gdelt.GDELT1)),
    DataFormat.GDELT2: _Shape(gdelt.GDELT2.recognises, gdelt.is_header, partial(gdelt.reader, gdelt.GDELT2)),
}


class RowReader(NamedTuple):
    """How to read a file: its format, what reads a line, and whether the line that showed it is a header."""

    format: DataFormat
    read: Callable[[str], CodedEvent] | None  # None for articles, which are read whole
    begins_with_header: bool


def recognise(line: str, named: DataFormat | None, actors: ActorFinder, publisher: str | None) -> RowReader | None:
    """Return how to read the file that has this line among its first, None if the line does not say."""
    if named is DataFormat.ARTICLES or (named is None and line.lstrip().startswith("{")):
        return RowReader(DataFormat.ARTICLES, None, begins_with_header=False)
    if named in (None, DataFormat.POLECAT):
        for separator in "\t,":
            if separator in line and polecat.is_header(names := polecat.split(line, separator)):
                read = polecat.reader(names, actors, publisher)
                return RowReader(
                    DataFormat.POLECAT, partial(_read_split, read, separator), begins_with_header=True
                )
    fields = line.split("\t")
    for name, shape in _SHAPES.items():
        if named is name or (named is None and shape.recognises(fields)):
            read = shape.reader(actors, publisher)
            return RowReader(name, partial(_read_tabs, read), begins_with_header=shape.is_header(fields))
    return None


def keds_reader(actors: ActorFinder, publisher: str | None, layout: RowReader) -> RowReader:
    """Return how to read KEDS data by the dictionary of some actors."""
    return layout._replace(read=partial(_read_tabs, keds.reader(actors, publisher)))


def _read_tabs(read: Callable[[Sequence[str]], CodedEvent], line: str) -> CodedEvent:
    return read(line.split("\t"))


def _read_split(read: Callable[[Sequence[str]], CodedEvent], separator: str, line: str) -> CodedEvent:
    return read(polecat.split(line, separator))
