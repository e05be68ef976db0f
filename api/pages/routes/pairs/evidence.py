"""The complete evidence behind a point of a pair's curve: what adds up to it, and every report of it."""

from collections.abc import Sequence
from typing import Final

from fastapi import APIRouter, Request, Response

from api.http.etags import conditional_read
from api.http.middleware.rationing import DEAR_IF_SUPPOSED
from api.http.middleware.response_cache import CachedRoute
from api.http.pagination import make_cursor, read_cursor
from api.http.parameters import (
    MAX_LIMIT,
    Cursor,
    Limit,
    ThePair,
    TheQuestion,
    TheService,
    Waited,
    question_parts,
)
from api.http.routes.relations import incidents_scope
from api.http.schemas.common import known_instant
from api.http.schemas.decisions.rulings import finder
from api.http.schemas.incidents import incident_out
from api.http.schemas.sentences.explanation_sentences import sentence
from api.http.scopes import READS
from api.pages.page_parameters import CHECKED
from api.pages.rendering import page_parts, render_page
from api.pages.views.evidence import DataPart, evidence_sums
from api.pages.views.question_links import pair_path, permalink, question_query
from projections.pairs import Pair
from projections.queries.articles import reports_by_incident
from projections.queries.context.emptiness import why_empty
from projections.queries.explanations import explanation_until
from projections.queries.load_pairs import load_whole_pair
from projections.queries.question import Question
from projections.queries.relation import contributions_of
from projections.scoring.models import MODELS
from projections.scoring.pair_history import run_on
from projections.times import FIRST_DAY, to_date

router = APIRouter(
    route_class=CachedRoute,
    dependencies=[READS, Waited, CHECKED, DEAR_IF_SUPPOSED],
    include_in_schema=False,
)

_USUAL: Final = 100  # incidents of a page
_MOVED: Final = 5  # incidents that are named of each part of what moved since the day before


@router.get("/relations/{a}/{b}/incidents")
def get_evidence_page(
    request: Request,
    service: TheService,
    pair: ThePair,
    question: TheQuestion,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """Show the incidents that make up a relation on a day, with every report, and what moved on it."""
    scope = incidents_scope(pair, question)
    after = read_cursor(scope, cursor, int)[0] if cursor else 0
    parts = (*question_parts(question), *page_parts(request))
    with conditional_read(request, service, *parts) as (connection, snapshot, etag):
        loaded = load_whole_pair(connection, pair, question)
        contributions = contributions_of(loaded.history, question)
        before = max(question.day - 1, FIRST_DAY)
        moved = explanation_until(loaded.history, question, before, _MOVED) if before < question.day else None
        page = contributions[after : after + limit]
        reports = reports_by_incident(connection, (each.incident.id for each in page), question)
        empty = None if contributions else why_empty(connection, pair, question)
    answered = question.answered_by(snapshot.recorded)
    ruling_on = finder(service.log.ruling_register(), snapshot.position, known_instant(question.known_at))
    names = service.log.directory().names
    shown = {
        "pair": pair,
        "names": names,
        "address": pair_path(pair),
        "day": to_date(question.day),
        "before": to_date(before),
        "known_at": known_instant(answered.known_at),
        "question": question,
        "scores": loaded.history.scores_on(question.day, question.model),
        "state": run_on(question.day, loaded.history.runs(question.model))[0],
        "moved": moved,
        "moved_sentence": sentence(pair, answered._replace(day=before), answered, moved, names) if moved else None,
        "sums": evidence_sums(contributions, after, limit),
        "incidents": [incident_out(each, reports.get(each.incident.id, ()), ruling_on) for each in page],
        "first": after + 1,
        "previous": _cursor(scope, max(after - limit, 0)) if after else None,
        "following": _cursor(scope, after + limit) if len(contributions) > after + limit else None,
        "data_parts": _data_parts(request, pair, question, len(contributions)),
        "empty_because": empty,
        "as_of": to_date(question.day).isoformat(),
        "asked": request.query_params,
        "kept": [("limit", str(limit))] if limit != _USUAL else [],
        "of_question": question_query(request, as_of=to_date(question.day)),
        "models": list(MODELS),
        "permalink": permalink(request, answered),
        "position": snapshot.position,
    }
    return render_page(request, "pair_evidence.html", shown, etag)


def _cursor(scope: str, after: int) -> str:
    return make_cursor(scope, after) if after else ""


def _data_parts(request: Request, pair: Pair, question: Question, count: int) -> Sequence[DataPart]:
    """Return the queries under which all of the incidents can be had as data, so many at once as an answer has."""
    scope, found = incidents_scope(pair, question), []
    for start in range(0, max(count, 1), MAX_LIMIT):
        cursor = make_cursor(scope, start) if start else None
        query = question_query(request, as_of=to_date(question.day), limit=MAX_LIMIT, cursor=cursor)
        found.append(DataPart(start + 1, min(start + MAX_LIMIT, count), query))
    return found
