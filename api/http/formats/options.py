"""What a table may be asked to be like: which columns, how packed, how rounded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, NamedTuple

from fastapi import Depends, Query, Request

from api.http.fast_path.dependency_plan import of_query
from api.http.formats.columns import Column
from api.http.formats.negotiation import AnswerFormat
from api.http.problems import invalid_parameter, repeated_parameter

_COMPRESSIONS: Final = ("none", "zstd", "lz4")
_MOST_DIGITS: Final = 15  # that a number has
_BOOLEANS: Final = {"true": True, "false": False}
_BINARY: Final = (AnswerFormat.ARROW, AnswerFormat.PARQUET)
#: The formats that each option is for.
_OF_FORMATS: Final[Mapping[str, Sequence[AnswerFormat]]] = {
    "columns": (*AnswerFormat.of_tables(), AnswerFormat.CSVW),
    "compression": _BINARY,
    "bom": (AnswerFormat.CSV, AnswerFormat.CSVW),
    "digits": (AnswerFormat.CSV, AnswerFormat.XLSX, AnswerFormat.CSVW),
}


@dataclass(frozen=True)
class DescribedOptions:
    """The parameters of tables, for the OpenAPI document; `TableOptions` reads them."""

    columns: Annotated[
        str | None,
        Query(
            max_length=2000,
            description="Of a table only these columns, with commas between; `all` has those, too, that are left"
            " out by default.",
        ),
    ] = None
    compression: Annotated[
        str | None, Query(max_length=10, description="Of Arrow (by default none) and Parquet (zstd): or lz4.")
    ] = None
    bom: Annotated[
        str | None, Query(max_length=10, description="`true`: CSV begins with a mark by which Excel knows UTF-8.")
    ] = None
    digits: Annotated[
        str | None,
        Query(
            max_length=10,
            description=f"Of CSV and XLSX: most digits behind the point of a number, 0 to {_MOST_DIGITS}.",
        ),
    ] = None


@of_query
async def describe_format(
    _options: Annotated[DescribedOptions, Depends()],
    _format: Annotated[
        str | None,
        Query(
            alias="format",
            description=f"{', '.join(AnswerFormat.of_data())}; by default what `Accept` prefers.",
        ),
    ] = None,
) -> None:
    """Describe the parameters that `api.http.formats` reads, for the OpenAPI document."""


class TableOptions(NamedTuple):
    """What a table is asked to be like. Without a `compression` it is the format's own."""

    columns: Sequence[str] | None = None
    compression: str | None = None
    bom: bool = False
    digits: int | None = None

    def chosen(self, columns: Sequence[Column]) -> Sequence[Column]:
        """Return the columns that are asked for, in this order. Raises `Problem` (422)."""
        if self.columns is None:
            return [each for each in columns if not each.by_name]
        if list(self.columns) == ["all"]:
            return columns
        by_name = {column.name: column for column in columns}
        for name in self.columns:
            if name not in by_name:
                detail = f"there is no column {name!r}; there are {', '.join(by_name)}"
                raise invalid_parameter("columns", detail, "unknown-column")
        return [by_name[name] for name in dict.fromkeys(self.columns)]


def table_options(request: Request, form: AnswerFormat) -> TableOptions:
    """Return what a table is asked to be like. Raises `Problem` (422), also for what says nothing of a format."""
    if not request.scope["query_string"]:
        return _NOTHING_ASKED
    given: dict[str, Any] = {}
    for name, formats in _OF_FORMATS.items():
        values = request.query_params.getlist(name)
        if not values:
            continue
        if len(values) > 1:
            raise repeated_parameter(name)
        if form not in formats:
            known = " and ".join(formats)
            raise invalid_parameter(name, f"says nothing of {form}: it is of {known}, so leave it out")
        given[name] = _READ[name](values[0])
    return TableOptions(**given)


_NOTHING_ASKED: Final = TableOptions()


def _columns(text: str) -> Sequence[str]:
    return [name.strip() for name in text.split(",")]


def _compression(text: str) -> str:
    if text not in _COMPRESSIONS:
        raise invalid_parameter("compression", f"{text!r} is not one of {', '.join(_COMPRESSIONS)}")
    return text


def _bom(text: str) -> bool:
    if text not in _BOOLEANS:
        raise invalid_parameter("bom", f"{text!r} is neither true nor false")
    return _BOOLEANS[text]


def _digits(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 2 and int(text) <= _MOST_DIGITS):
        raise invalid_parameter("digits", f"{text!r} is not a whole number from 0 to {_MOST_DIGITS}")
    return int(text)


_READ: Final[Mapping[str, Any]] = {
    "columns": _columns,
    "compression": _compression,
    "bom": _bom,
    "digits": _digits,
}
