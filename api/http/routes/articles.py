"""Articles: post, revise, correct, retract; read one with its history, or list them."""

import json
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from msgspec import structs

from api.http.batch import post_batch, read_results
from api.http.etags import conditional_etag, conditional_read
from api.http.middleware.response_cache import CachedRoute
from api.http.pagination import make_cursor, read_cursor
from api.http.parameters import (
    Cursor,
    Formatted,
    KnownAt,
    Limit,
    TheProvenance,
    TheReason,
    TheService,
    Waited,
    require_json,
    require_media_type,
)
from api.http.problems import from_faults
from api.http.responses import ANSWERS, MEDIA_TYPES, AnswerFormat, respond
from api.http.schemas.articles import (
    ArticleOut,
    ArticleSummary,
    StandingReport,
    Understood,
    article_out,
    article_summary,
)
from api.http.schemas.common import Listed, known_instant
from api.http.schemas.recorded import BatchResult, Recorded, recorded_out
from api.http.scopes import POSTS, READS
from api.parsing.articles import as_sent, parse_article, parse_report
from api.parsing.requests import EXAMPLE, ArticleIn, CorrectionIn, RevisionIn
from api.running.service import Service
from domain.articles import CorrectReport, PostArticle, RetractArticle, RetractReport, ReviseArticle
from domain.errors import ArticleNotFound, Fault, InvalidFacts
from domain.log.article_log import Outcome
from domain.redactions import redactions_in
from projections.queries.articles import list_articles

router = APIRouter(route_class=CachedRoute, prefix="/v1/articles", tags=["articles"])

BATCH_PATH = "/v1/articles/batch"
_NDJSON = MEDIA_TYPES[AnswerFormat.NDJSON]
Json = Depends(require_json)

_BATCH_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "An article a line, each as for `POST /v1/articles`.",
        "content": {_NDJSON: {"schema": {"type": "string", "examples": [json.dumps(EXAMPLE) + "\n"]}}},
    }
}


@router.post(
    "",
    status_code=201,
    dependencies=[POSTS, Json],
    response_model=Recorded,
    responses={
        200: {"model": Recorded | Understood, "description": "Recorded already, or a dry run."},
        201: {"description": "Recorded."},
    },
)
def post_article(
    service: TheService,
    provenance: TheProvenance,
    article: ArticleIn,
    dry_run: Annotated[
        bool, Query(description="Answer how the article is understood, and record nothing.")
    ] = False,
) -> Recorded | Response:
    """Record an article with the events it reports. The same again is no change."""
    command = parse_article(article, service.log.directory(), provenance)
    if dry_run:
        return Response(
            _dry_run_answer(service, command).model_dump_json(), media_type=MEDIA_TYPES[AnswerFormat.JSON]
        )
    outcome = service.log.post_article(command)
    if outcome.changed:
        service.wake.set()
    return Response(
        recorded_out(outcome).model_dump_json(),
        status_code=201 if outcome.changed else 200,
        headers={"Location": f"/v1/articles/{outcome.id}"},
        media_type=MEDIA_TYPES[AnswerFormat.JSON],
    )


def _dry_run_answer(service: Service, command: PostArticle) -> Understood:
    """Return the article as it would be recorded. Raises `InvalidFacts` as recording it would."""
    article = service.log.preview_article(command)
    header = command.header
    return Understood(
        id=command.article_id,
        dry_run=True,
        url=header.url,
        headline=header.headline,
        publisher=header.publisher,
        published=header.published,
        language=header.language,
        events=[StandingReport(number=n, event=dict(as_sent(report))) for n, report in article.reports.items()],
    )


@router.post(
    "/batch",
    dependencies=[POSTS],
    response_class=StreamingResponse,
    response_model=BatchResult,
    response_description="A result a line.",
    responses={200: {"content": {_NDJSON: {"schema": {"$ref": "#/components/schemas/BatchResult"}}}}},
    openapi_extra=_BATCH_BODY,
)
async def post_articles(request: Request, service: TheService, provenance: TheProvenance) -> StreamingResponse:
    """Record many articles, one a line. Each line succeeds or fails alone, and the answer says which."""
    require_media_type(request, _NDJSON, "application/ndjson", "application/jsonl")
    request_id = request.state.request_id
    answered = request.app.state.metrics.line_answered
    results = await post_batch(service, request.stream(), provenance.recorded_by, request_id, answered)
    return StreamingResponse(read_results(results), media_type=_NDJSON)


@router.get("", response_model=Listed[ArticleSummary], dependencies=[READS, Waited, Formatted], responses=ANSWERS)
def get_articles(request: Request, service: TheService, limit: Limit = 100, cursor: Cursor = None) -> Response:
    """List the articles, the latest recorded first."""
    before = read_cursor("articles", cursor, int)[0] if cursor else None
    with conditional_read(request, service) as (connection, snapshot, etag):
        found = list_articles(connection, before, limit + 1)
    page = found[:limit]
    following = make_cursor("articles", page[-1][0]) if len(found) > limit else None
    items = [article_summary(entry) for _, entry in page]
    answer = Listed[ArticleSummary](items=items, next=following, position=snapshot.position)
    return respond(request, answer, etag, items, following)


@router.get("/{article_id}", response_model=ArticleOut, dependencies=[READS, Formatted], responses=ANSWERS)
def get_article(request: Request, service: TheService, article_id: str, known_at: KnownAt) -> Response:
    """Return an article as it stands, or stood at `known_at`, and all that happened to it."""
    instant = known_instant(known_at)
    everything = service.log.article_history(article_id)
    history = [event for event in everything if event.was_known(instant)]
    if not history:
        raise ArticleNotFound(f"article {article_id!r} was not known then")
    answer = article_out(history, redactions_in(everything))
    return respond(request, answer, conditional_etag(request, None, answer.model_dump_json()))


@router.put("/{article_id}", dependencies=[POSTS, Json])
def put_article(service: TheService, provenance: TheProvenance, article_id: str, article: RevisionIn) -> Recorded:
    """Revise an article: make it say what its publisher says now. Brings a retracted one back."""
    if article.id not in (None, article_id):
        detail = f"is {article.id}, but the path names {article_id}: leave it out"
        raise from_faults([Fault(("id",), "other-id", detail)])
    sent = article.model_copy(update={"id": article_id})
    command = parse_article(sent, service.log.directory(), provenance)
    outcome = service.log.revise_article(
        ReviseArticle(article_id, command.header, command.reports, article.reason, provenance)
    )
    return _changed(service, outcome)


@router.delete("/{article_id}", dependencies=[POSTS])
def delete_article(service: TheService, provenance: TheProvenance, article_id: str, reason: TheReason) -> Recorded:
    """Retract an article with all it reported. It stays in the log, and in what was known before."""
    return _changed(service, service.log.retract_article(RetractArticle(article_id, reason, provenance)))


@router.put("/{article_id}/events/{number}", dependencies=[POSTS, Json])
def put_event(
    service: TheService, provenance: TheProvenance, article_id: str, number: int, correction: CorrectionIn
) -> Recorded:
    """Correct one reported event."""
    report = parse_report(correction.event, service.log.directory(), at=("event",))
    try:
        outcome = service.log.correct_report(
            CorrectReport(article_id, number, report, correction.reason, provenance)
        )
    except InvalidFacts as error:
        raise InvalidFacts([replace(fault, path=("event", *fault.path)) for fault in error.faults]) from None
    left_out = tuple(("event", *path) for path in outcome.left_out)
    return _changed(service, structs.replace(outcome, left_out=left_out))


@router.delete("/{article_id}/events/{number}", dependencies=[POSTS])
def delete_event(
    service: TheService, provenance: TheProvenance, article_id: str, number: int, reason: TheReason
) -> Recorded:
    """Retract one reported event."""
    return _changed(service, service.log.retract_report(RetractReport(article_id, number, reason, provenance)))


def _changed(service: Service, outcome: Outcome) -> Recorded:
    if outcome.changed:
        service.wake.set()
    return recorded_out(outcome)
