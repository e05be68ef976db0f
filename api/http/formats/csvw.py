"""The descriptor of a table in CSV, as CSV on the Web has it (W3C, Metadata Vocabulary for Tabular Data).

It stands beside the table: `/relations.csv-metadata.json` describes `/relations.csv`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from fastapi import Request

from api.http.formats.cells.flat_cells import SEPARATOR
from api.http.formats.columns import Column, ListOf, Scalar
from api.http.formats.negotiation import MEDIA_TYPES, AnswerFormat

_DATATYPES: Final[Mapping[Scalar, Any]] = {
    Scalar.TEXT: "string",
    Scalar.CODE: "string",
    Scalar.BOOLEAN: {"base": "boolean", "format": "true|false"},
    Scalar.INTEGER: "integer",
    Scalar.NUMBER: "double",
    Scalar.DATE: {"base": "date", "format": "yyyy-MM-dd"},
    Scalar.INSTANT: "datetime",
    Scalar.JSON: "string",
}


def table_descriptor(request: Request, columns: Sequence[Column], about: Mapping[str, Any]) -> dict[str, Any]:
    """Return the descriptor of the table in CSV that a request would have."""
    return {
        "@context": "http://www.w3.org/ns/csvw",
        "url": table_address(request),
        "dc:title": request.scope["path"],
        "dialect": {"encoding": "utf-8", "lineTerminators": ["\r\n"], "header": True, "delimiter": ","},
        "notes": [{"detente": dict(about)}],
        "tableSchema": {"columns": [_column(column) for column in columns]},
    }


def _column(column: Column) -> dict[str, Any]:
    described: dict[str, Any] = {"name": column.name, "titles": column.name}
    if column.type is Scalar.JSON or not isinstance(column.type, Scalar):
        words = column.type.of if isinstance(column.type, ListOf) else Scalar.TEXT
        described |= {"datatype": _DATATYPES[words if isinstance(words, Scalar) else Scalar.TEXT]}
        described["separator"] = SEPARATOR
    else:
        described["datatype"] = _DATATYPES[column.type]
    if column.description:
        described["dc:description"] = column.description
    if column.unit:
        described["schema:unitText"] = column.unit
    return described


def table_address(request: Request) -> str:
    """Return the address of the table that a descriptor stands beside."""
    return _address(request, AnswerFormat.CSVW, AnswerFormat.CSV)


def described_by(request: Request) -> str:
    """Return the link from a table to the descriptor that stands beside it, as a header has it."""
    address = _address(request, AnswerFormat.CSV, AnswerFormat.CSVW)
    return f'<{address}>; rel="describedby"; type="{MEDIA_TYPES[AnswerFormat.CSVW]}"'


def _address(request: Request, own: AnswerFormat, other: AnswerFormat) -> str:
    path = (request.scope.get("raw_path") or b"").decode("ascii", "replace").partition("?")[0]
    query = request.url.query
    if path.endswith(f".{own}"):
        path = f"{path.removesuffix(f'.{own}')}.{other}"
        return f"{path}?{query}" if query else path
    named = [part for part in query.split("&") if part and not part.lower().startswith("format=")]
    return f"{path}?{'&'.join([*named, f'format={other}'])}"
