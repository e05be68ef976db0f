"""Answers: each in the format that its reader asks for, and with a link to the page behind it."""

import io
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import quote, urlencode

from arro3.core import RecordBatch
from fastapi import Request, Response
from pydantic import BaseModel
from pydantic_core import to_json

from api.http.formats.columns import Column, ColumnValues, item_type_of, table_columns
from api.http.formats.csvw import described_by, table_descriptor
from api.http.formats.geojson import no_places
from api.http.formats.negotiation import MEDIA_TYPES, AnswerFormat, chosen_format
from api.http.formats.options import table_options
from api.http.formats.tables import Table
from api.http.middleware.request_line import ENCODED_SLASH
from projections.pairs import Pair
from projections.queries.incidents.latest_of_history import LatestHistory, ReadLatest, no_history
from projections.queries.stored.pairs_of_history import HistoryOfPairs, ReadPairs, no_pairs
from projections.storage.connection import Connection
from projections.storage.history.incident_choice import IncidentChoice
from projections.storage.incident_cache import AllIncidentColumns, IncidentCache, ReadAllColumns

if TYPE_CHECKING:  # it needs what reads Parquet
    from projections.storage.history.pair_incidents import PairsOfHistory

HISTORY_POSITION: Final = "Detente-History-Position"  #: says from which history an answer came
_BINARY: Final = (AnswerFormat.ARROW, AnswerFormat.PARQUET, AnswerFormat.XLSX)

#: What a route says of its answers in the OpenAPI document.
ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "content": {
            media_type: {"schema": {"type": "string", **({"format": "binary"} if form in _BINARY else {})}}
            for form, media_type in MEDIA_TYPES.items()
            if form not in (AnswerFormat.JSON, AnswerFormat.GEOJSON)
        }
    },
    304: {"description": "Not changed since the `ETag` given."},
    412: {"description": "Not the state that `If-Match` names."},
}

#: What a route says whose incidents can be had as GeoJSON, too.
ANSWERS_WITH_PLACES: Final[dict[int | str, dict[str, Any]]] = {
    **ANSWERS,
    200: {
        "content": {
            **ANSWERS[200]["content"],
            MEDIA_TYPES[AnswerFormat.GEOJSON]: {
                "schema": {
                    "type": "object",
                    "description": "Features (RFC 7946), and in `detente` what they are an answer to.",
                    "required": ["type", "features", "detente"],
                    "properties": {
                        "type": {"type": "string", "enum": ["FeatureCollection"]},
                        "features": {"type": "array", "items": {"type": "object"}},
                        "detente": {"type": "object"},
                    },
                }
            },
        }
    },
}


def note_history(request: Request, position: int | None) -> None:
    """Note that the answer to a request comes from the history of a position; None for none."""
    request.state.history = position


def noting_history(request: Request, cache: IncidentCache) -> ReadAllColumns:
    """Return what reads all incidents for the answer to a request, and notes the history that they come from."""

    def at(connection: Connection) -> AllIncidentColumns:
        columns = cache.at(connection)
        note_history(request, columns.history)
        return columns

    return at


def noting_latest(request: Request, history: LatestHistory | None) -> ReadLatest:
    """Return what reads incidents from a history for the answer to a request, and notes where they come from."""
    if history is None or chosen_format(request.scope) is AnswerFormat.CSVW:  # which tells of columns alone
        return no_history

    def read(connection: Connection, names: Sequence[str], choice: IncidentChoice) -> Iterator[RecordBatch] | None:
        found = history.read_latest(connection, names, choice)
        if found is None:
            return None
        note_history(request, found.history)
        return found.batches

    return read


def noting_pairs(request: Request, history: HistoryOfPairs | None) -> ReadPairs:
    """Return what reads pairs from a history for the answer to a request, and notes where they come from."""
    if history is None:
        return no_pairs

    def read(connection: Connection, pairs: Collection[Pair]) -> "PairsOfHistory | None":
        found = history.read_pairs(connection, pairs)
        if found is not None:
            note_history(request, found.history)
        return found

    return read


def history_headers(request: Request) -> dict[str, str]:
    """Return the headers that say what was noted."""
    position: int | None = getattr(request.state, "history", None)
    return {} if position is None else {HISTORY_POSITION: str(position)}


class MadeItems(NamedTuple):
    """What makes the items of an answer that has no models of them, each as a format needs them.

    `columns` are those of a table. `rows` are objects of NDJSON, and `items` those that JSON lists.
    """

    columns: Callable[[Sequence[Column]], ColumnValues]
    rows: Callable[[], Sequence[Mapping[str, Any]]]
    items: Callable[[], Sequence[Mapping[str, Any]]]


def respond(
    request: Request,
    answer: BaseModel,
    etag: str | None = None,
    items: Sequence[BaseModel] | MadeItems | None = None,
    next_cursor: str | None = None,
    item_type: type[BaseModel] | None = None,
) -> Response:
    """Return an answer in the format asked for; CSV and NDJSON hold the `items`, or the answer as the only one.

    `item_type` is that of the items where they are not the answer's own. An answer whose items are to be made has
    none of its own.
    """
    form = chosen_format(request.scope)
    headers = {"Vary": "Accept", **history_headers(request)}
    if etag is not None:
        headers |= {"ETag": etag, "Cache-Control": "no-cache"}
    if next_cursor is not None:
        headers["Link"] = f'<{_next_page(request, next_cursor)}>; rel="next"'
    options = table_options(request, form)
    if form is AnswerFormat.JSON:
        return Response(_whole(answer, items), media_type=MEDIA_TYPES[form], headers=headers)
    shown = type(answer) if items is None else item_type or item_type_of(type(answer))
    about = {name: value for name, value in answer if name not in ("items", "next")} if items is not None else {}
    if form is AnswerFormat.GEOJSON:
        raise no_places(request)
    if form is AnswerFormat.CSVW:
        descriptor = table_descriptor(request, options.chosen(table_columns(shown)), about)
        return Response(to_json(descriptor), media_type=MEDIA_TYPES[form], headers=headers)
    if form is AnswerFormat.CSV:
        headers["Link"] = ", ".join(filter(None, (headers.get("Link"), described_by(request))))
    table = Table(form, options.chosen(table_columns(shown)), about, options)
    rows = [answer] if items is None else _made(items, table) if isinstance(items, MadeItems) else items
    body = io.BytesIO()
    table.write([rows], body)
    return Response(body.getvalue(), media_type=MEDIA_TYPES[form], headers=headers)


def _whole(answer: BaseModel, items: object) -> str | bytes:
    if isinstance(items, MadeItems):
        return to_json({**dict(answer), "items": items.items()})
    return answer.model_dump_json()


def _made(items: MadeItems, table: Table) -> Sequence[Any]:
    return items.rows() if table.form is AnswerFormat.NDJSON else items.columns(table.columns)


def _next_page(request: Request, cursor: str) -> str:
    """Return the URL of the page that a cursor begins; its path has names in any script, a header has ASCII."""
    query = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    path = "%2F".join(map(quote, request.scope["path"].split(ENCODED_SLASH)))
    asked = urlencode([*query, ("cursor", cursor)])
    return str(request.url.replace(path=path, query=asked, fragment=""))
