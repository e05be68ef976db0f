"""The score: pure functions from incidents to pressures, tension and cooperation (design, section 5).

Days are whole numbers, days since 1970-01-01 (UTC). A weight carries the sign of its incident's intensity:
below zero is conflict, above is cooperation.

Here alone it matters of which family a model is: whoever asks for weights, sums and scores need not know.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from domain.plover import intensity
from projections.arrays import Floats, Ints
from projections.scoring.models import ClashCount, GoldsteinMean, Model, ScoringModel
from projections.scoring.reference_models import (
    POINTS_PER_SCORE,
    clash_weight,
    goldstein_tension,
    sums_within,
    within,
)

_Number = TypeVar("_Number", float, Floats)
_HALVINGS: Final = 500  # in one stretch of days: 2^500 keeps far from the ends of a float


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
        if isinstance(model, ClashCount):
            hits, others = (
                sums_within(self.day[chosen], np.abs(self.weight[chosen]), model.clash_window, first, last)
                for chosen in (hostile, ~hostile)
            )
            return hits, others
        kinds = np.where(hostile, 0, 2) + self.material
        lives = 2 * half_lives(model)
        words, deeds, kind_words, kind_deeds = decayed_sums(
            self.day, np.abs(self.weight), kinds, lives, first, last
        )
        return words + deeds, kind_words + kind_deeds

    def daily_mass(self, first: int, last: int, model: Model) -> Floats:
        """Return the decayed number of incidents for each day; zeros where the model's scores do not need it."""
        if not isinstance(model, GoldsteinMean):
            return np.zeros(max(last - first + 1, 0))
        ones, alike = np.ones(len(self)), np.zeros(len(self), dtype=np.int64)
        mass: Floats = decayed_sums(self.day, ones, alike, (model.half_life,), first, last)[0]
        return mass

    def assaults_within(self, first: int, last: int, window: int) -> Ints:
        """Return for each day the number of ASSAULT incidents on it and the `window - 1` days before."""
        length = max(last - first + 1, 0)
        days = self.day[self.assault & (self.day <= last) & (self.day > first - window)] - (first - window + 1)
        if not len(days):
            return np.zeros(length, dtype=np.int64)
        running = np.concatenate(([0], np.cumsum(np.bincount(days, minlength=length + window - 1))))
        return running[window : window + length] - running[:length]


def decayed_sums(
    days: Ints, weights: Floats, kinds: Ints, half_lives: tuple[int, ...], first: int, last: int
) -> Floats:
    """Return for each kind and each day from `first` to `last` the sum of weights that came until then, decayed.

    `kinds` says which row of the result, and which half-life, a weight belongs to. Between two arrivals a sum is
    one number, grown as from the first day, times what decay leaves of it by the day: so there is an addition an
    arrival and not a day. It goes by stretches, as a float ends at 2^1023.
    """
    length = max(last - first + 1, 0)
    order = np.argsort(days, kind="stable")
    days, kinds = days[order], kinds[order]
    start, end = np.searchsorted(days, (first, last + 1)).tolist()
    spread = np.zeros((len(half_lives), len(days)))
    spread[kinds, np.arange(len(days))] = weights[order]
    lives = np.array(half_lives)[:, None]
    level = (spread[:, :start] * np.exp2((days[:start] - first) / lives)).sum(axis=1)
    stretch = _HALVINGS * min(half_lives)
    sums = np.empty((len(half_lives), length))
    for begin in range(0, length, stretch):
        size = min(stretch, length - begin)
        upto = end if begin + size == length else int(np.searchsorted(days, first + begin + size))
        turns = days[start:upto] - (first + begin)
        grown = np.empty((len(half_lives), len(turns) + 1))
        grown[:, 0] = level
        np.multiply(spread[:, start:upto], np.exp2(turns / lives), out=grown[:, 1:])
        edges = np.concatenate(((0,), turns, (size,)))
        lasting = edges[1:] - edges[:-1]
        part = sums[:, begin : begin + size]
        np.multiply(grown.cumsum(axis=1).repeat(lasting, axis=1), _left(half_lives, stretch)[:, :size], out=part)
        start, level = upto, part[:, -1] * np.exp2(-1 / lives[:, 0])
    return sums


@lru_cache(maxsize=64)
def _left(half_lives: tuple[int, ...], days: int) -> Floats:
    """Return what is left of a weight by each day of a stretch: [half-life, day]."""
    left: Floats = np.exp2(-np.arange(days) / np.array(half_lives)[:, None])
    return left
