"""How two actors stand, on a day and over time."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from api.http.schemas.agreements import CeasefireOut, ClashRef, ceasefire_out
from api.http.schemas.common import (
    ActorCode,
    Empty,
    Listed,
    PublishedBy,
    WhatIf,
    time_fields,
)
from projections.pairs import Pair
from projections.queries.agreements import AgreementHistory
from projections.queries.context.context import Context
from projections.queries.context.emptiness import EmptyBecause
from projections.queries.question import Question
from projections.queries.relation import Relation
from projections.queries.tension_series import Interval, Stretch, TensionPoints
from projections.scoring.context.trend import TrendDirection
from projections.scoring.context.usual import Usual
from projections.scoring.pressures import Pressures
from projections.scoring.states import State
from projections.times import to_date


class Directed(BaseModel):
    """The pressures of one direction. What is mutual stands in both."""

    conflict_pressure: float
    cooperation_pressure: float


class UsualOut(BaseModel):
    """How the day compares with the pair's own past: the Sundays of five years, or since the log knows the pair.

    A percentile, 0 to 100, is the share of these Sundays with less; those with as much count half. A ratio is that
    to their median; null where that is below what is known. They compare no two pairs.
    """

    weeks: Annotated[int, Field(description="With how many Sundays.")]
    percentile: Annotated[float, Field(description="Of the pair's own conflict pressure.")]
    ratio: Annotated[float | None, Field(description="Of the pair's own conflict pressure.")]
    new_percentile: Annotated[float, Field(description="Of `new_pressure`, what the last 30 days brought.")]
    new_ratio: Annotated[float | None, Field(description="Of `new_pressure`.")]


_Ceasefires = Annotated[
    list[CeasefireOut],
    Field(description="The ceasefires in force that name both, with the clashes since."),
]
_Heading = Annotated[
    TrendDirection | None,
    Field(description="Whether the last 30 days brought more own conflict than those before. Null if unknown."),
]
_HeadingChange = Annotated[
    float | None, Field(description="How much more pressure the last 30 days brought than the 30 before.")
]
_NewPressure = Annotated[
    float | None, Field(description="What the last 30 days brought: the change beyond what decay alone would do.")
]
_QuietDays = Annotated[int | None, Field(description="Days since the last clash. Null if there was none.")]


class RelationOut(BaseModel):
    """How two actors stand on a day, as far as was known at an instant and published by a day.

    Scores are points from 0 to 100. `since` is the first day of the current state, null while nothing is known.
    `tension_interval` holds the middle 80 % of what the tension comes to when its incidents count a little more or
    less; null while the state is unknown or aligned. `effective_incidents` is as how many of equal weight they
    count.
    `clash_risk` is the probability of an ASSAULT within the 30 days after `as_of`, by `clash_risk_model`: null if
    the log holds no incident of the two by then.
    """

    pair: Annotated[tuple[ActorCode, ActorCode], Field(examples=[["RUS", "TUR"]])]
    as_of: date
    known_at: datetime | None
    published_by: PublishedBy
    state: State
    since: date | None
    tension: float
    tension_interval: tuple[float, float] | None
    cooperation: float
    conflict_pressure: float
    cooperation_pressure: float
    spillover_pressure: float
    directed: Annotated[dict[str, Directed], Field(examples=[{"RUS>TUR": {}, "TUR>RUS": {}}])]
    incidents: int
    effective_incidents: float
    publishers: int
    clash_risk: float | None
    clash_risk_model: str
    ceasefire: _Ceasefires
    trend: _Heading
    trend_change: _HeadingChange
    new_pressure: _NewPressure
    usual: Annotated[UsualOut | None, Field(description="Null while the state is unknown or aligned.")]
    last_clash: Annotated[ClashRef | None, Field(description="The last ASSAULT between the two.")]
    quiet_days: _QuietDays


class OneRelationOut(RelationOut):
    """A relation with the agreements in force between the two, in words, with the model and the log's position."""

    agreements_in_force: list[str]
    summary: Annotated[
        str,
        Field(
            description="The relation in a paragraph of plain English: its other fields, the incidents that weigh "
            "most, and by way of whom conflict spills over.",
            examples=["As of 12 February 2020, Syria and Turkey have been in open conflict since that day."],
        ),
    ]
    empty_because: Empty
    model: str
    what_if: WhatIf
    position: int
    cited_position: Annotated[
        int,
        Field(
            description="The position that the log had at `known_at`, for a citation: it stays when the log grows."
        ),
    ]


class RelationList(Listed[RelationOut]):
    """Relations of a day, under one model."""

    as_of: date
    known_at: datetime | None
    published_by: PublishedBy
    model: str
    what_if: WhatIf


class TensionPoint(BaseModel):
    """A relation at the end of an interval, on that day. `peak` is the highest tension within the interval."""

    day: date
    tension: float
    tension_interval: Annotated[
        tuple[float, float] | None,
        Field(description="As a relation has it. Null unless `how_sure` was asked for."),
    ]
    cooperation: float
    conflict_pressure: float
    cooperation_pressure: float
    spillover_pressure: float
    peak: float
    model: str
    state: State
    ceasefire: _Ceasefires
    trend: _Heading
    trend_change: _HeadingChange
    new_pressure: _NewPressure
    usual: Annotated[UsualOut | None, Field(description="Null while the state is unknown.")]
    last_clash: Annotated[ClashRef | None, Field(description="The last ASSAULT between the two.")]
    quiet_days: _QuietDays


class _OfPair(BaseModel):
    """What is of one pair among several."""

    pair: Annotated[tuple[ActorCode, ActorCode], Field(examples=[["SYR", "TUR"]])]


class PairTensionPoint(TensionPoint, _OfPair):
    """A relation at the end of an interval, in a table of several."""


class PairSeries(_OfPair):
    """A relation over time, as `TensionSeries` has it."""

    interval: str
    first_day: date | None
    complete: bool
    empty_because: Empty
    items: list[TensionPoint]


class SeriesList(Listed[PairSeries]):
    """Several relations over time."""

    known_at: datetime | None
    published_by: PublishedBy
    model: str
    what_if: WhatIf


class TensionSeries(Listed[TensionPoint]):
    """A relation over time, from `first_day` on, null where it has no points.

    By default that is the day of the first incident. It is a later one, and the series not `complete`, where there
    would be more points by the `interval` that was asked for than an answer has.
    """

    pair: tuple[ActorCode, ActorCode]
    interval: str
    first_day: date | None
    complete: bool
    empty_because: Empty
    known_at: datetime | None
    published_by: PublishedBy
    model: str
    what_if: WhatIf


def relation_fields(
    relation: Relation, question: Question, ceasefires: Iterable[AgreementHistory]
) -> dict[str, Any]:
    """Return the fields of a relation's representation; `known_at` of the question is that of the answer."""
    a, b = relation.pair
    scores = relation.scores
    return {
        "pair": (a, b),
        **time_fields(question),
        "state": relation.state,
        "since": None if relation.since is None else to_date(relation.since),
        "tension": scores.tension,
        "tension_interval": relation.tension_interval,
        "cooperation": scores.cooperation,
        "conflict_pressure": scores.conflict,
        "cooperation_pressure": scores.cooperation_pressure,
        "spillover_pressure": scores.spillover,
        "directed": {
            f"{a}>{b}": _directed(scores.directed[0]),
            f"{b}>{a}": _directed(scores.directed[1]),
        },
        "incidents": relation.incidents,
        "effective_incidents": relation.uncertainty.effective_incidents,
        "publishers": relation.publishers,
        "ceasefire": [ceasefire_out(each) for each in ceasefires],
        **_context_fields(relation.context, question.day),
    }


def _context_fields(context: Context, day: int) -> dict[str, Any]:
    trend, usual, clash = context.trend, context.usual, context.last_clash
    return {
        "trend": None if trend is None else trend.direction,
        "trend_change": None if trend is None else trend.change,
        "new_pressure": None if trend is None else trend.news,
        "usual": None if usual is None else _usual_out(usual),
        "last_clash": None if clash is None else ClashRef(incident=clash.incident, day=to_date(clash.day)),
        "quiet_days": None if clash is None else day - clash.day,
    }


def _usual_out(usual: Usual) -> UsualOut:
    (percentile, ratio), (new_percentile, new_ratio) = usual.pressure, usual.news
    return UsualOut(
        weeks=usual.weeks,
        percentile=percentile,
        ratio=ratio,
        new_percentile=new_percentile,
        new_ratio=new_ratio,
    )


def _directed(pressures: Pressures) -> Directed:
    return Directed(conflict_pressure=pressures.conflict, cooperation_pressure=pressures.cooperation)


def series_head(
    pair: Pair,
    found: TensionPoints,
    question: Question,
    interval: Interval | None,
    empty: EmptyBecause | None,
) -> dict[str, Any]:
    """Return the fields of the series of a pair without its points; the interval is the one asked for.

    `empty` says why it holds nothing, None if it holds something.
    """
    stretch = found.stretch or Stretch(question.day, interval or Interval.DAY)
    return {
        "pair": pair,
        "interval": stretch.interval,
        "first_day": to_date(stretch.start) if len(found.points) else None,
        "complete": stretch.is_complete,
        "empty_because": empty,
    }
