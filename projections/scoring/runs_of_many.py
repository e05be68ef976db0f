"""The runs of states of many pairs at once, to which nothing spills over: as of each by itself, but faster.

What numpy does for one pair takes longer to call than to do. So the incidents of some pairs, and their days, stand
one pair after the other in the same arrays. Nothing is added up across the end of a pair, and all of it in order:
pressures are those of each pair by itself to the last digit, whatever pairs stand beside it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from projections.arrays import Bools, Floats, Ints
from projections.scoring.decay import grown_sums, remaining_by_day, stretch_of
from projections.scoring.models import PressureModel
from projections.scoring.models.base import pressure_kinds
from projections.scoring.models.state_rules import NEVER, DailySeries, State
from projections.scoring.pair_history import PairHistory
from projections.scoring.pressures import IncidentColumns
from projections.scoring.spillover import IncidentGroup
from projections.scoring.states import RunsEntry, runs_of_parts

_FROM_THE_BEGINNING: Final = RunsEntry(-NEVER, State.UNKNOWN)
_DAYS: Final = 16_000  # gone through at once: longer arrays take longer to get than to fill


class RunOfPair(NamedTuple):
    """A run of one state: of which of some pairs, by its number, and from which day on."""

    pair: int
    first_day: int
    state: State


def runs_of_many(
    incidents: IncidentColumns,
    sizes: Sequence[int],
    model: PressureModel,
    entries: Sequence[RunsEntry] | None = None,
) -> Iterator[RunOfPair]:
    """Yield the runs of states of some pairs, each pair's from when it is known, as `PairHistory.runs` does.

    `incidents` are those of the first pair by day, then those of the second and so on, as many as `sizes` says, of
    each one at least. To none of the pairs may anything spill over, and in none may one back the other. With
    `entries` they are the runs since then, as `PairHistory.runs_since` has them.
    """
    entered = [_FROM_THE_BEGINNING] * len(sizes) if entries is None else entries
    of_each = np.asarray(sizes)
    ends = of_each.cumsum()
    weights = np.add.reduceat(np.abs(incidents.weight), ends - of_each)
    spans = incidents.day[ends - 1] - incidents.day[ends - of_each] + model.settled_after(weights, weights)
    is_long = spans + 1 >= stretch_of(model.half_lives)
    for number in np.flatnonzero(is_long).tolist():
        own = incidents.at(slice(int(ends[number] - of_each[number]), int(ends[number])))
        for first_day, state in PairHistory(("", ""), IncidentGroup((), own)).runs_since(entered[number], model):
            yield RunOfPair(number, first_day, state)
    if not is_long.all():
        short = np.flatnonzero(~is_long)
        of_short = incidents.at(~is_long.repeat(of_each)) if is_long.any() else incidents
        yield from _runs_of_short(of_short, of_each[short], short.tolist(), model, entered)


def _runs_of_short(
    incidents: IncidentColumns,
    sizes: Ints,
    numbers: Sequence[int],
    model: PressureModel,
    entries: Sequence[RunsEntry],
) -> Iterator[RunOfPair]:
    """Yield the runs of pairs whose sums may grow from their first days; `numbers` are theirs among `entries`."""
    pairs = _Pairs.of(incidents, sizes, model)
    begins, first = pairs.places_of, 0
    while first < len(sizes):
        end = max(int(np.searchsorted(begins, begins[first] + _DAYS, side="right")) - 1, first + 1)
        series = pairs.series(first, end)
        entered = [entries[number] for number in numbers[first:end]]
        for part, first_day, state in runs_of_parts(series, begins[first:end] - begins[first], model, entered):
            yield RunOfPair(numbers[first + part], first_day, state)
        first = end


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Some pairs in the same arrays: their incidents, and the stretches of days on which they may be known.

    A stretch goes from an incident until all is forgotten, or another one begins, as in `PairHistory.active_days`.
    Places are those of days in the stretches of all pairs, one after the other. Ages are days since the first
    incident of a pair, since which sums have `grown`. What ends in `of` says where each pair's begin, and all end.
    """

    model: PressureModel
    incidents_of: Ints
    stretches_of: Ints
    places_of: Ints
    place: Ints  # of each incident's day
    grown: Floats  # what pressures are made of, with each incident: [kind, incident]
    assault: Bools  # which of the incidents are
    conflict_age: Ints  # of the last conflict until each incident
    length: Ints  # of each stretch
    shift: Ints  # from the places of each stretch to ages
    first_day: Ints  # of each pair

    @classmethod
    def of(cls, incidents: IncidentColumns, sizes: Ints, model: PressureModel) -> "_Pairs":
        """Return the pairs with these incidents, as in `runs_of_many`."""
        day, weight, incidents_of = incidents.day, incidents.weight, _bounds(sizes)
        pair = np.arange(len(sizes)).repeat(sizes)
        first_day = day[incidents_of[:-1]]
        age = day - first_day[pair]
        lives = 2 * model.half_lives
        grown = grown_sums(age, np.abs(weight), pressure_kinds(weight, incidents.material), lives, incidents_of)

        is_first = np.append(True, np.diff(day) > model.clash_window)
        is_first[incidents_of[:-1]] = True
        first = np.flatnonzero(is_first)
        last = np.append(first[1:], len(day)) - 1
        words, deeds, kind_words, kind_deeds = grown[:, last] * remaining_by_day(lives)[:, age[last]]
        length = age[last] - age[first] + model.settled_after(words + kind_words, deeds + kind_deeds) + 1
        goes_on = pair[first[1:]] == pair[first[:-1]]
        length[:-1] = np.where(goes_on, np.minimum(length[:-1], np.diff(age[first])), length[:-1])

        stretch, begins = is_first.cumsum() - 1, _bounds(length)
        stretches_of = np.append(stretch[incidents_of[:-1]], len(first))
        conflict = np.maximum.accumulate(np.where(weight < 0, np.arange(len(day)), -1))
        return cls(
            model=model,
            incidents_of=incidents_of,
            stretches_of=stretches_of,
            places_of=begins[stretches_of],
            place=begins[stretch] + age - age[first[stretch]],
            grown=grown,
            assault=incidents.assault,
            conflict_age=np.where(conflict >= incidents_of[pair], age[conflict], -NEVER),
            length=length,
            shift=age[first] - begins[:-1],
            first_day=first_day,
        )

    def series(self, first: int, end: int) -> DailySeries:
        """Return the pairs from one up to another, excluded, on their days, one pair after the other."""
        incidents, stretches, places = (
            slice(of[first], of[end]) for of in (self.incidents_of, self.stretches_of, self.places_of)
        )
        size = places.stop - places.start
        place = self.place[incidents] - places.start
        lasting = np.diff(place, append=size)
        age = np.arange(places.start, places.stop) + self.shift[stretches].repeat(self.length[stretches])
        words, deeds, kind_words, kind_deeds = (row.repeat(lasting) for row in self.grown[:, incidents])
        words_left, deeds_left = (row.take(age) for row in remaining_by_day(2 * self.model.half_lives)[:2])
        conflict = words * words_left + deeds * deeds_left
        cooperation_pressure = kind_words * words_left + kind_deeds * deeds_left
        tension, cooperation = self.model.scores(conflict, cooperation_pressure, 0.0)
        assaults = place[self.assault[incidents]]
        come, gone = (np.bincount(at, minlength=size) for at in (assaults, assaults + self.model.clash_window))
        return DailySeries(
            days=age + self.first_day[first:end].repeat(np.diff(self.places_of[first : end + 1])),
            conflict=conflict,
            cooperation_pressure=cooperation_pressure,
            tension=tension,
            cooperation=cooperation,
            spillover=np.zeros(size),
            own_conflict=conflict,
            assaults=(come - gone).cumsum(),
            quiet=age - self.conflict_age[incidents].repeat(lasting),
            aligned=np.zeros(size, dtype=np.bool_),
        )


def _bounds(sizes: Ints) -> Ints:
    """Return where each of some parts begins, and where all end."""
    return np.append(0, sizes.cumsum())
