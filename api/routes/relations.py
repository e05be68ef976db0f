"""Relations: how all pairs stand, how one stands, how that moved, and which incidents make it up."""

from enum import StrEnum
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Query, Request, Response

from api.cursors import make_cursor, read_cursor
from api.dependencies import (
    Cursor,
    Formatted,
    Limit,
    Snapshot,
    ThePair,
    TheQuestion,
    TheService,
    Waited,
    parse_day,
    read_snapshot,
    resolve_actor,
)
from api.formats import ANSWERS, etag_of, known_answer, respond
from api.problems import invalid_parameter
from api.representations import (
    IncidentList,
    OneRelationOut,
    RelationList,
    RelationOut,
    TensionSeries,
    incident_out,
    known_instant,
    point_out,
    relation_fields,
)
from api.ruling_representations import finder
from projections.catalogue import reportings
from projections.relations import (
    AllRelations,
    Interval,
    Question,
    TooManyPoints,
    agreements_in_force,
    contributions_at,
    relation_at,
    relations_at,
    series,
)
from projections.score import to_date, to_day
from projections.states import State

router = APIRouter(prefix="/v1/relations", tags=["relations"], dependencies=[Waited, Formatted], responses=ANSWERS)


class RelationSort(StrEnum):
    """In which order relations are listed; `-` is the highest first."""

    TENSION_FALLING = "-tension"
    TENSION = "tension"
    COOPERATION_FALLING = "-cooperation"
    COOPERATION = "cooperation"
    INCIDENTS_FALLING = "-incidents"
    INCIDENTS = "incidents"
    PAIR = "pair"


@router.get("", response_model=RelationList)
def get_relations(
    request: Request,
    service: TheService,
    question: TheQuestion,
    actor: Annotated[str | None, Query(max_length=200, description="Only pairs with this actor.")] = None,
    state: Annotated[list[State] | None, Query(description="Only pairs in one of these states.")] = None,
    min_tension: Annotated[float | None, Query(ge=0, le=100, description="Only pairs at least as tense.")] = None,
    sort: RelationSort = RelationSort.TENSION_FALLING,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """List how all pairs stand that anything bears on."""
    code = resolve_actor(service.log.directory(), "actor", actor) if actor is not None else None
    scope = f"relations {sort} {question.day} {question.known_at} {code} {state} {min_tension}"
    after = read_cursor(scope, cursor, float, str, str) if cursor else None
    with service.store.reading() as connection:
        snapshot = read_snapshot(connection)
        etag = _etag(request, snapshot, question)
        if answered := known_answer(request, etag):
            return answered
        found = relations_at(connection, question)
    known_at = _known_at(question, snapshot)
    ranked = _ranked(found, _chosen(found, code, state, min_tension), sort)
    if after is not None:
        ranked = [item for item in ranked if item[0] > after]
    page = ranked[:limit]
    items = [RelationOut(**relation_fields(found.relation(index), question.day, known_at)) for _, index in page]
    following = make_cursor(scope, *page[-1][0]) if len(ranked) > limit else None
    answer = RelationList(
        items=items,
        next=following,
        position=snapshot.position,
        as_of=to_date(question.day),
        known_at=known_instant(known_at),
        model=question.model.name,
    )
    return respond(request, answer, etag, items, following)


def _chosen(
    found: AllRelations, actor: str | None, states: list[State] | None, min_tension: float | None
) -> list[int]:
    chosen = np.ones(len(found), dtype=bool) if min_tension is None else found.tension >= min_tension
    return [
        int(index)
        for index in np.flatnonzero(chosen)
        if (actor is None or actor in found.pairs[index]) and (not states or found.states[index] in states)
    ]


def _ranked(found: AllRelations, chosen: list[int], sort: RelationSort) -> list[tuple[tuple[Any, ...], int]]:
    """Return (sort key, index) in order; the pair decides between equals."""
    sign = -1.0 if sort.startswith("-") else 1.0
    name = sort.removeprefix("-")
    values = np.zeros(len(found)) if sort is RelationSort.PAIR else getattr(found, name)
    return sorted(((float(sign * values[index]), *found.pairs[index]), index) for index in chosen)


@router.get("/{a}/{b}", response_model=OneRelationOut)
def get_relation(request: Request, service: TheService, pair: ThePair, question: TheQuestion) -> Response:
    """Return how two actors stand."""
    with service.store.reading() as connection:
        snapshot = read_snapshot(connection)
        etag = _etag(request, snapshot, question)
        if answered := known_answer(request, etag):
            return answered
        relation = relation_at(connection, pair, question)
        agreements = agreements_in_force(connection, pair, question)
    answer = OneRelationOut(
        **relation_fields(relation, question.day, _known_at(question, snapshot)),
        agreements_in_force=agreements,
        model=question.model.name,
        position=snapshot.position,
    )
    return respond(request, answer, etag)


@router.get("/{a}/{b}/tension", response_model=TensionSeries)
def get_tension(
    request: Request,
    service: TheService,
    pair: ThePair,
    question: TheQuestion,
    first: Annotated[
        str | None,
        Query(alias="from", max_length=40, description="First day; by default that of the first incident."),
    ] = None,
    last: Annotated[
        str | None, Query(alias="to", max_length=40, description="Last day; by default `as_of`.")
    ] = None,
    interval: Interval = Interval.DAY,
) -> Response:
    """Return how tense it was between two actors over time, a point at the end of each interval."""
    first_day = None if first is None else to_day(parse_day("from", first))
    last_day = question.day if last is None else to_day(parse_day("to", last))
    if first_day is not None and first_day > last_day:
        raise invalid_parameter("from", f"{to_date(first_day)} is after the last day, {to_date(last_day)}")
    with service.store.reading() as connection:
        snapshot = read_snapshot(connection)
        etag = _etag(request, snapshot, question)
        if answered := known_answer(request, etag):
            return answered
        try:
            points = series(connection, pair, first_day, last_day, interval, question.known_at, question.model)
        except TooManyPoints as error:
            raise invalid_parameter("from", str(error), "too-many-points") from None
    items = [point_out(point) for point in points]
    answer = TensionSeries(
        items=items,
        next=None,
        position=snapshot.position,
        pair=pair,
        interval=interval,
        known_at=known_instant(_known_at(question, snapshot)),
        model=question.model.name,
    )
    return respond(request, answer, etag, items)


@router.get("/{a}/{b}/incidents", response_model=IncidentList)
def get_incidents(
    request: Request,
    service: TheService,
    pair: ThePair,
    question: TheQuestion,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """Return the incidents that make up a relation, with their contributions and the articles that report them."""
    scope = f"incidents {pair} {question.day} {question.known_at} {question.model.name}"
    after = read_cursor(scope, cursor, int)[0] if cursor else 0
    with service.store.reading() as connection:
        snapshot = read_snapshot(connection)
        etag = _etag(request, snapshot, question)
        if answered := known_answer(request, etag):
            return answered
        standing = relation_at(connection, pair, question).standing
        found = contributions_at(connection, pair, question)
        page = found[after : after + limit]
        told = reportings(connection, (item.incident.id for item in page), question.known_at)
    ruling_on = finder(service.log.docket(), snapshot.position, known_instant(question.known_at))
    items = [incident_out(item, told.get(item.incident.id, ()), ruling_on) for item in page]
    following = make_cursor(scope, after + limit) if len(found) > after + limit else None
    answer = IncidentList(
        items=items,
        next=following,
        position=snapshot.position,
        pair=pair,
        as_of=to_date(question.day),
        known_at=known_instant(_known_at(question, snapshot)),
        tension=standing.tension,
        cooperation=standing.cooperation,
        model=question.model.name,
    )
    return respond(request, answer, etag, items, following)


def _etag(request: Request, snapshot: Snapshot, question: Question) -> str:
    return etag_of(request, snapshot.position, question.day, question.model.name)


def _known_at(question: Question, snapshot: Snapshot) -> int | None:
    """Return the record time of an answer: what was asked for, or that of the newest event."""
    return question.known_at if question.known_at is not None else snapshot.recorded
