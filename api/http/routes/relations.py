"""Relations: how all pairs stand, how one stands, and which incidents make it up."""

from collections.abc import Iterator, Set
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Depends, Query, Request, Response

from api.http.clash_risk import risk_fields, risk_model_of
from api.http.etags import conditional_read
from api.http.middleware.rationing import DEAR_IF_SUPPOSED, DEAR_IN_THE_PAST
from api.http.middleware.response_cache import CachedRoute
from api.http.pagination import make_cursor, question_scope, read_cursor
from api.http.parameters import (
    Cursor,
    Formatted,
    Limit,
    ThePair,
    TheQuestion,
    TheService,
    Waited,
    question_parts,
    resolve_actor,
)
from api.http.responses import ANSWERS, respond
from api.http.schemas.common import known_instant, time_fields
from api.http.schemas.decisions.rulings import finder
from api.http.schemas.incidents import IncidentList, incident_out
from api.http.schemas.models import model_fields
from api.http.schemas.relations import (
    OneRelationOut,
    RelationList,
    RelationOut,
    relation_fields,
)
from api.http.schemas.sentences.relation_summaries import RelationView, summary
from api.http.scopes import READS
from projections.queries.actors import region_codes
from projections.queries.articles import reports_by_incident
from projections.queries.context.ceasefires import ceasefires_among, load_ceasefires
from projections.queries.question import Question
from projections.queries.relation import agreements_in_force, contributions_at, relation_at
from projections.queries.relation_list import AllRelations, relations_at, relations_of, states_of
from projections.scoring.states import State

router = APIRouter(
    route_class=CachedRoute,
    prefix="/v1/relations",
    tags=["relations"],
    dependencies=[READS, Waited, Formatted],
    responses=ANSWERS,
)


class RelationSort(StrEnum):
    """In which order relations are listed; `-` is the highest first."""

    TENSION_FALLING = "-tension"
    TENSION = "tension"
    COOPERATION_FALLING = "-cooperation"
    COOPERATION = "cooperation"
    INCIDENTS_FALLING = "-incidents"
    INCIDENTS = "incidents"
    PAIR = "pair"


@dataclass(frozen=True)
class Selection:
    """Which relations are listed, and in which order."""

    actor: Annotated[str | None, Query(max_length=200, description="Only pairs with this actor.")] = None
    state: Annotated[list[State] | None, Query(description="Only pairs in one of these states.")] = None
    min_tension: Annotated[float | None, Query(ge=0, le=100, description="Only pairs at least as tense.")] = None
    sort: RelationSort = RelationSort.TENSION_FALLING
    regions: Annotated[
        bool, Query(description="Also pairs with a region, as Europe; they are there if `actor` is one, too.")
    ] = False


@router.get("", response_model=RelationList, dependencies=[DEAR_IN_THE_PAST])
def get_relations(
    request: Request,
    service: TheService,
    question: TheQuestion,
    selection: Annotated[Selection, Depends()],
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """List how all pairs stand that have an incident, a spill-over or a tie between the two."""
    actor, state, min_tension, sort = selection.actor, selection.state, selection.min_tension, selection.sort
    code = resolve_actor(service.log.directory(), "actor", actor) if actor is not None else None
    scope = f"relations {sort} {question_scope(question)} {code} {state} {min_tension} {selection.regions}"
    after = read_cursor(scope, cursor, float, str, str) if cursor else None
    with conditional_read(request, service, *_parts(request, question)) as (connection, snapshot, etag):
        found = relations_at(connection, question, partial(service.incident_cache.at, mark=snapshot.mark))
        hidden = frozenset() if selection.regions else region_codes(connection)
        chosen, states = _chosen(found, code, min_tension, frozenset() if code in hidden else hidden), None
        if state:
            states = states_of(connection, found, chosen, question)
            chosen = [index for index in chosen if states.runs[index][0] in state]
        ranked = _ranked(found, chosen, sort, after, limit + 1)
        page = ranked[:limit]
        indices = [index for _, index in page]
        shown = relations_of(connection, found, indices, question, states)
        ceasefires = load_ceasefires(connection, [relation.pair for relation in shown], question)
    risk_model = risk_model_of(request)
    answered = question.answered_by(snapshot.recorded)
    items = [
        RelationOut(
            **relation_fields(relation, answered, ceasefires.get(relation.pair, ())),
            **risk_fields(risk_model, relation),
        )
        for relation in shown
    ]
    following = make_cursor(scope, *page[-1][0]) if len(ranked) > limit else None
    answer = RelationList(
        items=items,
        next=following,
        position=snapshot.position,
        **time_fields(answered),
        **model_fields(question),
    )
    return respond(request, answer, etag, items, following)


def _chosen(found: AllRelations, actor: str | None, min_tension: float | None, hidden: Set[str]) -> list[int]:
    chosen = np.ones(len(found), dtype=bool) if min_tension is None else found.tension >= min_tension
    indices: list[int] = np.flatnonzero(chosen).tolist()
    if hidden:
        pairs = found.pairs
        indices = [index for index in indices if pairs[index][0] not in hidden and pairs[index][1] not in hidden]
    return indices if actor is None else [index for index in indices if actor in found.pairs[index]]


def _ranked(
    found: AllRelations, chosen: list[int], sort: RelationSort, after: tuple[Any, ...] | None, limit: int
) -> list[tuple[tuple[Any, ...], int]]:
    """Return (sort key, index) of the first behind a key, in order; the pair decides between equals."""
    sign = -1.0 if sort.startswith("-") else 1.0
    values = np.zeros(len(found)) if sort is RelationSort.PAIR else getattr(found, sort.removeprefix("-"))
    indices = np.array(chosen, dtype=np.int64)
    keys = (sign * values[indices]).astype(np.float64)
    if after is not None:
        behind = keys > after[0]
        equal = np.flatnonzero(keys == after[0])
        behind[equal] = [found.pairs[index] > after[1:] for index in indices[equal]]
        indices, keys = indices[behind], keys[behind]
    if len(keys) > limit:  # of thousands a page is shown: only what may be on it is put in order
        first = keys <= np.partition(keys, limit - 1)[limit - 1]
        indices, keys = indices[first], keys[first]
    pairs = zip(keys.tolist(), indices.tolist(), strict=True)
    return sorted(((key, *found.pairs[index]), index) for key, index in pairs)[:limit]


@router.get("/{a}/{b}", response_model=OneRelationOut, dependencies=[DEAR_IF_SUPPOSED])
def get_relation(request: Request, service: TheService, pair: ThePair, question: TheQuestion) -> Response:
    """Return how two actors stand."""
    with conditional_read(request, service, *_parts(request, question)) as (connection, snapshot, etag):
        relation = relation_at(connection, pair, question)
        agreements = agreements_in_force(connection, pair, question)
    answer = OneRelationOut(
        **relation_fields(
            relation,
            question.answered_by(snapshot.recorded),
            ceasefires_among(agreements),
        ),
        **risk_fields(risk_model_of(request), relation),
        agreements_in_force=[each.entry.agreement for each in agreements],
        summary=summary(RelationView(relation, question, agreements, service.log.directory().names)),
        **model_fields(question),
        position=snapshot.position,
    )
    return respond(request, answer, etag)


@router.get("/{a}/{b}/incidents", response_model=IncidentList, dependencies=[DEAR_IF_SUPPOSED])
def get_incidents(
    request: Request,
    service: TheService,
    pair: ThePair,
    question: TheQuestion,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """Return the incidents that make up a relation, with their contributions and the articles that report them."""
    scope = f"incidents {pair} {question_scope(question)}"
    after = read_cursor(scope, cursor, int)[0] if cursor else 0
    with conditional_read(request, service, *_parts(request, question)) as (connection, snapshot, etag):
        scores, found = contributions_at(connection, pair, question)
        page = found[after : after + limit]
        reports = reports_by_incident(connection, (item.incident.id for item in page), question)
    ruling_on = finder(service.log.ruling_register(), snapshot.position, known_instant(question.known_at))
    items = [incident_out(item, reports.get(item.incident.id, ()), ruling_on) for item in page]
    following = make_cursor(scope, after + limit) if len(found) > after + limit else None
    answer = IncidentList(
        items=items,
        next=following,
        position=snapshot.position,
        pair=pair,
        **time_fields(question.answered_by(snapshot.recorded)),
        tension=scores.tension,
        cooperation=scores.cooperation,
        **model_fields(question),
    )
    return respond(request, answer, etag, items, following)


def _parts(request: Request, question: Question) -> Iterator[object]:
    """Yield what an answer depends on beside the projections."""
    yield from question_parts(question)
    yield risk_model_of(request).name  # another one answers otherwise
