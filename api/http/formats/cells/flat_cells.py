"""What stands in one cell of CSV or XLSX: a number, a date or a text, and never JSON.

A list is its words with `;` between. Of a list of objects each is what names it, such as the id of an incident. An
object of which anything may be a part is its values, each behind the way to it: `header.publisher=Anadolu`. A `;`
within a word has a backslash before it, and so has a backslash.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from typing import Any, Final

from pydantic_core import to_jsonable_python

from api.http.formats.columns import ColumnType, ListOf, Scalar, Struct

SEPARATOR: Final = ";"  #: between the words of a list
_BETWEEN_ENDS: Final = ".."  # of a range within a word

#: What is written of an object in a list, by its first field's name: what goes before each value, and the way.
_SHOWN: Final[Mapping[str, Sequence[tuple[str, tuple[str, ...]]]]] = {
    "article": (("", ("article",)), ("#", ("number",))),
    "coded": (("", ("coded",)), ("=", ("actor",)), (" ", ("role",))),
    "development": (("", ("day",)), (" ", ("development",))),
    "key": (("", ("key",)), ("=", ("value",))),
    "number": (("", ("number",)), (" ", ("event", "kind")), (" ", ("event", "type"))),
    "version": (("", ("version",)), (" ", ("change",))),
}


def flat_value(type_: ColumnType, value: Any, digits: int | None = None) -> Any:
    """Return a value as a cell has it: None, a number, a boolean, a date or an instant as it is, else a text.

    Numbers are rounded to so many `digits` behind the point.
    """
    if value is None or isinstance(value, bool | int | date):
        return value
    if isinstance(value, float):
        return value if digits is None else rounded(value, digits)
    if isinstance(value, str):
        return value.value if isinstance(value, Enum) else value
    if isinstance(type_, ListOf):
        words = _items_of(type_.of, value, digits)
    else:
        words = _ways(to_jsonable_python(value), digits)
    return SEPARATOR.join(map(_escaped, words))


def shape_of_cell(type_: ColumnType) -> str | None:
    """Return what is written of each object of a list, such as `article#number`; None of what is no such list."""
    if not (isinstance(type_, ListOf) and isinstance(type_.of, Struct)):
        return None
    return "".join(before + ".".join(way) for before, way in _shown(type_.of))


def plain_text(value: Any) -> str:
    """Return one value as a text: dates and instants in ISO 8601, truth in lower case, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, datetime):
        return str(to_jsonable_python(value))
    return value.isoformat() if isinstance(value, date) else str(value)


def rounded(number: float, digits: int) -> float:
    """Return a number rounded to so many digits behind the point: from halfway, to the even one. Never -0."""
    return round(number, digits) + 0.0


def _items_of(type_: ColumnType, values: Any, digits: int | None) -> Iterator[str]:
    for item in values.items() if isinstance(values, Mapping) else values:
        yield _part_text(type_, item, digits)


def _part_text(type_: ColumnType, value: Any, digits: int | None) -> str:
    return _object_text(type_, value, digits) if isinstance(type_, Struct) else _word(value, digits)


def _object_text(type_: Struct, item: Any, digits: int | None) -> str:
    found = ""
    by_name = {field.name: field for field in type_.fields}
    for before, (name, *steps) in _shown(type_):
        field = by_name[name]
        value = field.get(item)
        for step in steps:
            value = value.get(step) if isinstance(value, Mapping) else None
        if value is not None:
            found += before + _part_text(field.type, value, digits)
    return found


def _shown(type_: Struct) -> Sequence[tuple[str, tuple[str, ...]]]:
    """Return what is written of an object: by default its first field, which names it."""
    first = type_.fields[0].name
    return _SHOWN.get(first, (("", (first,)),))


def _word(value: Any, digits: int | None) -> str:
    if isinstance(value, list | tuple):
        return _BETWEEN_ENDS.join(_word(each, digits) for each in value)
    return plain_text(flat_value(Scalar.TEXT, value, digits))


def _ways(value: Any, digits: int | None, way: str = "") -> Iterator[str]:
    """Yield the values that are within a value of JSON, each behind the way to it; items of lists count from 0."""
    if isinstance(value, dict | list) and value:
        for step, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _ways(part, digits, f"{way}.{step}" if way else str(step))
        return
    text = "" if isinstance(value, dict | list) else _word(value, digits)
    if way:
        yield f"{way}={text}"
    elif text:
        yield text


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace(SEPARATOR, "\\" + SEPARATOR)
