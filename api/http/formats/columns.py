"""One definition of a table for each kind of item: the columns, their types and where each value comes from.

All flat formats (CSV, Arrow, Parquet, XLSX) and the descriptor of CSV are written from it, so that they agree.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum, StrEnum
from functools import lru_cache
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from api.http.formats.column_texts import UNITS, describe_column


class Scalar(StrEnum):
    """What a value is that is one thing. A code is a text of which few are different; JSON has no type."""

    TEXT = "text"
    CODE = "code"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    NUMBER = "number"
    DATE = "date"
    INSTANT = "instant"
    JSON = "json"


@dataclass(frozen=True)
class ListOf:
    """A list of values of one type."""

    of: "ColumnType"


@dataclass(frozen=True)
class Struct:
    """Values of several types, each with a name."""

    fields: tuple["Column", ...]


ColumnType = Scalar | ListOf | Struct


class ColumnValues(Sequence[Any]):
    """Items that are at hand as the values of each column, in the order of the columns.

    The values of a column are a list, or `Recurring`, `Numbers` or `DayNumbers`, which become arrays as they are.
    """

    def __init__(self, values: Sequence[Sequence[Any]]) -> None:
        self.values = values

    def __len__(self) -> int:
        return len(self.values[0]) if self.values else 0

    def __getitem__(self, index: Any) -> Any:
        return tuple(of_one[index] for of_one in self.values)


@dataclass(frozen=True)
class Column:
    """A column, or a part of a struct: `get` returns its value of an item, None where there is none.

    One that is `by_name` is in tables only where `columns` names it: what it has is read from the reports of each
    item, and is more than all else.
    """

    name: str
    type: ColumnType
    get: Callable[[Any], Any]
    description: str = ""
    by_name: bool = False

    @property
    def unit(self) -> str | None:
        """The unit of its numbers, None if they have none."""
        return UNITS.get(self.name)


#: Columns that are read from the reports of an incident.
FROM_REPORTS: Final = frozenset({"dates", "reported_by", "reported_before"})

#: Texts of which few are different: actors, types, models.
_CODES: Final = frozenset(
    {"a", "b", "source", "target", "type", "model", "clash_risk_model", "kind", "interval", "via", "patron"}
)

_PathStep = str | int
#: Fields that become several columns: the name of each, and the way to its value.
_FLAT: Final[Mapping[str, Mapping[str, tuple[_PathStep, ...]]]] = {
    "pair": {"a": (0,), "b": (1,)},
    "tension_interval": {"tension_low": (0,), "tension_high": (1,)},
    "usual": {
        f"usual_{name}": (name,) for name in ("weeks", "percentile", "ratio", "new_percentile", "new_ratio")
    },
    "last_clash": {"last_clash": ("incident",), "last_clash_day": ("day",)},
    "killed_range": {"killed_low": (0,), "killed_high": (1,)},
    "wounded_range": {"wounded_low": (0,), "wounded_high": (1,)},
    "directed": {
        f"{way}_{sign}_pressure": (index, f"{sign}_pressure")
        for index, way in enumerate(("a_to_b", "b_to_a"))
        for sign in ("conflict", "cooperation")
    },
}


@lru_cache(maxsize=256)
def table_columns(item: Any) -> tuple[Column, ...]:
    """Return the columns of a table whose rows are items of a model, or of one of several."""
    found: dict[str, Column] = {}  # in the order in which the kinds of items have them
    for model in get_args(item) or (item,):
        for column in _columns_of(model):
            found.setdefault(column.name, column)
    return tuple(found.values())


def item_type_of(answer: type[BaseModel]) -> Any:
    """Return the type of the items of a model of lists."""
    return get_args(answer.model_fields["items"].annotation)[0]


def _columns_of(model: type[BaseModel]) -> Iterator[Column]:
    for attribute, field in model.model_fields.items():
        shown = field.alias or attribute
        flat = _FLAT.get(shown)
        if flat is not None:
            for name, way in flat.items():
                type_ = _type_along(field.annotation, way, name)
                yield Column(name, type_, _getter(attribute, way), describe_column(name))
        elif (part := _model_in(field.annotation)) is not None:
            for step, of_part in part.model_fields.items():
                name = f"{shown}_{of_part.alias or step}"
                type_ = _type_of(of_part.annotation, name)
                text = of_part.description or describe_column(name)
                yield Column(name, type_, _getter(attribute, (step,)), text)
        else:
            type_ = _type_of(field.annotation, shown)
            text = field.description or describe_column(shown)
            yield Column(shown, type_, _getter(attribute), text, shown in FROM_REPORTS)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the model that a value is, if it is one: what it has are columns of their own."""
    bare = _bare(annotation)
    return bare if isinstance(bare, type) and issubclass(bare, BaseModel) else None


def _getter(attribute: str, way: tuple[_PathStep, ...] = ()) -> Callable[[Any], Any]:
    def get(item: Any) -> Any:
        value = getattr(item, attribute, None)
        for step in way:
            if value is None:
                return None
            if isinstance(step, str):
                value = getattr(value, step)
            else:
                value = list(value.values())[step] if isinstance(value, dict) else value[step]
        return value

    return get


def _type_along(annotation: Any, way: tuple[_PathStep, ...], name: str) -> ColumnType:
    for step in way:
        annotation = _bare(annotation)
        arguments = get_args(annotation)
        if isinstance(step, str):
            annotation = annotation.model_fields[step].annotation
        else:
            annotation = arguments[1] if get_origin(annotation) is dict else arguments[step]
    return _type_of(annotation, name)


def _bare(annotation: Any) -> Any:
    """Return a type without what is said about it, and without None."""
    while True:
        if get_origin(annotation) is Annotated:
            annotation = get_args(annotation)[0]
        elif get_origin(annotation) in (Union, UnionType):
            others = [each for each in get_args(annotation) if each is not NoneType]
            if len(others) != 1:
                return Any
            annotation = others[0]
        else:
            return annotation


#: The first that a type is a kind of; a boolean is an integer, and an instant a date, too.
_SCALARS: Final = (
    (bool, Scalar.BOOLEAN),
    (int, Scalar.INTEGER),
    (float, Scalar.NUMBER),
    (datetime, Scalar.INSTANT),
    (date, Scalar.DATE),
    (Enum, Scalar.CODE),
    (str, Scalar.TEXT),
)


def _type_of(annotation: Any, name: str) -> ColumnType:
    annotation = _bare(annotation)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (list, tuple):
        return ListOf(_type_of(arguments[0], ""))
    if origin is dict:
        return _pairs_of(arguments[1])
    if origin is Literal:
        return Scalar.CODE
    if not isinstance(annotation, type):
        return Scalar.JSON
    if issubclass(annotation, BaseModel):
        return Struct(tuple(_fields_of(annotation)))
    scalar = next((scalar for kind, scalar in _SCALARS if issubclass(annotation, kind)), Scalar.JSON)
    return Scalar.CODE if scalar is Scalar.TEXT and name in _CODES else scalar


def _fields_of(model: type[BaseModel]) -> Iterator[Column]:
    """Yield the parts of a struct: as the model has them, since structs may hold others."""
    for attribute, field in model.model_fields.items():
        shown = field.alias or attribute
        yield Column(shown, _type_of(field.annotation, ""), _getter(attribute))


def _pairs_of(annotation: Any) -> ColumnType:
    """Return the type of an object whose names are values, too: pairs; JSON where anything may be in it."""
    of = _type_of(annotation, "")
    if of is Scalar.JSON:
        return Scalar.JSON
    return ListOf(Struct((Column("key", Scalar.TEXT, _first), Column("value", of, _second))))


def _first(pair: Sequence[Any]) -> Any:
    return pair[0]


def _second(pair: Sequence[Any]) -> Any:
    return pair[1]
