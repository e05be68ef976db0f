"""What goes with a pair on each of some days: its state, and its context as on each day by itself."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from projections.arrays import Bools, Floats, Ints, Recurring
from projections.evidence.agreements import ClashIncident
from projections.queries.context.context import Context
from projections.queries.stored.daily_clashes import DailyClashes
from projections.scoring.context.trend import Trends, trends_on
from projections.scoring.context.usual import DaysOfPair, UsualColumns, usual_over
from projections.scoring.models import Model
from projections.scoring.pair_history import PairHistory
from projections.scoring.states import NOTHING_KNOWN, State


@dataclass(frozen=True)
class ContextColumns:
    """The state of a pair on each of some days, which are in order, and what goes with it.

    Each column is found once it is asked for. `own_conflict` is the pair's own conflict pressure on each of the
    days. `trends` and `usual` are to be told only where the pair `is_known`.
    """

    history: PairHistory
    clashes: DailyClashes
    on: Ints
    own_conflict: Floats
    model: Model

    @cached_property
    def states(self) -> Recurring[State]:
        """The state on each of the days."""
        runs = self.history.runs(self.model)
        at = np.searchsorted([first for first, _ in runs], self.on, side="right")
        return Recurring([State.UNKNOWN, *(state for _, state in runs)], at)

    @cached_property
    def is_known(self) -> Bools:
        """On which of the days something is known of the pair."""
        known: Bools = np.array([state not in NOTHING_KNOWN for state in self.states.of])[self.states.at]
        return known

    @cached_property
    def trends(self) -> Trends:
        """The trend on each of the days."""
        return trends_on(self.on, self.history.own.columns, self.model)

    @cached_property
    def usual(self) -> UsualColumns:
        """What is usual on each of the days."""
        own = self.history.own.columns
        first_day = int(own.day.min()) if len(own) else None
        return usual_over(self.on, DaysOfPair(self.own_conflict, self.trends.news, first_day), own, self.model)

    @cached_property
    def last_clashes(self) -> Recurring[ClashIncident | None]:
        """The last clash until each of the days."""
        found = zip(self.clashes.day.tolist(), self.clashes.incident, strict=True)
        made = (ClashIncident(day, incident, self.history.pair) for day, incident in found)
        return Recurring([None, *made], self.number_of_clashes)

    @cached_property
    def number_of_clashes(self) -> Ints:
        """On how many days there were clashes until each of the days."""
        return np.searchsorted(self.clashes.day, self.on, side="right")


def contexts_over(columns: ContextColumns) -> list[tuple[State, Context]]:
    """Return the state of a pair, and what goes with it, on each of the days."""
    found = zip(columns.states, columns.trends, columns.usual, columns.last_clashes, strict=True)
    return [
        (state, Context(None, None, clash) if state in NOTHING_KNOWN else Context(trend, rank, clash))
        for state, trend, rank, clash in found
    ]
