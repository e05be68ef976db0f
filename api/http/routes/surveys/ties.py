"""How many pairs stand: an actor among its neighbours, and the pairs among some actors."""

from functools import partial
from typing import Annotated, Final

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
from api.http.problems import invalid_parameter
from api.http.responses import ANSWERS, respond
from api.http.schemas.common import time_fields
from api.http.schemas.models import model_fields
from api.http.schemas.surveys import MatrixOut, NetworkOut, ties_out
from api.http.scopes import READS
from api.running.service import Service
from projections.queries.actors import region_codes
from projections.queries.question import Question
from projections.queries.surveys.ties import most_tense_actors, network_at, ties_among
from projections.storage.connection import Connection
from projections.storage.store import Snapshot

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
        read_columns = partial(service.incident_cache.at, mark=snapshot.mark)
        found = network_at(connection, code, question, neighbours, read_columns)
    items = ties_out(found.ties)
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


async def get_actor_codes(service: TheService, actor: ActorsNamed = None) -> list[str] | None:
    """Return the codes of the actors that are named, each once; None if none is. Raises `Problem` (422)."""
    if not actor:
        return None
    if len(actor) > MOST_ACTORS:
        detail = f"{len(actor)} are too many: at most {MOST_ACTORS}"
        raise invalid_parameter("actor", detail, "too-many-actors")
    return await run_in_threadpool(_codes_of, service, actor)


def _codes_of(service: Service, names: list[str]) -> list[str]:
    directory = service.log.directory()
    return list(dict.fromkeys(resolve_actor(directory, "actor", name) for name in names))


ActorCodes = Annotated[list[str] | None, Depends(get_actor_codes)]


@router.get("/matrix", response_model=MatrixOut, dependencies=[DEAR_IN_THE_PAST])
def get_matrix(request: Request, service: TheService, codes: ActorCodes, question: TheQuestion) -> Response:
    """Return how the pairs among some actors stand on a day."""
    with conditional_read(request, service, *question_parts(question)) as (connection, snapshot, etag):
        actors = actors_of_matrix(connection, service, snapshot, codes, question)
        read_columns = partial(service.incident_cache.at, mark=snapshot.mark)
        items = ties_out(ties_among(connection, actors, question, read_columns))
    answer = MatrixOut(
        items=items,
        next=None,
        position=snapshot.position,
        actors=actors,
        **time_fields(question.answered_by(snapshot.recorded)),
        **model_fields(question),
    )
    return respond(request, answer, etag, items)


def actors_of_matrix(
    connection: Connection, service: Service, snapshot: Snapshot, codes: list[str] | None, question: Question
) -> list[str]:
    """Return the actors of a matrix: those that are named, or else those of the tensest pairs, by code."""
    if codes is not None:
        return codes
    read_columns = partial(service.incident_cache.at, mark=snapshot.mark)
    return most_tense_actors(connection, question, _BY_DEFAULT, region_codes(connection), read_columns)
