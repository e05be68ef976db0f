"""Suggestions: incidents that may be one, with the ruling that would link them. Nothing is merged without it."""

from fastapi import APIRouter, Request, Response

from api.http.etags import ConditionalRead, conditional_read
from api.http.formats.whole_lists import MOST_ITEMS, most_items
from api.http.middleware.rationing import DEAR
from api.http.middleware.response_cache import CachedRoute
from api.http.pagination import LimitOrAll, make_cursor, read_cursor
from api.http.parameters import Cursor, Formatted, ThePair, TheService, Waited
from api.http.responses import ANSWERS, respond
from api.http.schemas.decisions.rulings import finder
from api.http.schemas.decisions.suggestions import SuggestionList, suggestion_out
from api.http.scopes import READS
from api.running.service import Service
from projections.pairs import Pair
from projections.suggestions.load_suggestions import Start, suggestions_from

router = APIRouter(
    route_class=CachedRoute,
    tags=["rulings"],
    dependencies=[READS, Waited, Formatted, DEAR],
    responses=ANSWERS,
)


@router.get("/v1/incidents/suggestions", response_model=SuggestionList)
def list_suggestions(
    request: Request, service: TheService, limit: LimitOrAll = 100, cursor: Cursor = None
) -> Response:
    """List incidents that may be one, of all pairs, with the ruling that would link them.

    A page looks at a bounded part of the log: it may be short, or empty, while `next` says that there is more.
    """
    return _answer(request, service, None, limit, cursor)


@router.get("/v1/relations/{a}/{b}/incidents/suggestions", response_model=SuggestionList)
def list_relation_suggestions(
    request: Request, service: TheService, pair: ThePair, limit: LimitOrAll = 100, cursor: Cursor = None
) -> Response:
    """List incidents of two actors that may be one, with the ruling that would link them."""
    return _answer(request, service, pair, limit, cursor)


def _answer(request: Request, service: Service, pair: Pair | None, limit: int, cursor: str | None) -> Response:
    most = most_items(request, limit)
    with conditional_read(request, service) as read:
        answer = suggested(service, read, pair, most, cursor)
        while most == MOST_ITEMS and answer.next is not None:
            more = suggested(service, read, pair, most, answer.next)
            answer = more.model_copy(update={"items": [*answer.items, *more.items]})
    return respond(request, answer, read.etag, answer.items, answer.next)


def suggested(
    service: Service, read: ConditionalRead, pair: Pair | None, limit: int, cursor: str | None
) -> SuggestionList:
    """Return a page of suggestions, of all pairs or of one. Raises `Problem` (422)."""
    scope = f"suggestions {pair}"
    start = Start(*read_cursor(scope, cursor, str, str, int)) if cursor else Start(*(pair or ()))
    found = suggestions_from(read.connection, start, limit, pair)
    ruling_on = finder(service.log.ruling_register(), read.snapshot.position, None)
    return SuggestionList(
        items=[suggestion_out(suggestion, ruling_on) for suggestion in found.suggestions],
        next=make_cursor(scope, *found.following) if found.following else None,
        position=read.snapshot.position,
    )
