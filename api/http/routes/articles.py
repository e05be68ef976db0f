"""Articles: post, revise, correct, retract; read one with its history, or list them."""

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Annotated, Any, Literal

from anyio import from_thread
from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from msgspec import structs

from api.http.batch.post_batch import Batch, Delivering, post_batch, post_table, read_results
from api.http.etags import ConditionalRead, TheExpectation, conditional_read, state_etag
from api.http.formats.negotiation import (
    MEDIA_TYPES,
    AnswerFormat,
    format_of_media_type,
    media_types_by_preference,
)
from api.http.formats.whole_lists import AT_ONCE, WholeRead, asks_for_whole, respond_whole
from api.http.middleware.response_cache import CachedRoute
from api.http.pagination import LimitOrAll, make_cursor, read_cursor
from api.http.parameters import (
    Cursor,
    Formatted,
    KnownAt,
    NameInPath,
    TheProvenance,
    TheReason,
    TheService,
    Waited,
    get_reason,
    reach_position,
    require_json,
    require_media_type,
)
from api.http.problems import from_faults, invalid_parameter
from api.http.responses import ANSWERS, respond
from api.http.routes.known_posts import KnownPostRoute, answer_posted
from api.http.schemas.articles import (
    ArticleOut,
    ArticleSummary,
    article_out,
    article_summary,
)
from api.http.schemas.common import Listed, known_instant
from api.http.schemas.decisions.rulings import finder
from api.http.schemas.decisions.suggestions import suggestion_out
from api.http.schemas.recorded import (
    ArticleRecorded,
    ArticleUnderstood,
    BatchResult,
    Recorded,
    article_understood,
    recorded_out,
)
from api.http.scopes import POSTS, READS
from api.parsing.articles import parse_article, parse_report
from api.parsing.event_tables import template_csv
from api.parsing.requests import ARTICLE_ID, ARTICLE_ID_RULE, EXAMPLE, ArticleIn, CorrectionIn, RevisionIn
from api.parsing.whole_numbers import WholeNumber
from api.running.event_places import EventPlaces
from api.running.service import Service
from domain.articles import CorrectReport, PostArticle, RetractArticle, RetractReport
from domain.deliveries.coverage import FIELDS, Coverage
from domain.errors import ArticleNotFound, Fault, InvalidFacts
from domain.log.article_log import Outcome
from domain.posting import OnConflict, PostingRule
from domain.redactions import redactions_in
from projections.queries.articles import latest_articles
from projections.storage.store import read_position
from projections.suggestions.load_suggestions import suggestions_for, unrecorded

router = APIRouter(route_class=CachedRoute, prefix="/v1/articles", tags=["articles"])
posting = APIRouter(route_class=KnownPostRoute, prefix="/v1/articles", tags=["articles"])

BATCH_PATH = "/v1/articles/batch"
_NDJSON = MEDIA_TYPES[AnswerFormat.NDJSON]
_CSV = MEDIA_TYPES[AnswerFormat.CSV]
_JSON = MEDIA_TYPES[AnswerFormat.JSON]
Json = Depends(require_json)


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


async def get_rule(
    on_conflict: Annotated[
        Literal["refuse", "revise"],
        Query(description="What becomes of an article that is recorded with other content."),
    ] = "refuse",
    reason: Annotated[
        str | None,
        Query(max_length=500, description="Why, with `on_conflict=revise`; kept with what changes."),
    ] = None,
) -> PostingRule:
    """Return what becomes of articles that are recorded already. Raises `Problem` (422)."""
    if reason is not None and on_conflict == "refuse":
        raise invalid_parameter("reason", "is kept with what is recorded: give it with on_conflict=revise")
    return PostingRule(OnConflict(on_conflict), await get_reason(reason))


TheRule = Annotated[PostingRule, Depends(get_rule)]
_LONGEST_ACCEPT = 4096  # bytes of an `Accept` that is looked at
_FIELD_NAMES = "^([a-z_]{1,30}(,[a-z_]{1,30}){0,39})?$"

DryPosting = Annotated[
    bool, Query(description="Answer how it is understood and what would change, and record nothing.")
]


@posting.post(
    "",
    status_code=201,
    dependencies=[POSTS, Json],
    response_model=ArticleRecorded,
    responses={
        200: {
            "model": ArticleRecorded | ArticleUnderstood,
            "description": "Recorded already, revised, or a dry run.",
        },
        201: {"description": "Recorded."},
    },
)
def post_article(
    request: Request,
    service: TheService,
    provenance: TheProvenance,
    article: ArticleIn,
    rule: TheRule,
    dry_run: DryPosting = False,
) -> Response:
    """Record an article with the events it reports. The same again is no change.

    With `on_conflict=revise`, one that is recorded with other content is revised.
    """
    directory = service.log.directory()
    command = parse_article(article, directory, provenance)
    if dry_run:
        return _previewed(service, command, rule)
    outcome = _posted(service, command, rule)
    if (key := request.state.post_key) is not None:
        request.app.state.known_posts.note(key, service.log, directory, outcome)
    return answer_posted(outcome)


def _posted(service: Service, command: PostArticle, rule: PostingRule) -> Outcome:
    outcome = service.log.post_article(command, rule)
    if outcome.changed:
        service.wake.set()
    return outcome


def _previewed(service: Service, command: PostArticle, rule: PostingRule) -> Response:
    """Answer what would become of an article, and which incidents may be one with those it reports.

    Without the framework's check, which takes a thread of its own. Waits for the projections, as what was recorded
    a moment ago may be one with it, too. Raises `Problem` (503).
    """
    preview = service.log.preview_article(command, rule)
    from_thread.run(reach_position, service, service.log.position())
    with service.store.reading() as connection:
        found = suggestions_for(connection, unrecorded(connection, preview.article))
        position = read_position(connection)
    ruling_on = finder(service.log.ruling_register(), position, None)
    understood = article_understood(preview, [suggestion_out(suggestion, ruling_on) for suggestion in found])
    return Response(understood.model_dump_json(), media_type=MEDIA_TYPES[AnswerFormat.JSON])


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


@router.get("", response_model=Listed[ArticleSummary], dependencies=[READS, Waited, Formatted], responses=ANSWERS)
def list_articles(
    request: Request, service: TheService, limit: LimitOrAll = 100, cursor: Cursor = None
) -> Response:
    """List the articles, the latest recorded first."""
    if asks_for_whole(request):
        return respond_whole(request, partial(conditional_read, request, service), ArticleSummary, _all_articles)
    before = read_cursor("articles", cursor, int)[0] if cursor else None
    with conditional_read(request, service) as (connection, snapshot, etag):
        found = latest_articles(connection, before, limit + 1)
    page = found[:limit]
    following = make_cursor("articles", page[-1][0]) if len(found) > limit else None
    items = [article_summary(entry) for _, entry in page]
    answer = Listed[ArticleSummary](items=items, next=following, position=snapshot.position)
    return respond(request, answer, etag, items, following)


def _all_articles(read: ConditionalRead, _columns: object) -> WholeRead:
    """Return all articles."""

    def pieces() -> Iterator[list[ArticleSummary]]:
        before: int | None = None
        while found := latest_articles(read.connection, before, AT_ONCE):
            before = found[-1][0]
            yield [article_summary(entry) for _, entry in found]

    return WholeRead({"position": read.snapshot.position}, pieces())


@router.get("/{article_id}", response_model=ArticleOut, dependencies=[READS, Formatted], responses=ANSWERS)
def get_article(request: Request, service: TheService, article_id: NameInPath, known_at: KnownAt) -> Response:
    """Return an article as it stands, or stood at `known_at`, and all that happened to it."""
    instant = known_instant(known_at)
    everything = service.log.article_history(article_id)
    history = [event for event in everything if event.was_known(instant)]
    if not history:
        raise ArticleNotFound(f"article {article_id!r} was not known then")
    redactions = redactions_in(everything)
    later = [it.originator_version for it in redactions if it.originator_version > history[-1].originator_version]
    etag = state_etag(request, history, later)
    return respond(request, article_out(history, redactions), etag)


@router.put(
    "/{article_id}",
    dependencies=[POSTS, Json],
    response_model=ArticleRecorded | ArticleUnderstood,
    response_description="Revised, no change, or a dry run.",
    responses={201: {"model": ArticleRecorded, "description": "Made."}},
)
def put_article(
    service: TheService,
    provenance: TheProvenance,
    article_id: NameInPath,
    article: RevisionIn,
    expects: TheExpectation,
    dry_run: DryPosting = False,
) -> Response:
    """Make an article say what its publisher says now: revise it, or record it if it is not there.

    Brings a retracted one back.
    """
    if article.id not in (None, article_id):
        detail = f"is {article.id}, but the path names {article_id}: leave it out"
        raise from_faults([Fault(("id",), "other-id", detail)])
    if not ARTICLE_ID.fullmatch(article_id):
        raise ArticleNotFound(f"there is no article {article_id!r}, and can be none: an id is {ARTICLE_ID_RULE}")
    sent = article.model_copy(update={"id": article_id})
    command = parse_article(sent, service.log.directory(), provenance)
    rule = PostingRule(OnConflict.RESTORE, article.reason, expects)
    return _previewed(service, command, rule) if dry_run else answer_posted(_posted(service, command, rule))


@router.delete("/{article_id}", dependencies=[POSTS])
def delete_article(
    service: TheService,
    provenance: TheProvenance,
    article_id: NameInPath,
    reason: TheReason,
    expects: TheExpectation,
) -> Recorded:
    """Retract an article with all it reported. It stays in the log, and in what was known before."""
    return _changed(service, service.log.retract_article(RetractArticle(article_id, reason, provenance), expects))


@router.put("/{article_id}/events/{number}", dependencies=[POSTS, Json])
def put_event(
    service: TheService,
    provenance: TheProvenance,
    article_id: NameInPath,
    number: WholeNumber,
    correction: CorrectionIn,
    expects: TheExpectation,
) -> Recorded:
    """Correct one reported event. `If-Match` names a state of its article."""
    report = parse_report(correction.event, service.log.directory(), at=("event",))
    try:
        outcome = service.log.correct_report(
            CorrectReport(article_id, number, report, correction.reason, provenance), expects
        )
    except InvalidFacts as error:
        raise InvalidFacts([replace(fault, path=("event", *fault.path)) for fault in error.faults]) from None
    left_out = tuple(("event", *path) for path in outcome.left_out)
    return _changed(service, structs.replace(outcome, left_out=left_out))


@router.delete("/{article_id}/events/{number}", dependencies=[POSTS])
def delete_event(
    service: TheService,
    provenance: TheProvenance,
    article_id: NameInPath,
    number: WholeNumber,
    reason: TheReason,
    expects: TheExpectation,
) -> Recorded:
    """Retract one reported event. `If-Match` names a state of its article."""
    command = RetractReport(article_id, number, reason, provenance)
    return _changed(service, service.log.retract_report(command, expects))


def _changed(service: Service, outcome: Outcome) -> Recorded:
    if outcome.changed:
        service.wake.set()
    return recorded_out(outcome)
