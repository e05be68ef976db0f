"""All that bears on one pair of actors: its own incidents, and those of clients that spill over to it."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from projections.pairs import Pair
from projections.scoring.incidents import Incident
from projections.scoring.models import Model
from projections.scoring.pressures import IncidentColumns, Pressures
from projections.scoring.spillover import Tie
from projections.scoring.states import DailySeries, State, runs


@dataclass(frozen=True, slots=True)
class Source:
    """Incidents that bear on a pair: its own, or, with a `tie`, those of the tie's client with the other actor."""

    incidents: Sequence[Incident]
    columns: IncidentColumns
    tie: Tie | None = None

    @classmethod
    def of(cls, incidents: Sequence[Incident], tie: Tie | None = None) -> "Source":
        """Return a source of these incidents."""
        return cls(incidents, columns_of(incidents), tie)


def columns_of(incidents: Sequence[Incident]) -> IncidentColumns:
    """Return incidents as columns."""
    return IncidentColumns.of([(i.day, i.weight, i.material, i.direction, i.type == "ASSAULT") for i in incidents])


@dataclass(frozen=True, slots=True)
class Contribution:
    """An incident's part in a pair's score on a day. `via` is the client it spills over from.

    `weight` is decayed, signed, and of a spilled-over incident its share. `contribution` is in points: those of
    conflict add up to the tension, those of cooperation to the cooperation score. Under `goldstein-mean` the
    tension is 50 plus the ones less the others.
    """

    incident: Incident
    weight: float
    contribution: float
    via: str | None
    patron: str | None


@dataclass(frozen=True, slots=True)
class PairScores:
    """How a pair stands on a day: pressures, scores, and how much of the conflict is spilled over."""

    conflict: float
    cooperation_pressure: float
    spillover: float
    tension: float
    cooperation: float
    directed: tuple[Pressures, Pressures]

    @classmethod
    def of(
        cls,
        own: Pressures,
        spillover: float,
        directed: tuple[Pressures, Pressures],
        model: Model,
        mass: float = 0.0,
    ) -> "PairScores":
        """Return the standing that pressures come to. `mass` is the decayed number of incidents, if it matters."""
        conflict = own.conflict + spillover
        tension, cooperation = model.scores(conflict, own.cooperation, mass)
        return cls(
            conflict=conflict,
            cooperation_pressure=own.cooperation,
            spillover=spillover,
            tension=tension,
            cooperation=cooperation,
            directed=directed,
        )


@dataclass(frozen=True, slots=True)
class PairHistory:
    """A pair with all that bears on it."""

    pair: Pair
    own: Source
    spilled: tuple[Source, ...] = ()

    def standing_on(self, day: int, model: Model) -> PairScores:
        """Return how the pair stands on a day."""
        share = model.spillover_share
        spillover = sum(
            share * source.columns.pressures_on(day, model).conflict
            for source in self.spilled
            if source.tie is not None and source.tie.stands_on(day)
        )
        columns = self.own.columns
        pressures, directed = columns.pressures_on(day, model), columns.directed_on(day, model)
        return PairScores.of(pressures, spillover, directed, model, columns.mass_on(day, model))

    def contributions_on(self, day: int, model: Model) -> Iterator[Contribution]:
        """Yield each incident's contribution on a day, of those that have happened by then."""
        standing = self.standing_on(day, model)
        mass = self.own.columns.mass_on(day, model)
        per_conflict, per_cooperation = model.points_per_weight(
            standing.conflict, standing.cooperation_pressure, mass
        )
        for source in (self.own, *self.spilled):
            tie = source.tie
            if tie is not None and not tie.stands_on(day):
                continue
            share = model.spillover_share if tie else 1.0
            for incident, decayed in zip(source.incidents, source.columns.weights_on(day, model), strict=True):
                if incident.day > day or (tie and decayed >= 0):
                    continue
                weight = share * float(decayed)
                points = -weight * per_conflict if weight < 0 else weight * per_cooperation
                yield Contribution(
                    incident, weight, points, tie.client if tie else None, tie.patron if tie else None
                )

    def series(self, first: int, last: int, model: Model) -> DailySeries:
        """Return the pair day by day, from `first` to `last`, both included."""
        conflict, cooperation_pressure = self.own.columns.daily(first, last, model)
        spillover = np.zeros(len(conflict))
        for source in self.spilled:
            if source.tie is not None:
                of_client, _ = source.columns.daily(first, last, model)
                spillover += model.spillover_share * of_client * source.tie.mask(first, last)
        if self.spilled:
            conflict = conflict + spillover
        mass = self.own.columns.daily_mass(first, last, model)
        tension, cooperation = model.scores(conflict, cooperation_pressure, mass)
        return DailySeries(
            first=first,
            conflict=conflict,
            cooperation_pressure=cooperation_pressure,
            tension=tension,
            cooperation=cooperation,
            spillover=spillover,
            assaults=self.own.columns.assaults_within(first, last, model.clash_window),
        )

    def days(self) -> tuple[int, int] | None:
        """Return the first and the last day on which anything happens to the pair, None if nothing does."""
        days = [days for source in (self.own, *self.spilled) if len(days := source.columns.day)]
        if not days:
            return None
        turns = [day for source in self.spilled if source.tie for day in source.tie.days]
        first = min(int(day.min()) for day in days)
        return first, max(*(int(day.max()) for day in days), *turns, first)

    def history(self, model: Model) -> DailySeries | None:
        """Return the pair day by day from its first incident until it is forgotten; None if it has none."""
        days = self.days()
        if days is None:
            return None
        first, last = days
        return self.series(first, last + self._forgotten_after(last, model), model)

    def runs(self, model: Model) -> list[tuple[int, State]]:
        """Return the runs of states from the first incident until the pair is forgotten, as (first day, state)."""
        history = self.history(model)
        return [] if history is None else known_runs(history, model)

    def _forgotten_after(self, last: int, model: Model) -> int:
        """Return after how many days from the last the pressures are surely below `unknown_below`."""
        columns = (source.columns for source in (self.own, *self.spilled))
        return model.forgotten_after((last - each.day, each.weight) for each in columns)


def known_runs(history: DailySeries, model: Model) -> list[tuple[int, State]]:
    """Return the runs of states of a history, as (first day, state); none if nothing weighty is ever known."""
    found = list(runs(history, model))
    return [] if all(state is State.UNKNOWN for _, state in found) else found


def run_on(day: int, found: Sequence[tuple[int, State]]) -> tuple[State, int | None]:
    """Return the state on a day and the first day of its run; before the first run nothing is known."""
    index = bisect_right([first for first, _ in found], day)
    return (found[index - 1][1], found[index - 1][0]) if index else (State.UNKNOWN, None)
