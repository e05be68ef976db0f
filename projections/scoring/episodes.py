"""Episodes: the runs of states in a pair's history, with their most tense days and what they began with. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import zip_longest
from typing import Any, Final, NamedTuple

import numpy as np

from projections.arrays import Bools
from projections.scoring.models import Model
from projections.scoring.pair_history import Contribution, PairHistory, known_runs
from projections.scoring.spillover import IncidentGroup
from projections.scoring.states import DailySeries, State

MOST_BEGINNINGS: Final = 10  #: incidents that are named as the beginning of an episode


class Beginning(StrEnum):
    """What changed on the first day of an episode."""

    INCIDENTS = "incidents"
    TIE = "tie"
    WINDOW = "window"
    DECAY = "decay"


class Run(NamedTuple):
    """A run of one state. `last` is None if it goes on on the day asked for; `before` is the state it follows."""

    state: State
    first: int
    last: int | None
    before: State


@dataclass(frozen=True, slots=True)
class Episode:
    """A run with its most tense day, and the incidents behind its beginning.

    `days` and the peak are those until the day asked for. `began_with` are the heaviest of the `incidents` behind
    the beginning, at most `MOST_BEGINNINGS`, with what they contribute on the first day; those of a tie that ended
    then, with what they contributed the day before.
    """

    run: Run
    days: int
    peak: float
    peak_day: int
    because: tuple[Beginning, ...]
    incidents: int
    began_with: tuple[Contribution, ...]


@dataclass(frozen=True, slots=True)
class EpisodeHistory:
    """A pair until a day: its runs of states, oldest first, from which episodes are made."""

    history: PairHistory
    until: int
    model: Model
    series: DailySeries | None
    runs: tuple[Run, ...]

    @classmethod
    def of(cls, history: PairHistory, until: int, model: Model) -> "EpisodeHistory":
        """Return the history of a pair until a day."""
        series = history.whole_series(model)
        return cls(history, until, model, series, () if series is None else tuple(_runs(series, until, model)))

    def episode(self, run: Run) -> Episode:
        """Return the episode that one of the runs is."""
        series = self._known_series()
        last = self.until if run.last is None else run.last
        # On days that the series leaves out all is forgotten, and tension only falls.
        first, end = np.searchsorted(series.days, (run.first, last + 1)).tolist()
        peak = first + int(series.tension[first:end].argmax())
        because, groups = self._beginning(run)
        named = [contribution for group in groups for contribution in group.heaviest]
        return Episode(
            run=run,
            days=last - run.first + 1,
            peak=float(series.tension[peak]),
            peak_day=int(series.days[peak]),
            because=because,
            incidents=sum(group.incidents for group in groups),
            began_with=tuple(sorted(named, key=_by_weight)[:MOST_BEGINNINGS]),
        )

    def _known_series(self) -> DailySeries:
        if self.series is None:
            raise ValueError("a pair of which nothing is known has no episodes")
        return self.series

    def _beginning(self, run: Run) -> tuple[tuple[Beginning, ...], list["_GroupSummary"]]:
        day, own = run.first, self.history.own
        counting = [group for group in self.history.groups if group.counts_on(day)]
        found = {
            Beginning.INCIDENTS: [self._group(group, group.columns.day == day, day) for group in counting],
            Beginning.TIE: [
                self._group(group, group.columns.day < day, day if group.counts_on(day) else day - 1)
                for group in self.history.spilled
                if group.counts_on(day) != group.counts_on(day - 1)
            ],
        }
        columns = own.columns
        left = self.model.lapsed(run.before, columns.day, columns.weight, columns.assault, day)
        found[Beginning.WINDOW] = [self._group(own, left, day)]
        because = self._because(run, found)
        if not because:
            found = {Beginning.DECAY: [self._group(group, group.columns.day <= day, day) for group in counting]}
            because = (Beginning.DECAY,)
        return because, [group for groups in found.values() for group in groups]

    def _because(self, run: Run, found: dict[Beginning, list["_GroupSummary"]]) -> tuple[Beginning, ...]:
        """Return what changed on the first day of a run: a tie between the two has no incidents to show for it."""
        turned = any(run.first in tie.days for tie in self.history.between) and State.ALIGNED in (
            run.state,
            run.before,
        )
        return tuple(
            beginning
            for beginning, groups in found.items()
            if any(group.heaviest for group in groups) or (beginning is Beginning.TIE and turned)
        )

    def _group(self, group: IncidentGroup, chosen: Bools, day: int) -> "_GroupSummary":
        """Return those of the chosen incidents of a group that count for the pair on a day."""
        places = np.flatnonzero(chosen)
        weights = group.weights_on(day, self.model, places)
        series, model = self._known_series(), self.model
        at = max(int(np.searchsorted(series.days, day, side="right")) - 1, 0)
        conflict, cooperation = float(series.conflict[at]), float(series.cooperation_pressure[at])
        mass = self.history.own.columns.mass_on(day, model)
        per_conflict, per_cooperation = model.points_per_weight(conflict, cooperation, mass)
        points = np.where(weights < 0, -weights * per_conflict, weights * per_cooperation)
        heaviest = [n for n in np.argsort(-points, kind="stable")[:MOST_BEGINNINGS].tolist() if points[n] > 0]
        return _GroupSummary(
            int(np.count_nonzero(points)),
            [
                Contribution(
                    group.incidents[places[n]], float(weights[n]), float(points[n]), group.via, group.patron
                )
                for n in heaviest
            ],
        )


class _GroupSummary(NamedTuple):
    """Incidents of one group that have to do with a beginning: how many there are, and the heaviest."""

    incidents: int
    heaviest: list[Contribution]


def _by_weight(contribution: Contribution) -> tuple[Any, ...]:
    incident = contribution.incident
    return -contribution.contribution, -incident.day, incident.id, contribution.patron or ""


def _runs(series: DailySeries, until: int, model: Model) -> Iterator[Run]:
    found = known_runs(series, model)
    before = State.UNKNOWN
    for (first, state), following in zip_longest(found, [first for first, _ in found[1:]]):
        if first > until:
            return
        last = following - 1 if following is not None and following <= until else None
        yield Run(state, first, last, before)
        before = state
