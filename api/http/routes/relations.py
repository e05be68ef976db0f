"""Relations: how all pairs stand, how one stands, and which incidents make it up."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Depends, Query, Request, Response

from api.http.clash_risk import risk_fields, risk_model_of
from api.http.etags import ConditionalRead, conditional_etag, conditional_read
from api.http.fast_path.glances import Glances
from api.http.formats.columns import Column
from api.http.formats.geojson import Features
from api.http.formats.spool import in_slices
from api.http.formats.whole_lists import AT_ONCE, WholeRead, asks_for_whole, respond_whole
from api.http.middleware.rationing import DEAR_IF_SUPPOSED, DEAR_IN_THE_PAST, run_glancing
from api.http.middleware.response_cache import CachedRoute
from api.http.pagination import LimitOrAll, make_cursor, question_scope, read_cursor
from api.http.parameters import (
    Cursor,
    Formatted,
    ThePair,
    TheQuestion,
    TheService,
    Waited,
    question_parts,
    resolve_actor,
    service_of,
)
from api.http.responses import ANSWERS, ANSWERS_WITH_PLACES, note_history, respond
from api.http.routes.incidents import written_places
from api.http.schemas.common import known_instant, time_fields
from api.http.schemas.decisions.rulings import finder
from api.http.schemas.incident_tables.incident_features import incident_features
from api.http.schemas.incidents import IncidentList, IncidentOut, incident_out
from api.http.schemas.models import about_fields, cited_position, model_fields
from api.http.schemas.relations import (
    OneRelationOut,
    RelationList,
    RelationOut,
    relation_fields,
)
from api.http.schemas.sentences.relation_summaries import RelationView, summary
from api.http.scopes import READS
from api.running.service import Service
from domain.actor_directory import ActorDirectory
from domain.standards.regions import COUNTRIES, Region
from domain.standards.text import comparable
from projections.pairs import Pair
from projections.queries.actors import region_codes
from projections.queries.agreements import AgreementHistory, agreements_naming
from projections.queries.articles import reports_by_incident
from projections.queries.context.ceasefires import ceasefires_among, load_ceasefires
from projections.queries.context.emptiness import EmptyBecause, why_empty
from projections.queries.overview.selection import PairConditions, chosen_relations, ranked_relations
from projections.queries.question import Question
from projections.queries.relation import (
    Relation,
    agreements_in_force,
    contribution_page,
    contributions_at,
    relation_at,
    relation_at_a_glance,
)
from projections.queries.relation_list import AllRelations, States, relations_of, states_of
from projections.scoring.states import State
from projections.storage.database_errors import DATABASE_ERRORS
from projections.storage.reading.snapshot import Snapshot

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
    q: Annotated[
        str | None,
        Query(
            max_length=200,
            description="Only pairs with these words in codes or names: each word in those of one of the two.",
            examples=["syria turk"],
        ),
    ] = None
    region: Annotated[
        Region | None,
        Query(description="Only pairs of which one is a country in this region of the standard M49."),
    ] = None

    def conditions(self, directory: ActorDirectory, regions: frozenset[str]) -> PairConditions:
        """Return what pairs have to be, but for their states. Raises `Problem` (422)."""
        code = resolve_actor(directory, "actor", self.actor) if self.actor is not None else None
        words = [] if self.q is None else [directory.codes_with(word) for word in comparable(self.q).split()]
        return PairConditions(
            actor=code,
            region=None if self.region is None else COUNTRIES[self.region],
            words=words if words or self.q is None else [frozenset()],
            min_tension=self.min_tension,
            hidden=frozenset() if self.regions or code in regions else regions,
        )

    def scope(self, question: Question, code: str | None) -> str:
        """Return what a cursor belongs to; `code` is that of the actor."""
        asked = f"relations {self.sort} {question_scope(question)} {code} {self.state} {self.min_tension}"
        more = f" {self.q!r} {self.region}" if self.q is not None or self.region is not None else ""
        return f"{asked} {self.regions}{more}"


class RelationPage(NamedTuple):
    """A page of the list: all relations, which of them it shows, how many there are, and where the next begins."""

    found: AllRelations
    indices: list[int]
    states: States | None
    number: int
    following: str | None


def select_page(
    read: ConditionalRead,
    service: Service,
    question: Question,
    selection: Selection,
    limit: int,
    cursor: str | None,
    *,
    from_incidents: bool = False,
) -> RelationPage:
    """Return the page of the list of relations that a cursor begins. Raises `Problem` (422).

    `from_incidents` is that of `relations_at`.
    """
    directory = service.log.directory()
    conditions = selection.conditions(directory, region_codes(read.connection))
    scope = selection.scope(question, conditions.actor)
    after = read_cursor(scope, cursor, float, str, str) if cursor else None
    cache = service.relations_cache
    found = cache.at(read.connection, read.snapshot.mark, question, from_incidents=from_incidents)
    chosen, states = chosen_relations(found, conditions), None
    if selection.state:
        indices = chosen.tolist()
        states = states_of(read.connection, found, indices, question)
        chosen = chosen[[states.runs[index][0] in selection.state for index in indices]]
    ranked = ranked_relations(found, chosen, selection.sort, after, limit + 1)
    page = ranked[:limit]
    following = make_cursor(scope, *page[-1][0]) if len(ranked) > limit else None
    return RelationPage(found, [index for _, index in page], states, len(chosen), following)


@router.get("", response_model=RelationList, dependencies=[DEAR_IN_THE_PAST])
def list_relations(
    request: Request,
    service: TheService,
    question: TheQuestion,
    selection: Annotated[Selection, Depends()],
    limit: LimitOrAll = 100,
    cursor: Cursor = None,
) -> Response:
    """List how all pairs stand that have an incident, a spill-over or a tie between the two."""
    if asks_for_whole(request):
        reading = partial(conditional_read, request, service, *_parts(request, question))
        whole = partial(_all_relations, request, service, question, selection)
        return respond_whole(request, reading, RelationOut, whole)
    with conditional_read(request, service, *_parts(request, question)) as read:
        page = select_page(read, service, question, selection, limit, cursor)
        note_history(request, page.found.history)
        items = _relations_out(request, read, page, page.indices, question)
    answered = question.answered_by(read.snapshot.recorded)
    answer = RelationList(
        items=items,
        next=page.following,
        position=read.snapshot.position,
        **time_fields(answered),
        **model_fields(question),
    )
    return respond(request, answer, read.etag, items, page.following)


def _relations_out(
    request: Request, read: ConditionalRead, page: RelationPage, indices: Sequence[int], question: Question
) -> list[RelationOut]:
    """Represent some of the relations of a page."""
    shown = relations_of(read.connection, page.found, indices, question, page.states)
    ceasefires = load_ceasefires(read.connection, [relation.pair for relation in shown], question)
    risk_model, answered = risk_model_of(request), question.answered_by(read.snapshot.recorded)
    return [
        RelationOut(
            **relation_fields(relation, answered, ceasefires.get(relation.pair, ())),
            **risk_fields(risk_model, relation),
        )
        for relation in shown
    ]


def _all_relations(
    request: Request,
    service: Service,
    question: Question,
    selection: Selection,
    read: ConditionalRead,
    _columns: Sequence[Column] | None,
) -> WholeRead:
    """Return all relations that are selected."""
    page = select_page(read, service, question, selection, sys.maxsize - 1, None)
    note_history(request, page.found.history)
    slices = in_slices(page.indices, AT_ONCE)
    pieces = (_relations_out(request, read, page, some, question) for some in slices)
    return WholeRead(about_fields(question, read.snapshot), pieces)


@router.get("/{a}/{b}", response_model=OneRelationOut, dependencies=[DEAR_IF_SUPPOSED])
async def get_relation(request: Request, service: TheService, pair: ThePair, question: TheQuestion) -> Response:
    """Return how two actors stand."""
    of_request = (request, service, pair, question)
    return await run_glancing(partial(_glance_at_relation, *of_request), partial(_read_relation, *of_request))


def _read_relation(request: Request, service: Service, pair: Pair, question: Question) -> Response:
    with conditional_read(request, service, *_parts(request, question)) as (connection, snapshot, etag):
        relation = relation_at(connection, pair, question)
        agreements = agreements_in_force(connection, pair, question)
        empty = why_empty(connection, pair, question) if relation.is_empty else None
    answer = one_relation_out(request, relation, question, agreements, snapshot, empty)
    return respond(request, answer, etag)


def _glance_at_relation(request: Request, service: Service, pair: Pair, question: Question) -> Response | None:
    """Return the same answer if it takes little time and waits for nobody, or else None."""
    glances: Glances = request.app.state.glances
    with suppress(*DATABASE_ERRORS), glances.glancing() as (connection, snapshot):
        etag = conditional_etag(request, snapshot, *_parts(request, question))
        if service.log.directory_if_seen(snapshot.position) is None or agreements_naming(connection, pair):
            return None
        if (relation := relation_at_a_glance(connection, pair, question)) is None:
            return None
        empty = why_empty(connection, pair, question) if relation.is_empty else None
        answer = one_relation_out(request, relation, question, (), snapshot, empty)
        return respond(request, answer, etag)
    return None


def one_relation_out(
    request: Request,
    relation: Relation,
    question: Question,
    agreements: Sequence[AgreementHistory],
    snapshot: Snapshot,
    empty: EmptyBecause | None,
) -> OneRelationOut:
    """Represent one relation, with the agreements in force between the two. `empty` says why it holds nothing."""
    log = service_of(request).log
    names = log.directory_reaching(snapshot.position).names
    return OneRelationOut(
        **relation_fields(relation, question.answered_by(snapshot.recorded), ceasefires_among(agreements)),
        **risk_fields(risk_model_of(request), relation),
        agreements_in_force=[each.entry.agreement for each in agreements],
        summary=summary(RelationView(relation, question, agreements, names)),
        empty_because=empty,
        **model_fields(question),
        position=snapshot.position,
        cited_position=cited_position(log, question, snapshot),
    )


@router.get(
    "/{a}/{b}/incidents",
    response_model=IncidentList,
    dependencies=[DEAR_IF_SUPPOSED],
    responses=ANSWERS_WITH_PLACES,
)
def list_relation_incidents(
    request: Request,
    service: TheService,
    pair: ThePair,
    question: TheQuestion,
    limit: LimitOrAll = 100,
    cursor: Cursor = None,
) -> Response:
    """Return the incidents that make up a relation, with their contributions and the articles that report them."""
    if asks_for_whole(request):
        reading = partial(conditional_read, request, service, *_parts(request, question))
        whole = partial(_all_incidents, service, pair, question)
        return respond_whole(request, reading, IncidentOut, whole, partial(_features, pair, question))
    scope = incidents_scope(pair, question)
    after = read_cursor(scope, cursor, int)[0] if cursor else 0
    with conditional_read(request, service, *_parts(request, question)) as (connection, snapshot, etag):
        scores, page, total = contribution_page(connection, pair, question, after, limit)
        reports = reports_by_incident(connection, (item.incident.id for item in page), question)
        empty = None if total else why_empty(connection, pair, question)
    ruling_on = finder(service.log.ruling_register(), snapshot.position, known_instant(question.known_at))
    items = [incident_out(item, reports.get(item.incident.id, ()), ruling_on) for item in page]
    following = make_cursor(scope, after + limit) if total > after + limit else None
    answer = IncidentList(
        items=items,
        next=following,
        position=snapshot.position,
        pair=pair,
        **time_fields(question.answered_by(snapshot.recorded)),
        tension=scores.tension,
        cooperation=scores.cooperation,
        empty_because=empty,
        **model_fields(question),
    )
    return respond(request, answer, etag, items, following)


def _all_incidents(
    service: Service, pair: Pair, question: Question, read: ConditionalRead, _columns: Sequence[Column] | None
) -> WholeRead:
    """Return all incidents that make up a relation."""
    connection, snapshot = read.connection, read.snapshot
    scores, found = contributions_at(connection, pair, question)
    ruling_on = finder(service.log.ruling_register(), snapshot.position, known_instant(question.known_at))

    def pieces() -> Iterator[list[IncidentOut]]:
        for some in in_slices(found, AT_ONCE):
            reports = reports_by_incident(connection, (item.incident.id for item in some), question)
            yield [incident_out(item, reports.get(item.incident.id, ()), ruling_on) for item in some]

    of_pair = {"pair": pair, "tension": scores.tension, "cooperation": scores.cooperation}
    return WholeRead({**about_fields(question, snapshot), **of_pair}, pieces())


def _features(pair: Pair, question: Question, read: ConditionalRead) -> Features:
    """Return all incidents that make up a relation, with where they were."""
    _, found = contributions_at(read.connection, pair, question)
    incidents = [[each.incident for each in some] for some in in_slices(found, AT_ONCE)]
    places = partial(written_places, read.connection, question)
    about = {**about_fields(question, read.snapshot), "pair": pair}
    return Features(about, incident_features(incidents, places))


def incidents_scope(pair: Pair, question: Question) -> str:
    """Return the list of incidents that a cursor belongs to."""
    return f"incidents {pair} {question_scope(question)}"


def _parts(request: Request, question: Question) -> Iterator[object]:
    """Yield what an answer depends on beside the projections."""
    yield from question_parts(question)
    yield risk_model_of(request).name  # another one answers otherwise
