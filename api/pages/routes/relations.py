"""The overview, the list of all relations, and the way to a pair by two names."""

from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.http.etags import conditional_read
from api.http.middleware.rationing import DEAR_IN_THE_PAST
from api.http.middleware.response_cache import CachedRoute
from api.http.parameters import (
    Cursor,
    TheQuestion,
    TheService,
    Waited,
    pair_in,
    question_parts,
    resolve_actor,
)
from api.http.problems import Problem, ProblemError
from api.http.responses import note_history, noting_history
from api.http.routes.relations import RelationSort, Selection, select_page
from api.http.scopes import READS
from api.pages.page_parameters import CHECKED
from api.pages.rendering import page_parts, render_page
from api.pages.views.overview import view_overview
from api.pages.views.question_links import ASKED, kept_parameters, pair_path, question_query
from api.pages.views.relation_table import relation_table
from api.parsing.whole_numbers import WholeNumber
from domain.actor_directory import ActorDirectory
from domain.standards.regions import Region
from projections.queries.context.emptiness import later_start
from projections.queries.overview.pair_columns import columns_behind
from projections.queries.overview.relation_rows import relation_rows
from projections.scoring.states import State
from projections.times import to_date

router = APIRouter(route_class=CachedRoute, dependencies=[READS, Waited, CHECKED], include_in_schema=False)

MOST_ROWS: Final = 500
_SIZES: Final = (50, 100, 250, MOST_ROWS)
#: The parameters of a question that the form of the list has no fields for.
_NOT_IN_FORM: Final = frozenset(ASKED) - {"as_of"}


@router.get("/", dependencies=[DEAR_IN_THE_PAST])
def get_overview_page(request: Request, service: TheService, question: TheQuestion) -> Response:
    """Show what matters on a day: the most tense pairs, what moved, what is under strain, what is new."""
    parts = (*question_parts(question), *page_parts(request))
    names = service.log.directory().names
    with conditional_read(request, service, *parts) as (connection, snapshot, etag):
        answered = question.answered_by(snapshot.recorded)
        read_columns = noting_history(request, service.incident_cache)
        view = view_overview(connection, question, answered, read_columns, names)
    shown = {
        "view": view,
        "names": names,
        "asked": question_query(request),
        "kept": kept_parameters(request, ("as_of",)),
        "asked_pairs": kept_parameters(request, ()),
        "model": question.model.name,
        "position": snapshot.position,
        "regions": list(Region),
        "states": list(State),
    }
    return render_page(request, "overview.html", shown, etag)


@router.get("/relations", dependencies=[DEAR_IN_THE_PAST])
def get_relations_page(
    request: Request,
    service: TheService,
    question: TheQuestion,
    selection: Annotated[Selection, Depends()],
    limit: Annotated[WholeNumber, Query(ge=1, le=MOST_ROWS)] = 100,
    cursor: Cursor = None,
) -> Response:
    """Show how all pairs stand, or some, in an order."""
    parts = (*question_parts(question), *page_parts(request))
    names = service.log.directory().names
    with conditional_read(request, service, *parts) as read:
        in_memory = service.incident_cache.near(read.connection) is not None
        page = select_page(read, service, question, selection, limit, cursor, from_incidents=in_memory)
        read_columns = noting_history(request, service.incident_cache)
        note_history(request, page.found.history)
        shown_pairs = [page.found.pairs[index] for index in page.indices]
        columns = columns_behind(read.connection, page.found, read_columns, shown_pairs)
        rows = relation_rows(read.connection, page.found, page.indices, columns, question, page.states)
        starts = None if rows else later_start(read.connection, question)
    shown = {
        "pairs": relation_table(rows, names),
        "number": page.number,
        "starts": starts,
        "next": page.following,
        "selection": selection,
        "limit": limit,
        "sizes": _SIZES,
        "sorts": list(RelationSort),
        "states": list(State),
        "regions": list(Region),
        "day": to_date(question.day),
        "asked": question_query(request),
        "kept": [each for each in request.query_params.multi_items() if each[0] in _NOT_IN_FORM],
        "is_first": cursor is None,
        "model": question.model.name,
        "position": read.snapshot.position,
    }
    return render_page(request, "relations.html", shown, etag=read.etag)


@router.get("/pair")
def get_pair_page(
    request: Request,
    service: TheService,
    a: Annotated[str, Query(max_length=200)] = "",
    b: Annotated[str, Query(max_length=200)] = "",
    as_of: Annotated[str | None, Query(max_length=40)] = None,
) -> Response:
    """Lead to the page of the two actors that two names mean; where one means none, say which may be meant."""
    directory = service.log.directory()
    errors = [error for name, text in (("a", a), ("b", b)) for error in _errors(directory, name, text)]
    if not errors:
        try:
            pair = pair_in(directory, a, b)
        except Problem as problem:  # the two are one
            errors = problem.details.errors or []
        else:
            query = f"?{urlencode({'as_of': as_of})}" if as_of else ""
            return RedirectResponse(f"{pair_path(pair)}{query}", 303, {"Cache-Control": "no-store"})
    shown = {"a": a, "b": b, "as_of": as_of, "errors": errors, "names": directory.names}
    return render_page(request, "pair_box.html", shown, None, 404)


def _errors(directory: ActorDirectory, parameter: str, text: str) -> list[ProblemError]:
    """Return what is wrong with the name of an actor, if anything is."""
    try:
        resolve_actor(directory, parameter, text)
    except Problem as problem:
        return problem.details.errors or []
    return []
