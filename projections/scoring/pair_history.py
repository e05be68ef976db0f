"""The history of one pair of actors: its own incidents and those of clients that spill over, and its scores."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import dropwhile
from typing import NamedTuple

import numpy as np

from projections.arrays import Bools, Floats, Ints
from projections.pairs import Pair
from projections.scoring.incidents import Incident
from projections.scoring.models import Model
from projections.scoring.pressures import IncidentColumns, Pressures
from projections.scoring.spillover import (
    IncidentGroup,
    SpilledPressure,
    Tie,
    clients_of,
    spilled_by,
    ties_between,
)
from projections.scoring.states import DailySeries, RunsEntry, State, runs, runs_of_parts


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


class WeighedGroup(NamedTuple):
    """Incidents of a group by their places, with what they weigh on a day, and their points, as columns."""

    group: IncidentGroup
    places: Ints
    weights: Floats
    points: Floats

    @property
    def day(self) -> Ints:
        """Their days."""
        return self.group.columns.day[self.places]

    def contributions(self, chosen: Ints | slice = slice(None)) -> Iterator[Contribution]:
        """Yield the contributions of these incidents, or of some of them."""
        via, patron, incidents = self.group.via, self.group.patron, self.group.incidents
        columns = (column[chosen].tolist() for column in (self.places, self.weights, self.points))
        for place, weight, points in zip(*columns, strict=True):
            yield Contribution(incidents[place], weight, points, via, patron)


@dataclass(frozen=True, slots=True)
class PairScores:
    """The pressures and scores of a pair on a day, and how much of the conflict is spilled over."""

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
        """Return the scores that pressures come to. `mass` is the decayed number of incidents, if it matters."""
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
    """A pair with the incidents that count for it: its own, and those of each client that spill over.

    `between` are the ties by which one of the two backs the other.
    """

    pair: Pair
    own: IncidentGroup
    spilled: tuple[IncidentGroup, ...] = ()
    between: tuple[Tie, ...] = ()

    @classmethod
    def of(cls, pair: Pair, by_pair: Mapping[Pair, Sequence[Incident]], ties: Sequence[Tie]) -> "PairHistory":
        """Return the history of a pair from incidents by pair, and from the ties of the two or of more actors."""
        spilled = (IncidentGroup.of(by_pair.get(found, ()), tie) for tie, found in clients_of(pair, ties))
        return cls(pair, IncidentGroup.of(by_pair.get(pair, ())), tuple(spilled), ties_between(pair, ties))

    @property
    def groups(self) -> tuple[IncidentGroup, ...]:
        """The pair's own incidents, then those that spill over."""
        return (self.own, *self.spilled)

    @classmethod
    def of_columns(cls, pair: Pair, by_pair: Mapping[Pair, IncidentColumns], ties: Sequence[Tie]) -> "PairHistory":
        """Return the history of a pair from columns by pair: as `of`, but its groups name no incident."""
        spilled = (IncidentGroup((), by_pair[client.pair], client.tie) for client in clients_of(pair, ties))
        return cls(pair, IncidentGroup((), by_pair[pair]), tuple(spilled), ties_between(pair, ties))

    def with_ids(self, ids: Mapping[str, str]) -> "PairHistory":
        """Return the history with other ids of some incidents, by the ids that they have."""
        if not ids:
            return self
        own, *spilled = (
            replace(group, incidents=[each._replace(id=ids.get(each.id, each.id)) for each in group.incidents])
            for group in self.groups
        )
        return PairHistory(self.pair, own, tuple(spilled), self.between)

    @property
    def columns_by_pair(self) -> dict[Pair, IncidentColumns]:
        """The incidents of the pair, and of each client with the pair's other actor, as columns."""
        clients = (client.pair for client in clients_of(self.pair, [g.tie for g in self.spilled if g.tie]))
        return {self.pair: self.own.columns, **dict(zip(clients, (g.columns for g in self.spilled), strict=True))}

    def scores_on(self, day: int, model: Model) -> PairScores:
        """Return the pressures and scores of the pair on a day."""
        columns = self.own.columns
        pressures, directed = columns.pressures_on(day, model), columns.directed_on(day, model)
        spillover = sum(group.spilled_on(day, model) for group in self.spilled)
        return PairScores.of(pressures, spillover, directed, model, columns.mass_on(day, model))

    def spilled_pressures_on(self, day: int, model: Model) -> tuple[SpilledPressure, ...]:
        """Return what spills over on a day by way of whom, the largest first."""
        active = [(group.tie, group.columns) for group in self.spilled if group.tie and group.counts_on(day)]
        return spilled_by(((tie, columns.pressures_on(day, model).conflict) for tie, columns in active), model)

    def contributions_on(self, day: int, model: Model) -> Iterator[Contribution]:
        """Yield each incident's contribution on a day, of those that have happened by then."""
        for weighed in self.weighed_on(day, model):
            yield from weighed.contributions()

    def weighed_on(self, day: int, model: Model) -> list["WeighedGroup"]:
        """Return the weighed incidents of each group that counts on a day: those that have happened by then."""
        scores = self.scores_on(day, model)
        mass = self.own.columns.mass_on(day, model)
        per_conflict, per_cooperation = model.points_per_weight(scores.conflict, scores.cooperation_pressure, mass)
        found = []
        for group in self.groups:
            if not group.counts_on(day):
                continue
            weights = group.weights_on(day, model)
            counts = group.columns.day <= day
            places = np.flatnonzero(counts if group.tie is None else counts & (weights != 0))
            weights = weights[places]
            points = np.where(weights < 0, -weights * per_conflict, weights * per_cooperation)
            found.append(WeighedGroup(group, places, weights, points))
        return found

    def series(self, first: int, last: int, model: Model) -> DailySeries:
        """Return the pair day by day, from `first` to `last`, both included."""
        return self.series_on(np.arange(first, last + 1), model)

    def series_on(self, on: Ints, model: Model) -> DailySeries:
        """Return the pair on some days, which are in order."""
        own_conflict, cooperation_pressure = self.own.columns.daily(on, model)
        spillover = np.zeros(len(on))
        for group in self.spilled:
            spillover += group.daily_spillover(on, model)
        conflict = own_conflict + spillover if self.spilled else own_conflict
        mass = self.own.columns.daily_mass(on, model)
        tension, cooperation = model.scores(conflict, cooperation_pressure, mass)
        return DailySeries(
            days=on,
            conflict=conflict,
            cooperation_pressure=cooperation_pressure,
            tension=tension,
            cooperation=cooperation,
            spillover=spillover,
            own_conflict=own_conflict,
            assaults=self.own.columns.assaults_within(on, model.clash_window),
            quiet=self.own.columns.quiet_days(on),
            aligned=self._aligned(on),
        )

    def _aligned(self, on: Ints) -> Bools:
        """Return on which of some days one of the two backs the other."""
        aligned = np.zeros(len(on), dtype=np.bool_)
        for tie in self.between:
            aligned |= tie.mask(on) > 0
        return aligned

    def days(self) -> tuple[int, int] | None:
        """Return the first and the last day on which anything happens to the pair, None if nothing does."""
        days = [days for group in self.groups if len(days := group.columns.day)]
        if not days:
            return None
        turns = [day for group in self.spilled if group.tie for day in group.tie.days]
        first = min(int(day.min()) for day in days)
        return first, max(*(int(day.max()) for day in days), *turns, first)

    def active_days(self, model: Model) -> Ints:
        """Return the days, in order, on which the pair may be known, its tension rise, or the two become aligned.

        They go from each incident until all is forgotten or the next one comes, and hold the turns of its ties
        with the days before them. On the days between nothing is known, whatever the ties, and the tension does
        not rise: so empty centuries cost nothing. There are none without incidents and ties between the two.
        """
        day = np.concatenate([group.columns.day for group in self.groups])
        aligned = _turns(self.between)
        if not len(day):
            return np.unique(aligned)
        order = day.argsort(kind="stable")
        day, weight = day[order], np.concatenate([group.columns.weight for group in self.groups])[order]
        far = np.flatnonzero(day[1:] - day[:-1] > model.clash_window)
        first, last = day[np.concatenate(((0,), far + 1))], day[np.append(far, len(day) - 1)]
        ends = last + model.forgotten_after(day, weight, last) + 1
        ends[:-1] = np.minimum(ends[:-1], first[1:])
        lengths = ends - first
        days = np.arange(lengths.sum()) + (ends - lengths.cumsum()).repeat(lengths)
        turns = _turns(group.tie for group in self.spilled if group.tie)
        turns = np.concatenate((turns[turns >= first[0]], aligned))
        return np.union1d(days, turns) if len(turns) else days

    def whole_series(self, model: Model) -> DailySeries | None:
        """Return the pair on its active days; None if it has none."""
        days = self.active_days(model)
        return self.series_on(days, model) if len(days) else None

    def runs(self, model: Model) -> list[tuple[int, State]]:
        """Return the runs of states from when the pair is known until it is forgotten, as (first day, state)."""
        series = self.whole_series(model)
        return [] if series is None else known_runs(series, model)

    def runs_since(self, entry: RunsEntry, model: Model) -> list[tuple[int, State]]:
        """Return the runs of states that begin on a day or later, as (first day, state); the last may go on.

        What is no more than the state before that day is no run. The history may begin anywhere before the day, as
        long as all is there that bears on it and on later ones.
        """
        days = self.active_days(model)
        days = days[days >= entry.day]
        if not len(days):
            return []
        begins = np.zeros(1, dtype=np.int64)
        found = runs_of_parts(self.series_on(days, model), begins, model, [entry])
        return [(first_day, state) for _, first_day, state in found]


def _turns(ties: Iterable[Tie]) -> Ints:
    """Return the days on which ties turn, and those before them."""
    return np.array([turn for tie in ties for day in tie.days for turn in (day - 1, day)], dtype=np.int64)


def known_runs(series: DailySeries, model: Model) -> list[tuple[int, State]]:
    """Return the runs of states of a series, as (first day, state), from the first day on which the pair is known.

    What was unknown before is no run: else a day's answer would depend on whether anything is ever known later.
    """
    return list(dropwhile(lambda run: run[1] is State.UNKNOWN, runs(series, model)))


def run_on(day: int, found: Sequence[tuple[int, State]]) -> tuple[State, int | None]:
    """Return the state on a day and the first day of its run; before the first run nothing is known."""
    index = bisect_right([first for first, _ in found], day)
    return (found[index - 1][1], found[index - 1][0]) if index else (State.UNKNOWN, None)
