"""Many articles in one request: as a JSON array, as NDJSON, or as a table in CSV."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse

from api.http.batch.post_batch import Batch, Delivering, post_batch, post_table, read_results
from api.http.formats.negotiation import (
    MEDIA_TYPES,
    AnswerFormat,
    format_of_media_type,
    media_types_by_preference,
)
from api.http.middleware.response_cache import CachedRoute
from api.http.parameters import TheProvenance, TheService, Waited, require_media_type
from api.http.problems import invalid_parameter
from api.http.routes.articles import DryPosting, TheRule
from api.http.schemas.recorded import BatchResult
from api.http.scopes import POSTS
from api.parsing.event_tables import template_csv
from api.parsing.requests import EXAMPLE
from api.running.event_places import EventPlaces
from domain.deliveries.coverage import FIELDS, Coverage

router = APIRouter(route_class=CachedRoute, prefix="/v1/articles", tags=["articles"])

BATCH_PATH = "/v1/articles/batch"
_NDJSON = MEDIA_TYPES[AnswerFormat.NDJSON]
_CSV = MEDIA_TYPES[AnswerFormat.CSV]
_JSON = MEDIA_TYPES[AnswerFormat.JSON]


_RESULT = {"$ref": "#/components/schemas/BatchResult"}
_BATCH_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "Articles, each as for `POST /v1/articles`: an array of them, or as NDJSON one a line; or a"
        " table in CSV, with an event a row.",
        "content": {
            _JSON: {
                "schema": {
                    "type": "array",
                    "items": {"$ref": "#/components/schemas/ArticleIn"},
                    "examples": [[EXAMPLE]],
                }
            },
            _NDJSON: {"schema": {"type": "string", "examples": [json.dumps(EXAMPLE) + "\n"]}},
            _CSV: {"schema": {"type": "string", "examples": [template_csv()]}},
        },
    }
}
_LONGEST_ACCEPT = 4096  # bytes of an `Accept` that is looked at
_FIELD_NAMES = "^([a-z_]{1,30}(,[a-z_]{1,30}){0,39})?$"


async def _delivering(
    service: TheService,
    data_set: Annotated[
        str | None,
        Query(
            pattern="^[a-z][a-z0-9-]{0,49}$",
            description="The lines are documents of this data set as it delivers them: in pieces, again, or"
            " corrected. An event is known by its `ref`: what is new is added, what the data set has otherwise by"
            " now is corrected, and what an analyst corrected, took back or ruled on stays.",
        ),
    ] = None,
    silent: Annotated[
        str,
        Query(
            pattern=_FIELD_NAMES,
            description="With `data_set`: the fields, with commas between, that its file has no column for, such"
            " as `place,killed`. What is recorded in them stays.",
        ),
    ] = "",
    partial: Annotated[
        str,
        Query(
            pattern=_FIELD_NAMES,
            description="With `data_set`: the fields that its file tells a part of. What is recorded in them stays"
            " where it says as much, and more.",
        ),
    ] = "",
) -> Delivering | None:
    """Return the data set that delivers, if one does."""
    coverage = Coverage(*(_fields(name, text) for name, text in (("silent", silent), ("partial", partial))))
    return Delivering(data_set, EventPlaces(service, folds=False), coverage) if data_set else None


def _fields(parameter: str, text: str) -> frozenset[str]:
    names = frozenset(filter(None, text.split(",")))
    if unknown := sorted(names - FIELDS):
        raise invalid_parameter(
            parameter, f"no field is called {unknown[0]!r}: right are {', '.join(sorted(FIELDS))}"
        )
    return names


@router.post(
    "/batch",
    dependencies=[POSTS, Waited],
    response_class=StreamingResponse,
    response_model=list[BatchResult],
    response_description="A result for each article; as NDJSON one a line.",
    responses={
        200: {"content": {_JSON: {"schema": {"type": "array", "items": _RESULT}}, _NDJSON: {"schema": _RESULT}}}
    },
    openapi_extra=_BATCH_BODY,
)
async def post_articles(
    request: Request,
    service: TheService,
    provenance: TheProvenance,
    rule: TheRule,
    dry_run: DryPosting = False,
    delivering: Annotated[Delivering | None, Depends(_delivering)] = None,
) -> StreamingResponse:
    """Record many articles. Each succeeds or fails alone, and the answer says which.

    They come as a JSON array, as NDJSON with one a line, or as a table in CSV: of it each row is an event, and
    those of the same id or URL are one article. The results come as JSON or NDJSON, as `Accept` names first; by
    default as what was sent, and of a table as NDJSON.
    """
    sent = require_media_type(request, _NDJSON, "application/ndjson", "application/jsonl", _CSV, _JSON)
    _check_asked(request, is_delivery=delivering is not None)
    batch = Batch(service, provenance, rule, dry_run, request.app.state.metrics.line_answered, delivering)
    if sent == _CSV:
        results = await post_table(batch, request.stream())
    else:
        results = await post_batch(batch, request.stream(), is_array=sent == _JSON)
    as_array = _wants_array(request, sent)
    return StreamingResponse(
        read_results(results, as_array=as_array),
        media_type=_JSON if as_array else _NDJSON,
        headers={"Vary": "Accept"},
    )


def _wants_array(request: Request, sent: str) -> bool:
    """Return whether the results are to be an array: what `Accept` names first, by default what was sent."""
    accepted = ",".join(request.headers.getlist("accept"))
    for media_type in media_types_by_preference(accepted) if len(accepted) <= _LONGEST_ACCEPT else ():
        form = format_of_media_type(media_type)
        if form in (AnswerFormat.JSON, AnswerFormat.NDJSON):
            return form is AnswerFormat.JSON
    return sent == _JSON


def _check_asked(request: Request, *, is_delivery: bool) -> None:
    """Refuse a parameter that would be left unread with a `data_set`, or without one. Raises `Problem` (422).

    What becomes of what a data set has otherwise by now is laid down.
    """
    unread = ("on_conflict", "reason", "dry_run") if is_delivery else ("silent", "partial")
    for name in unread:
        if name in request.query_params:
            way = "leave it out, or leave out data_set" if is_delivery else "give it with data_set"
            raise invalid_parameter(name, f"says nothing of these documents: {way}")
