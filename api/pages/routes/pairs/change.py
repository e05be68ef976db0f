"""Why the tension of a pair changed, what its risk is made of, and which of its incidents may be one."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from api.http.clash_risk import risk_model_of
from api.http.etags import conditional_read
from api.http.middleware.rationing import DEAR
from api.http.middleware.response_cache import CachedRoute
from api.http.parameters import Cursor, Limit, ThePair, TheQuestion, TheService, Waited, question_parts
from api.http.routes.decisions.suggestions import suggested
from api.http.routes.explanations import Sides, explained, get_sides, risk_made_of
from api.http.schemas.explanations import ExplanationOut
from api.http.scopes import READS
from api.pages.page_parameters import CHECKED
from api.pages.rendering import page_parts, render_page
from api.pages.views.question_links import kept_parameters, pair_path, question_query
from projections.queries.context.emptiness import why_empty
from projections.times import to_date

router = APIRouter(
    route_class=CachedRoute,
    dependencies=[READS, Waited, CHECKED, DEAR],
    include_in_schema=False,
)


@router.get("/relations/{a}/{b}/explanation")
def get_explanation_page(
    request: Request,
    service: TheService,
    pair: ThePair,
    sides: Annotated[Sides, Depends(get_sides)],
    limit: Limit = 10,
) -> Response:
    """Show why the tension of a pair changed between two days, or two states of knowledge, or two models."""
    with conditional_read(request, service, *sides, *page_parts(request)) as read:
        explanation = explained(service, read, pair, sides, limit)
        empty = (
            None if explanation.items or _weighs(explanation) else why_empty(read.connection, pair, sides.after)
        )
    shown = {
        "pair": pair,
        "names": service.log.directory().names,
        "address": pair_path(pair),
        "explanation": explanation,
        "empty_because": empty,
        "limit": limit,
        "kept": kept_parameters(request, ("from", "to", "as_of")),
        "rest": question_query(request, as_of=None).replace("?", "&", 1),
    }
    return render_page(request, "pair_explanation.html", shown, read.etag)


def _weighs(explanation: ExplanationOut) -> bool:
    """Return whether anything counts for the two on either side."""
    sides = explanation.before, explanation.after
    return any(side.conflict_pressure or side.cooperation_pressure or side.spillover_pressure for side in sides)


@router.get("/relations/{a}/{b}/clash-risk")
def get_clash_risk_page(
    request: Request,
    service: TheService,
    pair: ThePair,
    question: TheQuestion,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """Show what the risk of a clash between two actors is made of."""
    parts = (risk_model_of(request).name, *question_parts(question), *page_parts(request))
    with conditional_read(request, service, *parts) as read:
        risk = risk_made_of(request, read, pair, question, limit, cursor)
        empty = why_empty(read.connection, pair, question) if risk.clash_risk is None else None
    shown = {
        "pair": pair,
        "names": service.log.directory().names,
        "address": pair_path(pair),
        "risk": risk,
        "empty_because": empty,
        "of_question": question_query(request, as_of=to_date(question.day)),
    }
    return render_page(request, "pair_risk.html", shown, read.etag)


@router.get("/relations/{a}/{b}/incidents/suggestions")
def get_suggestions_page(
    request: Request, service: TheService, pair: ThePair, limit: Limit = 100, cursor: Cursor = None
) -> Response:
    """Show incidents of two actors that may be one, with the ruling that would link them."""
    with conditional_read(request, service, *page_parts(request)) as read:
        found = suggested(service, read, pair, limit, cursor)
    shown = {
        "pair": pair,
        "names": service.log.directory().names,
        "address": pair_path(pair),
        "found": found,
    }
    return render_page(request, "pair_suggestions.html", shown, read.etag)
