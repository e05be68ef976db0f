"""The own incidents of a pair that weigh most on a day: what has the largest part in each of its scores.

They are told for each score by itself: a point of tension is more pressure than one of cooperation where there is
much conflict, so that in a war all that weighs most would be the little that the two did for each other.
"""

from typing import Final

import numpy as np
from sqlalchemy import Connection, bindparam, select

from projections.arrays import Floats, Ints
from projections.pairs import Pair
from projections.queries.question import Question
from projections.scoring.incidents import Incident
from projections.scoring.pair_history import Contribution, PairScores
from projections.scoring.pressures import Weighed
from projections.scoring.spillover import IncidentGroup
from projections.storage.connection import Prepared
from projections.storage.tables import incidents

MOST: Final = 3  #: of the incidents that weigh most in a score
LEAST: Final = 0.05  #: points that an incident has to make to be one of them: what rounds to 0.1

_DAYS: Final = tuple(f"day_{number}" for number in range(2 * MOST))  # as there are two scores
_ON_DAYS: Final = Prepared(
    select(*(incidents.c[name] for name in Incident._fields)).where(
        incidents.c.a == bindparam("a"),
        incidents.c.b == bindparam("b"),
        incidents.c.day.in_([bindparam(name) for name in _DAYS]),
    )
)


def heaviest_of(own: IncidentGroup, scores: PairScores, question: Question) -> tuple[Contribution, ...]:
    """Return the heaviest of a pair's own incidents by a day, some of each score, the heaviest first.

    Of equals the later comes first, then the first by id.
    """
    columns = own.columns
    weights, points = _on_day(columns, scores, question, columns.mass_on(question.day, question.model))
    found: list[Contribution] = []
    for chosen in _largest(columns.day, weights, points):
        if not len(chosen):
            continue
        is_of_score = (weights < 0) == (weights[chosen[0]] < 0)
        tied = [
            Contribution(own.incidents[index], float(weights[index]), float(points[index]), None, None)
            for index in np.flatnonzero(is_of_score & (points >= points[chosen].min())).tolist()
        ]
        found += sorted(tied, key=_heaviest_first)[:MOST]
    return tuple(sorted(found, key=_heaviest_first))


def _heaviest_first(found: Contribution) -> tuple[float, int, str]:
    return -found.contribution, -found.incident.day, found.incident.id


def load_heaviest(
    connection: Connection, pair: Pair, recent: Weighed, scores: PairScores, question: Question
) -> tuple[Contribution, ...]:
    """Return the same for a plain question, given the pair's recent incidents, of which only these are read."""
    if not len(recent.day):
        return ()
    chosen = np.concatenate(_largest(recent.day, *_on_day(recent, scores, question)))
    if not len(chosen):
        return ()
    days = np.resize(recent.day[chosen], len(_DAYS)).tolist()
    rows = _ON_DAYS.rows(connection, a=pair[0], b=pair[1], **dict(zip(_DAYS, days, strict=True)))
    return heaviest_of(IncidentGroup.of([Incident._make(row) for row in rows]), scores, question)


def _on_day(columns: Weighed, scores: PairScores, question: Question, mass: float = 0.0) -> tuple[Floats, Floats]:
    """Return the decayed weights of incidents on a day, and their points: 0 for what has not happened by then.

    `mass` is the decayed number of all incidents of the pair, if the model's scores need it.
    """
    day, model = question.day, question.model
    per_conflict, per_cooperation = model.points_per_weight(scores.conflict, scores.cooperation_pressure, mass)
    weights = columns.weight * model.remaining(day - columns.day, columns.material)
    points = np.where(weights < 0, -weights * per_conflict, weights * per_cooperation)
    return weights, np.where(columns.day <= day, points, 0.0)


def _largest(days: Ints, weights: Floats, points: Floats) -> tuple[Ints, Ints]:
    """Return the places of the largest points of tension and of cooperation, of equals those of the later days."""
    shown = np.flatnonzero(points >= LEAST)
    ordered = shown[np.lexsort((-days[shown], -points[shown]))]
    is_conflict = weights[ordered] < 0
    return ordered[is_conflict][:MOST], ordered[~is_conflict][:MOST]
