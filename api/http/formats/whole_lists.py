"""Whole lists: all items of a list under one snapshot, in flat memory, and not page by page."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final, NamedTuple

from fastapi import Request, Response
from pydantic_core import to_json

from api.http.etags import ConditionalRead
from api.http.formats.columns import Column, table_columns
from api.http.formats.csvw import described_by, table_descriptor
from api.http.formats.geojson import Features, no_places, write_geojson
from api.http.formats.negotiation import MEDIA_TYPES, AnswerFormat, chosen_format
from api.http.formats.options import table_options
from api.http.formats.spool import Spool, SpooledResponse
from api.http.formats.tables import Table
from api.http.formats.xlsx_tables import check_xlsx
from api.http.middleware.request_line import IS_HEAD
from api.http.problems import invalid_parameter
from api.http.responses import history_headers

ALL: Final = "all"  #: the `limit` of a whole list
MOST_ITEMS: Final = 2**31 - 1  #: more than any list has
AT_ONCE: Final = 500  #: items of a whole list that are made at a time
#: Files, which have no pages: without a `limit` they have the whole list.
_FILES: Final = (AnswerFormat.ARROW, AnswerFormat.PARQUET, AnswerFormat.XLSX, AnswerFormat.GEOJSON)


class WholeRead(NamedTuple):
    """What a whole list is an answer to, and its items: models, or `ColumnValues`, some at a time."""

    about: Mapping[str, Any]
    pieces: Iterable[Sequence[Any]]


def asks_for_whole(request: Request) -> bool:
    """Return whether a request asks for a whole list, and not for a page. Raises `Problem` (422)."""
    limit = request.query_params.get("limit")
    form = chosen_format(request.scope)
    if form is AnswerFormat.GEOJSON:
        for name in ("limit", "cursor"):
            if request.query_params.get(name, ALL) != ALL:
                raise invalid_parameter(name, "geojson is the whole list: leave it out")
        return True
    if limit is None:
        return form in _FILES and "cursor" not in request.query_params
    if limit != ALL:
        return False
    if form is AnswerFormat.JSON:
        formats = ", ".join(each for each in AnswerFormat.of_data() if each is not AnswerFormat.JSON)
        raise invalid_parameter("limit", f"a whole list is no page of json: ask for it as {formats}")
    if "cursor" in request.query_params:
        raise invalid_parameter("cursor", "begins a page, and limit=all has none: leave one of the two out")
    return True


def most_items(request: Request, limit: int) -> int:
    """Return how many items an answer has at most, of a list that is short enough to be made in memory at once.

    That is `limit`, or more than there are where the whole list is asked for. Raises `Problem` (422).
    """
    return MOST_ITEMS if asks_for_whole(request) else limit


def respond_whole(
    request: Request,
    reading: Callable[[], AbstractContextManager[ConditionalRead | None]],
    item_type: Any,
    read_all: Callable[[Any, Sequence[Column] | None], WholeRead],
    features: Callable[[Any], Features] | None = None,
) -> Response:
    """Return a whole list in the format asked for, with the columns of `item_type`.

    `reading` opens the snapshot, under which `read_all` finds the items; both are called in a thread, once the
    read has its turn. `read_all` is told the columns that are wanted, None where models are; `features` are those
    of GeoJSON, where there are any. Raises `Problem` (422).
    """
    form = chosen_format(request.scope)
    options = table_options(request, form)
    if form is AnswerFormat.GEOJSON and features is None:
        raise no_places(request)
    if form is AnswerFormat.XLSX:
        check_xlsx()
    columns = options.chosen(table_columns(item_type))

    def work(spool: Spool) -> None:
        with reading() as read:
            headers = {"Vary": "Accept"}
            if read is not None:
                headers |= {"ETag": read.etag, "Cache-Control": "no-cache"}
            if form is AnswerFormat.CSV:
                headers["Link"] = described_by(request)
            if form is AnswerFormat.GEOJSON and features is not None:
                found = features(read)
                spool.begin(headers | history_headers(request))
                if not request.scope.get(IS_HEAD):
                    write_geojson(found, spool)
                return
            about, pieces = read_all(read, columns if form in AnswerFormat.of_tables() else None)
            spool.begin(headers | history_headers(request))
            if request.scope.get(IS_HEAD):
                return
            if form is AnswerFormat.CSVW:
                spool.write(to_json(table_descriptor(request, columns, about)))
                return
            Table(form, columns, about, options).write(spool.while_wanted(pieces), spool)

    return SpooledResponse(request.app.state.dear_reads, work, MEDIA_TYPES[form])
