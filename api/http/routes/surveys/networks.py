"""How many pairs stand: an actor among its neighbours, and the pairs among some actors."""

from collections.abc import Sequence
from typing import Annotated, Final, NamedTuple

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from api.http.etags import conditional_read
from api.http.middleware.rationing import DEAR_IN_THE_PAST
from api.http.middleware.response_cache import CachedRoute
from api.http.parameters import (
    Formatted,
    NameInPath,
    TheQuestion,
    TheService,
    Waited,
    question_parts,
    resolve_actor,
)
from api.http.problems import Problem, invalid_parameter
from api.http.responses import ANSWERS, noting_history, respond
from api.http.schemas.common import time_fields
from api.http.schemas.models import model_fields
from api.http.schemas.surveys import MatrixOut, NetworkOut, brief_relations_out
from api.http.scopes import READS
from api.running.service import Service
from domain.standards.regions import COUNTRIES, Region
from projections.queries.actors import region_codes
from projections.queries.question import Question
from projections.queries.surveys.networks import BriefRelation, most_tense_actors, network_at, relations_among
from projections.storage.connection import Connection
from projections.storage.incident_cache import ReadAllColumns

router = APIRouter(
    route_class=CachedRoute,
    prefix="/v1",
    tags=["relations"],
    dependencies=[READS, Waited, Formatted],
    responses=ANSWERS,
)

MOST_NEIGHBOURS: Final = 60  #: that a network shows
MOST_ACTORS: Final = 40  #: that a matrix shows
_BY_DEFAULT: Final = 12  # actors of a matrix for which nobody is named

Neighbours = Annotated[
    int, Query(ge=1, le=MOST_NEIGHBOURS, description="Most neighbours, those with the highest scores first.")
]
ActorsNamed = Annotated[
    list[str] | None,
    Query(
        description=f"The actors, by code or any known name: {MOST_ACTORS} at most. By default those of the "
        "tensest pairs.",
        examples=[["SYR", "TUR", "RUS"]],
    ),
]


@router.get("/actors/{actor}/network", response_model=NetworkOut, dependencies=[DEAR_IN_THE_PAST])
def get_network(
    request: Request, service: TheService, actor: NameInPath, question: TheQuestion, neighbours: Neighbours = 20
) -> Response:
    """Return an actor among its neighbours on a day, with how these stand among each other."""
    code = resolve_actor(service.log.directory(), "actor", actor)
    with conditional_read(request, service, *question_parts(question)) as (connection, snapshot, etag):
        read_columns = noting_history(request, service.incident_cache)
        found = network_at(connection, code, question, neighbours, read_columns)
    items = brief_relations_out(found.relations)
    answer = NetworkOut(
        items=items,
        next=None,
        position=snapshot.position,
        actor=code,
        neighbours=list(found.neighbours),
        others=found.others,
        **time_fields(question.answered_by(snapshot.recorded)),
        **model_fields(question),
    )
    return respond(request, answer, etag, items)


RegionNamed = Annotated[
    Region | None,
    Query(description="Also the countries in this region of the standard M49 of which something is known."),
]


class MatrixAsked(NamedTuple):
    """Of whom a matrix is asked for: `codes`, None if nobody is named, and the countries of a region."""

    codes: list[str] | None
    region: Region | None
    countries: list[str]


async def get_matrix_asked(
    service: TheService, actor: ActorsNamed = None, region: RegionNamed = None
) -> MatrixAsked:
    """Return of whom a matrix is asked for, each once. Raises `Problem` (422)."""
    if len(actor or ()) > MOST_ACTORS:
        raise _too_many(len(actor or ()))
    return await run_in_threadpool(_asked_of, service, actor or [], region)


def _asked_of(service: Service, names: list[str], region: Region | None) -> MatrixAsked:
    directory = service.log.directory()
    codes = list(dict.fromkeys(resolve_actor(directory, "actor", name) for name in names))
    members = COUNTRIES[region] if region else frozenset[str]()
    registered = [code for code in members.difference(codes) if code in directory.names]
    countries = sorted(registered, key=lambda code: (directory.names[code], code))
    return MatrixAsked(codes or None, region, countries)


def _too_many(number: int) -> Problem:
    detail = f"{number} are too many: at most {MOST_ACTORS}"
    return invalid_parameter("actor", detail, "too-many-actors")


AskedActors = Annotated[MatrixAsked, Depends(get_matrix_asked)]


@router.get("/matrix", response_model=MatrixOut, dependencies=[DEAR_IN_THE_PAST])
def get_matrix(request: Request, service: TheService, asked: AskedActors, question: TheQuestion) -> Response:
    """Return how the pairs among some actors stand on a day."""
    with conditional_read(request, service, *question_parts(question)) as (connection, snapshot, etag):
        found = load_matrix(connection, asked, question, noting_history(request, service.incident_cache))
    items = brief_relations_out(found.relations)
    answer = MatrixOut(
        items=items,
        next=None,
        position=snapshot.position,
        actors=found.actors,
        without_ties=found.without_ties,
        **time_fields(question.answered_by(snapshot.recorded)),
        **model_fields(question),
    )
    return respond(request, answer, etag, items)


class Matrix(NamedTuple):
    """Some actors and how the pairs among them stand; `without_ties` are a region's countries that have none."""

    actors: list[str]
    relations: Sequence[BriefRelation]
    without_ties: list[str]


def load_matrix(
    connection: Connection, asked: MatrixAsked, question: Question, read_columns: ReadAllColumns
) -> Matrix:
    """Return the matrix of those who are asked for; else of the tensest pairs' actors. Raises `Problem` (422)."""
    named = asked.codes
    if named is None and asked.region is None:
        hidden = region_codes(connection)
        named = most_tense_actors(connection, question, _BY_DEFAULT, hidden, read_columns)
    named = named or []
    relations = relations_among(connection, [*named, *asked.countries], question, read_columns)
    related = frozenset(code for relation in relations for code in relation.pair)
    actors = [*named, *(code for code in asked.countries if code in related)]
    if len(actors) > MOST_ACTORS:
        raise _too_many(len(actors))
    return Matrix(actors, relations, [code for code in asked.countries if code not in related])
