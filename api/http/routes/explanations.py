"""Why relations are as they are: what moved the tension, what makes the clash risk, and a history's episodes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Annotated, Final, NamedTuple

from fastapi import APIRouter, Depends, Query, Request, Response

from api.http.clash_risk import risk_model_of
from api.http.etags import ConditionalRead, conditional_read
from api.http.formats.whole_lists import most_items
from api.http.middleware.rationing import DEAR
from api.http.middleware.response_cache import CachedRoute
from api.http.pagination import LimitOrAll, make_cursor, question_scope, read_cursor
from api.http.parameters import (
    MAX_LIMIT,
    Cursor,
    Formatted,
    Supposed,
    ThePair,
    TheQuestion,
    TheService,
    Times,
    Waited,
    find_model,
    parse_day,
    parse_record_time,
    question_parts,
    service_of,
    supposed,
)
from api.http.problems import invalid_parameter
from api.http.responses import ANSWERS, respond
from api.http.schemas.common import known_instant, time_fields
from api.http.schemas.decisions.rulings import finder
from api.http.schemas.explanations import EpisodeList, ExplanationOut, Reports, episode_out, part_out, side_out
from api.http.schemas.incidents import ClashRiskOut, risk_share_out
from api.http.schemas.models import model_fields
from api.http.schemas.sentences.explanation_sentences import sentence
from api.http.scopes import READS
from api.http.waiting import wait_for_moment
from api.parsing.whole_numbers import WholeNumber
from api.running.service import Service
from projections.pairs import Pair
from projections.queries.articles import ArticleReport, reports_by_incident, reports_by_tie
from projections.queries.explanations import NotExplained, explanation_of, history_of
from projections.queries.question import Question
from projections.queries.relation import risk_shares_at
from projections.scoring.attribution import ExplainedPart
from projections.scoring.models import DEFAULT_MODEL, Model
from projections.storage.connection import Connection
from projections.times import FIRST_DAY, from_micros, to_date, to_day

router = APIRouter(
    route_class=CachedRoute,
    prefix="/v1/relations",
    tags=["relations"],
    dependencies=[READS, Waited, Formatted],
    responses=ANSWERS,
)

#: Of an explanation, which has no pages: all of its parts are there.
MostIncidents = Annotated[
    WholeNumber, Query(ge=1, le=MAX_LIMIT, description="Most incidents in each part; every part is there.")
]
SPAN: Final = 30  #: days before `to`, where an explanation begins if nothing else is asked for


class Sides(NamedTuple):
    """Both sides of a comparison."""

    before: Question
    after: Question


class Models(NamedTuple):
    """The scoring models of both sides."""

    before: Model
    after: Model


async def get_models(
    model: Annotated[
        str, Query(max_length=100, description="The scoring model of both sides.")
    ] = DEFAULT_MODEL.name,
    model_from: Annotated[
        str | None, Query(max_length=100, description="The model of the first side; by default `model`.")
    ] = None,
    model_to: Annotated[
        str | None, Query(max_length=100, description="The model of the second side; by default `model`.")
    ] = None,
) -> Models:
    """Return the models that two sides are compared under. Raises `Problem` (422)."""
    both = find_model("model", model)
    return Models(
        both if model_from is None else find_model("model_from", model_from),
        both if model_to is None else find_model("model_to", model_to),
    )


@dataclass(frozen=True)
class Bounds:
    """Where the sides of a comparison are, as they were asked for."""

    first: Annotated[
        str | None,
        Query(
            alias="from",
            max_length=40,
            description=f"Day of the first side. By default {SPAN} days before `to`; `to` itself if the two sides "
            "differ in what was known or in the model.",
            examples=["2020-02-03"],
        ),
    ] = None
    last: Annotated[
        str | None, Query(alias="to", max_length=40, description="Day of the second side; by default `as_of`.")
    ] = None
    known_from: Annotated[
        str | None,
        Query(max_length=40, description="Record time of the first side, as `known_at`, which it is by default."),
    ] = None
    known_to: Annotated[
        str | None,
        Query(max_length=40, description="Record time of the second side, as `known_at`, which it is by default."),
    ] = None


async def get_sides(
    service: TheService,
    times: Times,
    models: Annotated[Models, Depends(get_models)],
    bounds: Annotated[Bounds, Depends()],
    what_if: Supposed = None,
) -> Sides:
    """Return both sides of a comparison. Raises `Problem` (422)."""
    since, until = _known_between(times, bounds)
    for moment in (since, until):
        await wait_for_moment(service, moment)
    to_ = times.day if bounds.last is None else to_day(parse_day("to", bounds.last))
    both = times._replace(day=to_)
    one, other = (both._replace(known_at=i, model=m) for i, m in zip((since, until), models, strict=True))
    if bounds.first is not None:
        one = one._replace(day=to_day(parse_day("from", bounds.first)))
    elif one == other:
        one = one._replace(day=max(to_ - SPAN, FIRST_DAY))
    if one.day > to_:
        raise invalid_parameter("from", f"{to_date(one.day)} is after the last day, {to_date(to_)}")
    return Sides(*await supposed(service, what_if, one, other))


def _known_between(times: Question, bounds: Bounds) -> tuple[int | None, int | None]:
    """Return what was known on each side, in microseconds, None for everything. Raises `Problem` (422)."""
    since, until = (
        times.known_at if text is None else parse_record_time(name, text)
        for name, text in (("known_from", bounds.known_from), ("known_to", bounds.known_to))
    )
    if until is not None and (since is None or since > until):
        end = from_micros(until).isoformat()
        raise invalid_parameter("known_from", f"has to be given, and not be after what is known in the end, {end}")
    return since, until


@router.get("/{a}/{b}/explanation", response_model=ExplanationOut, dependencies=[DEAR])
def get_explanation(
    request: Request,
    service: TheService,
    pair: ThePair,
    sides: Annotated[Sides, Depends(get_sides)],
    limit: MostIncidents = 10,
) -> Response:
    """Return why the tension of a pair changed between two days, or two states of knowledge, or two models."""
    with conditional_read(request, service, *sides) as read:
        answer = explained(service, read, pair, sides, limit)
    return respond(request, answer, read.etag, answer.items)


def explained(service: Service, read: ConditionalRead, pair: Pair, sides: Sides, limit: int) -> ExplanationOut:
    """Return the explanation of a change, with up to `limit` incidents of each part. Raises `Problem` (422)."""
    connection, snapshot, _ = read
    try:
        explanation = explanation_of(connection, pair, *sides, limit)
    except NotExplained as error:
        raise invalid_parameter("model", str(error), "not-explained") from None
    ids = list(_named_incidents(explanation.parts))
    reports: Reports = reports_by_incident(connection, ids, sides.after)
    reports_before: Reports = {}
    rules = [side.model.incident_rules for side in sides]
    if sides.before.known_at != sides.after.known_at or rules[0] is not rules[1]:
        former = {id_: was for id_ in ids if (was := explanation.id_before(id_)) is not None}
        found = reports_by_incident(connection, former.values(), sides.before)
        reports_before = {id_: found[was] for id_, was in former.items() if was in found}
    ties = _reports_of_ties(connection, explanation.parts, sides)
    before, after = (side.answered_by(snapshot.recorded) for side in sides)
    parts = [(part, ties.get(_tie_of(part), ())) for part in explanation.parts]
    ruling_on = finder(service.log.ruling_register(), snapshot.position, known_instant(sides.after.known_at))
    return ExplanationOut(
        items=[part_out(part, reports, reports_before, tie, ruling_on) for part, tie in parts],
        next=None,
        position=snapshot.position,
        pair=pair,
        sentence=sentence(pair, before, after, explanation, service.log.directory().names),
        change=explanation.change,
        before=side_out(before, explanation.before),
        after=side_out(after, explanation.after),
    )


def _named_incidents(parts: Sequence[ExplainedPart]) -> Iterator[str]:
    """Yield the ids of the incidents that parts name, and of those that they were corrected from or to."""
    for part in parts:
        for moved in part.largest:
            yield moved.incident.id
            yield from (other.id for other in (*moved.corrected_from, *moved.corrected_to))


def _reports_of_ties(
    connection: Connection, parts: Sequence[ExplainedPart], sides: Sides
) -> dict[tuple[str, str], list[ArticleReport]]:
    """Return who reported the ties by which parts spill over; of one that was taken back, who had."""
    ties = {_tie_of(part) for part in parts if part.via is not None}
    found = reports_by_tie(connection, ties, sides.after)
    if sides.before.known_at != sides.after.known_at:
        then = sides.before._replace(day=sides.after.day)
        found |= reports_by_tie(connection, ties - found.keys(), then)
    return found


def _tie_of(part: ExplainedPart) -> tuple[str, str]:
    """Return the patron and the client of the tie by which a part spills over, empty if it does not."""
    return part.patron or "", part.via or ""


@router.get("/{a}/{b}/clash-risk", response_model=ClashRiskOut, dependencies=[DEAR])
def get_clash_risk(
    request: Request,
    service: TheService,
    pair: ThePair,
    question: TheQuestion,
    limit: LimitOrAll = 100,
    cursor: Cursor = None,
) -> Response:
    """Return what the risk of a clash is made of: each incident's share of the hazard, the largest first."""
    with conditional_read(request, service, risk_model_of(request).name, *question_parts(question)) as read:
        answer = risk_made_of(request, read, pair, question, most_items(request, limit), cursor)
    return respond(request, answer, read.etag, answer.items, answer.next)


def risk_made_of(
    request: Request, read: ConditionalRead, pair: Pair, question: Question, limit: int, cursor: str | None
) -> ClashRiskOut:
    """Return a page of what the risk of a clash is made of. Raises `Problem` (422)."""
    (connection, snapshot, _), model = read, risk_model_of(request)
    scope = f"clash risk {pair} {model.name} {question_scope(question)}"
    after = read_cursor(scope, cursor, int)[0] if cursor else 0
    levels, shares = risk_shares_at(connection, pair, question, model)
    page = shares[after : after + limit]
    reports = reports_by_incident(connection, (each.incident.id for each in page), question)
    rulings = service_of(request).log.ruling_register()
    ruling_on = finder(rulings, snapshot.position, known_instant(question.known_at))
    return ClashRiskOut(
        items=[risk_share_out(each, reports.get(each.incident.id, ()), ruling_on) for each in page],
        next=make_cursor(scope, after + limit) if len(shares) > after + limit else None,
        position=snapshot.position,
        pair=pair,
        **time_fields(question.answered_by(snapshot.recorded)),
        clash_risk=None if levels is None else model.risk(levels),
        clash_risk_model=model.name,
        hazard=None if levels is None else model.hazard(levels.terms),
        constant=model.constant,
        **model_fields(question),
    )


@router.get("/{a}/{b}/episodes", response_model=EpisodeList, dependencies=[DEAR])
def list_episodes(
    request: Request,
    service: TheService,
    pair: ThePair,
    question: TheQuestion,
    limit: LimitOrAll = 100,
    cursor: Cursor = None,
) -> Response:
    """Return the episodes of a relation, each a run of one state, with what it began with; the latest first."""
    scope = f"episodes {pair} {question_scope(question)}"
    until = read_cursor(scope, cursor, int)[0] if cursor else None
    most = most_items(request, limit)
    with conditional_read(request, service, *question_parts(question)) as (connection, snapshot, etag):
        history = history_of(connection, pair, question)
        wanted = (run for run in reversed(history.runs) if until is None or run.first < until)
        runs = list(islice(wanted, most + 1))
        episodes = [history.episode(run) for run in runs[:most]]
        ids = (item.incident.id for episode in episodes for item in episode.began_with)
        reports = reports_by_incident(connection, ids, question)
    ruling_on = finder(service.log.ruling_register(), snapshot.position, known_instant(question.known_at))
    items = [episode_out(episode, reports, ruling_on) for episode in episodes]
    following = make_cursor(scope, runs[most - 1].first) if len(runs) > most else None
    answer = EpisodeList(
        items=items,
        next=following,
        position=snapshot.position,
        pair=pair,
        **time_fields(question.answered_by(snapshot.recorded)),
        **model_fields(question),
    )
    return respond(request, answer, etag, items, following)
