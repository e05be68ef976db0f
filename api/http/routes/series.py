"""Series: how one relation moved over time, or how many did."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Final, NamedTuple

from fastapi import APIRouter, Depends, Query, Request, Response

from api.http.etags import conditional_read
from api.http.middleware.rationing import DEAR, DEAR_IF_SUPPOSED
from api.http.middleware.response_cache import CachedRoute
from api.http.parameters import (
    Formatted,
    ThePair,
    TheQuestion,
    TheService,
    Waited,
    pair_in,
    parse_day,
    question_parts,
)
from api.http.problems import Problem, invalid_parameter
from api.http.responses import ANSWERS, MadeItems, noting_pairs, respond
from api.http.schemas.common import knowledge_fields
from api.http.schemas.models import model_fields
from api.http.schemas.relations import (
    PairSeries,
    PairTensionPoint,
    SeriesList,
    TensionSeries,
    series_head,
)
from api.http.schemas.series_columns import SeriesOfPair, point_rows, series_columns
from api.http.scopes import READS
from domain.actor_directory import ActorDirectory
from projections.pairs import Pair
from projections.queries.context.emptiness import why_empty
from projections.queries.question import Question
from projections.queries.tension_series import (
    MAX_SURE,
    Interval,
    TooManyPoints,
    tension_points,
    tension_points_of,
)
from projections.storage.reading.snapshot import Snapshot
from projections.times import to_date, to_day

router = APIRouter(
    route_class=CachedRoute,
    prefix="/v1",
    tags=["relations"],
    dependencies=[READS, Waited, Formatted],
    responses=ANSWERS,
)

MAX_PAIRS: Final = 100  #: of which one answer has the series
MAX_LENGTH: Final = 401  #: characters of a pair


@dataclass(frozen=True)
class SeriesBounds:
    """From which day to which a series goes, as it was asked for."""

    first: Annotated[
        str | None,
        Query(alias="from", max_length=40, description="First day; by default that of the first incident."),
    ] = None
    last: Annotated[str | None, Query(alias="to", max_length=40, description="Last day; by default `as_of`.")] = (
        None
    )


class AskedSeries(NamedTuple):
    """What is asked of each pair: its last day is the question's. The first is None if it is the pair's own."""

    question: Question
    first: int | None
    interval: Interval | None


async def get_asked(
    question: TheQuestion,
    bounds: Annotated[SeriesBounds, Depends()],
    interval: Annotated[
        Interval | None,
        Query(description="By default the shortest that reaches back to the first incident; with `from`, a day."),
    ] = None,
) -> AskedSeries:
    """Return what is asked of each pair. Raises `Problem` (422)."""
    last = question.day if bounds.last is None else to_day(parse_day("to", bounds.last))
    first = None if bounds.first is None else parse_first_day(bounds.first, last)
    return AskedSeries(question._replace(day=last), first, interval)


def parse_first_day(text: str, last: int) -> int:
    """Return the day that `from` names, of a stretch until another day. Raises `Problem` (422)."""
    first = to_day(parse_day("from", text))
    if first > last:
        raise invalid_parameter("from", f"{to_date(first)} is after the last day, {to_date(last)}")
    return first


Asked = Annotated[AskedSeries, Depends(get_asked)]


@router.get("/relations/{a}/{b}/tension", response_model=TensionSeries, dependencies=[DEAR_IF_SUPPOSED])
def get_tension(
    request: Request,
    service: TheService,
    pair: ThePair,
    asked: Asked,
    how_sure: Annotated[
        bool, Query(description=f"Also the `tension_interval` of each point, of {MAX_SURE} points at most.")
    ] = False,
) -> Response:
    """Return how tense it was between two actors over time, a point at the end of each interval."""
    question = asked.question
    with conditional_read(request, service, *question_parts(question)) as (connection, snapshot, etag):
        try:
            found = tension_points(connection, pair, *asked, noting_pairs(request, service.history))
        except TooManyPoints as error:
            raise _too_many(error) from None
        empty = why_empty(connection, pair, question) if found.is_empty else None
    said = {"next": None, "position": snapshot.position, **_asked_fields(question, snapshot)}
    head = TensionSeries(items=[], **said, **series_head(pair, found, question, asked.interval, empty))
    series = SeriesOfPair(pair, found)
    rows = partial(point_rows, series, question, how_sure=how_sure)
    items = MadeItems(partial(series_columns, [series], question, how_sure=how_sure), rows, rows)
    try:
        return respond(request, head, etag, items)
    except TooManyPoints as error:
        raise invalid_parameter("how_sure", str(error), "too-many-points") from None


@router.get("/series", response_model=SeriesList, dependencies=[DEAR])
def get_series(
    request: Request,
    service: TheService,
    pair: Annotated[
        list[str],
        Query(
            description=f"Two actors, by code or any known name, with a comma between; {MAX_PAIRS} pairs at most.",
            examples=[["SYR,TUR", "RUS,TUR"]],
        ),
    ],
    asked: Asked,
) -> Response:
    """Return how tense it was between the two of each of some pairs over time, each as its own series is."""
    question, pairs = asked.question, _pairs(service.log.directory(), pair)
    with conditional_read(request, service, *question_parts(question)) as (connection, snapshot, etag):
        try:
            found = tension_points_of(connection, pairs, *asked, noting_pairs(request, service.history))
        except TooManyPoints as error:
            raise _too_many(error) from None
        of_pairs = list(zip(pairs, found, strict=True))
        empty = {each: why_empty(connection, each, question) for each, points in of_pairs if points.is_empty}
    said = {"next": None, "position": snapshot.position, **_asked_fields(question, snapshot)}
    series = list(map(SeriesOfPair, pairs, found))

    def rows() -> list[Mapping[str, Any]]:
        return [row for each in series for row in point_rows(each, question, with_pair=True)]

    def listed() -> list[Mapping[str, Any]]:
        heads = (series_head(*each, question, asked.interval, empty.get(each.pair)) for each in series)
        return [
            {**dict(PairSeries(items=[], **head)), "items": point_rows(each, question)}
            for each, head in zip(series, heads, strict=True)
        ]

    items = MadeItems(partial(series_columns, series, question), rows, listed)
    return respond(request, SeriesList(items=[], **said), etag, items, item_type=PairTensionPoint)


def _asked_fields(question: Question, snapshot: Snapshot) -> dict[str, Any]:
    """Return the fields by which an answer says what was asked of each pair."""
    return {**knowledge_fields(question.answered_by(snapshot.recorded)), **model_fields(question)}


def _too_many(error: TooManyPoints) -> Problem:
    return invalid_parameter("from", str(error), "too-many-points")


def _pairs(directory: ActorDirectory, texts: Sequence[str]) -> list[Pair]:
    """Return the pairs that parameters name, each once, as they come. Raises `Problem` (422)."""
    if len(texts) > MAX_PAIRS:
        raise invalid_parameter(
            "pair", f"{len(texts)} are too many: at most {MAX_PAIRS} at once", "too-many-pairs"
        )
    return list(dict.fromkeys(_pair(directory, text) for text in texts))


def _pair(directory: ActorDirectory, text: str) -> Pair:
    if len(text) > MAX_LENGTH:
        raise invalid_parameter("pair", f"is longer than {MAX_LENGTH} characters")
    ways = [(text[:at], text[at + 1 :]) for at, letter in enumerate(text) if letter == ","]
    if len(ways) > 1:  # a name may have a comma in it
        ways = [way for way in ways if all(isinstance(directory.resolve(name, ()), str) for name in way)]
    if len(ways) != 1:
        raise invalid_parameter("pair", f"{text!r} is not two actors with a comma between: write SYR,TUR")
    return pair_in(directory, *ways[0], parameters=("pair", "pair"))
