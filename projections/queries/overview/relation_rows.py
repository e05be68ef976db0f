"""The rows of a list for reading: how pairs stand, where they are heading, and their tension over a year.

What such a list does not show, as intervals and risks, is not worked out for it.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from sqlalchemy import Connection

from projections.arrays import Floats, Ints
from projections.pairs import Pair
from projections.queries.all_pairs.columns_of_pairs import columns_of_pairs
from projections.queries.overview.pair_columns import tension_of_pairs
from projections.queries.question import Question
from projections.queries.relation_list import AllRelations, States, states_of
from projections.scoring.context.trend import Trend, trends_of_all
from projections.scoring.context.usual import Today, Usual, usual_memory, usual_on
from projections.scoring.context.weekly_tension import week_ends
from projections.scoring.pressures import WeighedColumns
from projections.scoring.states import NOTHING_KNOWN, State
from projections.storage.incident_cache import AllIncidentColumns

WEEKS: Final = 52  #: of which a row has the tension at the end
_NEVER: Final = 2**40  # no day; with a minus, too


class RelationRow(NamedTuple):
    """How a pair stands on a day; `weeks` is its tension at the end of each of the last weeks, the day last.

    `since` is the first day of the state, None while nothing is known, `last_clash` the day of the last ASSAULT.
    """

    pair: Pair
    tension: float
    cooperation: float
    state: State
    since: int | None
    trend: Trend | None
    usual: Usual | None
    last_clash: int | None
    weeks: Floats


def relation_rows(
    connection: Connection,
    found: AllRelations,
    chosen: Sequence[int],
    columns: AllIncidentColumns,
    question: Question,
    states: States | None = None,
) -> list[RelationRow]:
    """Return some of all relations as rows. `columns` are the incidents behind them, `states` those at hand."""
    pairs = [found.pairs[index] for index in chosen]
    if states is None:
        states = states_of(connection, found, chosen, question)
    runs = [states.runs[index] for index in chosen]
    weeks = tension_of_pairs(columns, pairs, found.ties, week_ends(question.day, WEEKS), question)
    own = _own(columns, pairs, question)
    conflict = found.pressures[chosen, :, 0].sum(axis=1).tolist() if chosen else []
    contexts = _contexts(own, conflict, [state for state, _ in runs], question)
    scores = found.tension[chosen].tolist(), found.cooperation[chosen].tolist()
    return [
        RelationRow(pair, tension, cooperation, state, since, trend, usual, of_pair.last_clash, of_weeks)
        for pair, tension, cooperation, (state, since), (trend, usual), of_pair, of_weeks in zip(
            pairs, *scores, runs, contexts, own, weeks, strict=True
        )
    ]


class _Own(NamedTuple):
    """A pair's own incidents: the days of the first one and of the last clash, and the conflict of late."""

    first_day: int | None
    last_clash: int | None
    conflict: WeighedColumns


def _contexts(
    own: Sequence[_Own], conflict: Sequence[float], states: Sequence[State], question: Question
) -> list[tuple[Trend | None, Usual | None]]:
    """Return the trend of each of some pairs and what is usual for it, given its own conflict pressure."""
    known = [index for index, state in enumerate(states) if state not in NOTHING_KNOWN]
    theirs = [own[index].conflict for index in known]
    trends = trends_of_all(question.day, theirs, question.model)
    today = [
        Today(conflict[index], trend.news, own[index].first_day)
        for index, trend in zip(known, trends, strict=True)
    ]
    usual = usual_on(question.day, today, theirs, question.model)
    found: list[tuple[Trend | None, Usual | None]] = [(None, None)] * len(own)
    for index, trend, rank in zip(known, trends, usual, strict=True):
        found[index] = trend, rank
    return found


def _own(columns: AllIncidentColumns, pairs: Sequence[Pair], question: Question) -> list[_Own]:
    size = len(pairs)
    row, day, weight, material, assault = columns_of_pairs(columns, pairs)
    happened = day <= question.day
    first, clash = np.full(size, _NEVER), np.full(size, -_NEVER)
    np.minimum.at(first, row, day)
    clashed = np.flatnonzero(happened & assault)
    np.maximum.at(clash, row[clashed], day[clashed])
    of_words, of_deeds = usual_memory(question.model)
    memory = np.where(material, of_deeds, of_words)
    recent = np.flatnonzero(happened & (weight < 0) & (day >= question.day - memory))
    ends = np.searchsorted(row[recent], np.arange(size), side="right").tolist()
    day, weight, material = day[recent], weight[recent], material[recent]
    found = zip(_days(first), _days(clash), [0, *ends], ends, strict=False)
    return [
        _Own(first_day, last_clash, WeighedColumns(day[start:end], weight[start:end], material[start:end]))
        for first_day, last_clash, start, end in found
    ]


def _days(days: Ints) -> list[int | None]:
    return [None if abs(day) == _NEVER else day for day in days.tolist()]
