"""Articles: post, revise, correct, retract; read one with its history, or list them."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Annotated, Literal

from anyio import from_thread
from fastapi import APIRouter, Depends, Query, Request, Response
from msgspec import structs

from api.http.etags import ConditionalRead, TheExpectation, conditional_read, state_etag
from api.http.formats.negotiation import (
    MEDIA_TYPES,
    AnswerFormat,
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
    require_json,
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
    Recorded,
    article_understood,
    recorded_out,
)
from api.http.scopes import POSTS, READS
from api.http.waiting import reach_position
from api.parsing.articles import parse_article, parse_report
from api.parsing.requests import ARTICLE_ID, ARTICLE_ID_RULE, ArticleIn, CorrectionIn, RevisionIn
from api.parsing.whole_numbers import WholeNumber
from api.running.service import Service
from domain.articles import CorrectReport, PostArticle, RetractArticle, RetractReport
from domain.errors import ArticleNotFound, Fault, InvalidFacts
from domain.log.article_log import Outcome
from domain.posting import OnConflict, PostingRule
from domain.redactions import redactions_in
from projections.queries.articles import latest_articles
from projections.storage.reading.tables_state import read_position
from projections.suggestions.load_suggestions import suggestions_for, unrecorded

router = APIRouter(route_class=CachedRoute, prefix="/v1/articles", tags=["articles"])
posting = APIRouter(route_class=KnownPostRoute, prefix="/v1/articles", tags=["articles"])
Json = Depends(require_json)


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
