"""The score: pure functions from incidents to pressures, tension and cooperation (design, section 5).

Days are whole numbers, days since 1970-01-01 (UTC). A weight carries the sign of its incident's intensity:
below zero is conflict, above is cooperation.

Here alone it matters of which family a model is: whoever asks for weights, sums and scores need not know.
"""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Final, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from domain.plover import intensity
from projections.model import ClashCount, GoldsteinMean, Model, ScoringModel
from projections.references import (
    POINTS_PER_SCORE,
    clash_weight,
    goldstein_tension,
    sums_within,
    within,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_Number = TypeVar("_Number", float, Floats)

_EPOCH: Final = date(1970, 1, 1).toordinal()
_HALVINGS: Final = 500  # in one stretch of days: 2^500 keeps far from the ends of a float


def to_day(day: date) -> int:
    """Return a date as days since 1970-01-01."""
    return day.toordinal() - _EPOCH


def to_date(day: int) -> date:
    """Return the date of a day number, held within the years 1 to 9999."""
    return date.fromordinal(min(max(day + _EPOCH, 1), date.max.toordinal()))


def confidence(publishers: int, model: ScoringModel) -> float:
    """Return how far `publishers` independent publishers are believed, 0..1."""
    return 1.0 - model.doubt**publishers


def magnitude(killed: int | None, wounded: int | None, model: ScoringModel) -> float:
    """Return how much heavier a clash weighs for its casualties, 1..`magnitude_cap`."""
    casualties = (killed or 0) + model.wounded_share * (wounded or 0)
    return min(model.magnitude_cap, 1.0 + float(np.log10(1.0 + casualties)))


def decay(age: Floats | Ints, half_life: int | Ints) -> Floats:
    """Return what is left of a weight after `age` days; nothing before its day."""
    return np.where(age >= 0, np.exp2(-np.maximum(age, 0) / half_life), 0.0)


def tension(conflict: _Number, cooperation: _Number, model: ScoringModel) -> _Number:
    """Return the tension, 0..100, of a conflict and a cooperation pressure."""
    return 100.0 * conflict / (conflict + model.prior + model.damping * cooperation)


def cooperation_score(conflict: _Number, cooperation: _Number, model: ScoringModel) -> _Number:
    """Return the cooperation, 0..100, of a conflict and a cooperation pressure."""
    return 100.0 * cooperation / (cooperation + model.prior + model.damping * conflict)


def base_weight(
    plover_type: str | None, publishers: int, killed: int | None, wounded: int | None, model: Model
) -> float:
    """Return what an incident weighs on its day, with the sign of its intensity."""
    if isinstance(model, GoldsteinMean):
        return intensity(plover_type)
    if isinstance(model, ClashCount):
        return clash_weight(plover_type)
    return confidence(publishers, model) * magnitude(killed, wounded, model) * intensity(plover_type)


def weighs_alike(one: Model, other: Model) -> bool:
    """Return whether every incident weighs the same on its day under both models."""
    if isinstance(one, ScoringModel) and isinstance(other, ScoringModel):
        mine = (one.doubt, one.wounded_share, one.magnitude_cap)
        return mine == (other.doubt, other.wounded_share, other.magnitude_cap)
    return type(one) is type(other)


def half_lives(model: ScoringModel | GoldsteinMean) -> tuple[int, int]:
    """Return the half-lives of words and of deeds, in days."""
    if isinstance(model, GoldsteinMean):
        return model.half_life, model.half_life
    return model.half_life_verbal, model.half_life_material


def left_after(age: Ints, material: NDArray[np.bool_], model: Model) -> Floats:
    """Return the share that is left of incidents' weights after `age` days, 0..1; 0 before their day."""
    if isinstance(model, ClashCount):
        return within(age, model.clash_window)
    of_words, of_deeds = half_lives(model)
    return np.where(material, decay(age, of_deeds), decay(age, of_words))


def spillover_of(model: Model) -> float:
    """Return the share of a client's conflict pressure that spills over: none under a reference model."""
    return model.spillover if isinstance(model, ScoringModel) else 0.0


def scores(conflict: _Number, cooperation: _Number, mass: _Number, model: Model) -> tuple[_Number, _Number]:
    """Return tension and cooperation, 0..100. `mass` is the decayed number of incidents (`Incidents.mass_on`)."""
    if isinstance(model, GoldsteinMean):
        tense = goldstein_tension(conflict, cooperation, mass)
        return tense, 100.0 - tense
    if isinstance(model, ClashCount):
        return 100.0 * conflict / (conflict + model.prior), 0.0 * conflict
    return tension(conflict, cooperation, model), cooperation_score(conflict, cooperation, model)


def points_per_weight(conflict: float, cooperation: float, mass: float, model: Model) -> tuple[float, float]:
    """Return how many points of tension a unit of conflict makes, and of cooperation one of cooperation."""
    if isinstance(model, GoldsteinMean):
        points = POINTS_PER_SCORE / mass if mass > 0 else 0.0
        return points, points
    if isinstance(model, ClashCount):
        return 100.0 / (conflict + model.prior), 0.0
    return (
        100.0 / (conflict + model.prior + model.damping * cooperation),
        100.0 / (cooperation + model.prior + model.damping * conflict),
    )


class Pressures(NamedTuple):
    """Conflict and cooperation pressure, both at least 0."""

    conflict: float
    cooperation: float


@dataclass(frozen=True, slots=True)
class Incidents:
    """Incidents as columns. `direction`: 0 from the pair's first actor to its second, 1 back, 2 mutual."""

    day: Ints
    weight: Floats
    material: NDArray[np.bool_]
    direction: Ints
    assault: NDArray[np.bool_]

    @classmethod
    def of(cls, rows: list[tuple[Any, ...]]) -> "Incidents":
        """Return the columns of rows of (day, weight, material, direction, assault)."""
        day, weight, material, direction, assault = zip(*rows, strict=True) if rows else ((),) * 5
        return cls(
            np.asarray(day, dtype=np.int64),
            np.asarray(weight, dtype=np.float64),
            np.asarray(material, dtype=np.bool_),
            np.asarray(direction, dtype=np.int64),
            np.asarray(assault, dtype=np.bool_),
        )

    def __len__(self) -> int:
        return len(self.day)

    def left_on(self, day: int, model: Model) -> Floats:
        """Return the share that is left of each incident's weight on a day, 0..1; 0 before its day."""
        return left_after(day - self.day, self.material, model)

    def weights_on(self, day: int, model: Model) -> Floats:
        """Return each incident's decayed weight w on a day, with its sign."""
        return self.weight * self.left_on(day, model)

    def mass_on(self, day: int, model: Model) -> float:
        """Return the decayed number of incidents; 0 where the model's scores do not need it."""
        return float(self.left_on(day, model).sum()) if isinstance(model, GoldsteinMean) else 0.0

    def pressures_on(self, day: int, model: Model) -> Pressures:
        """Return the pressures that the incidents exert on a day."""
        weights = self.weights_on(day, model)
        return Pressures(abs(float(weights[weights < 0].sum())), float(weights[weights > 0].sum()))

    def directed_on(self, day: int, model: Model) -> tuple[Pressures, Pressures]:
        """Return the pressures of each direction; what is mutual stands in both."""
        weights = self.weights_on(day, model)
        both = []
        for direction in (0, 1):
            seen = weights[(self.direction == direction) | (self.direction == 2)]
            both.append(Pressures(abs(float(seen[seen < 0].sum())), float(seen[seen > 0].sum())))
        return both[0], both[1]

    def daily(self, first: int, last: int, model: Model) -> tuple[Floats, Floats]:
        """Return conflict and cooperation pressure for each day from `first` to `last`, both included."""
        hostile = self.weight < 0
        return self._daily(hostile, first, last, model), self._daily(~hostile, first, last, model)

    def daily_mass(self, first: int, last: int, model: Model) -> Floats:
        """Return the decayed number of incidents for each day; zeros where the model's scores do not need it."""
        chosen = self.day <= last
        if not isinstance(model, GoldsteinMean) or last < first or not chosen.any():
            return np.zeros(max(last - first + 1, 0))
        return decayed_sums(self.day[chosen], np.ones(int(chosen.sum())), model.half_life, first, last)

    def _daily(self, chosen: NDArray[np.bool_], first: int, last: int, model: Model) -> Floats:
        if isinstance(model, ClashCount):
            return sums_within(self.day[chosen], np.abs(self.weight[chosen]), model.clash_window, first, last)
        total = np.zeros(max(last - first + 1, 0))
        for material, half_life in zip((False, True), half_lives(model), strict=True):
            these = np.flatnonzero(chosen & (self.material == material) & (self.day <= last))
            if len(these) and len(total):
                total += decayed_sums(self.day[these], np.abs(self.weight[these]), half_life, first, last)
        return total

    def assaults_within(self, first: int, last: int, window: int) -> Ints:
        """Return for each day the number of ASSAULT incidents on it and the `window - 1` days before."""
        length = max(last - first + 1, 0)
        days = self.day[self.assault & (self.day <= last) & (self.day > first - window)] - (first - window + 1)
        if not len(days):
            return np.zeros(length, dtype=np.int64)
        running = np.concatenate(([0], np.cumsum(np.bincount(days, minlength=length + window - 1))))
        return running[window : window + length] - running[:length]


def decayed_sums(days: Ints, weights: Floats, half_life: int, first: int, last: int) -> Floats:
    """Return for each day from `first` to `last` the sum of weights that came until then, decayed.

    Between two arrivals the sum is one number, grown as from the first day, times what decay leaves of it by the
    day: so there is an addition an arrival and not a day. It goes by stretches, as a float ends at 2^1023.
    """
    order = np.argsort(days, kind="stable")
    days, weights = days[order], weights[order]
    start = int(np.searchsorted(days, first))
    level = float((weights[:start] * np.exp2(-(first - days[:start]) / half_life)).sum())
    left = _left(half_life)
    sums = np.empty(last - first + 1)
    for begin in range(first, last + 1, len(left)):
        size = min(len(left), last + 1 - begin)
        end = int(np.searchsorted(days, begin + size))
        turns = np.concatenate(((0,), days[start:end] - begin, (size,)))
        grown = np.concatenate(((level,), weights[start:end] * np.exp2(turns[1:-1] / half_life))).cumsum()
        stretch = sums[begin - first : begin - first + size]
        np.multiply(grown.repeat(turns[1:] - turns[:-1]), left[:size], out=stretch)
        start, level = end, float(stretch[-1]) * 2.0 ** (-1 / half_life)
    return sums


@lru_cache(maxsize=64)
def _left(half_life: int) -> Floats:
    """Return what is left of a weight by each day of a stretch."""
    return np.exp2(-np.arange(_HALVINGS * half_life) / half_life)
