"""What a scoring model is: constants that do not change, and the methods that make weights and scores of them.

Weights carry the sign of their incident's intensity: below zero is conflict, above is cooperation. A pressure is a
sum of decayed weights without sign.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import Field, field, fields, replace
from enum import StrEnum
from typing import Any, ClassVar, Final, Self, TypeVar

import numpy as np

from projections.arrays import Bools, Floats, Ints
from projections.scoring.decay import WEEK, decay, decayed_sums, faded, sums_at_ends, sums_by_row, turnover
from projections.scoring.models.state_rules import (
    BY_TENSION,
    DailySeries,
    PointCondition,
    State,
    StateRules,
    at_least,
)

Number = TypeVar("Number", float, Floats)
_Constant = TypeVar("_Constant", int, float)
Range = tuple[float, float]

#: The lowest and the highest value of the constants that most models have.
DAYS: Final[Range] = (1, 3650)
POINTS: Final[Range] = (1, 100)
SLACK: Final[Range] = (0, 25)
PRIOR: Final[Range] = (0.1, 1000)
LEAST_PRESSURE: Final[Range] = (0.01, 100)
CLASHES: Final[Range] = (1, 1000)
TREND_DAYS: Final[Range] = (1, 90)
TREND_RATIO: Final[Range] = (1, 10)
TREND_PRESSURE: Final[Range] = (0, 1000)
USUAL_DAYS: Final[Range] = (30, 3650)

BOOTSTRAP_HALF_LIVES: Final = 20  #: after which the bootstrap leaves an incident out: a millionth is left


class IncidentRules(StrEnum):
    """What makes reports one incident, and which toll it has.

    `BY_DAY`: the day is that of the whole, places do not matter, and the highest figure counts. `BY_PLACE`: the
    most precise date decides the day, different places are different incidents, and the toll is a median.
    """

    BY_DAY = "by_day"
    BY_PLACE = "by_place"


def constant(default: _Constant, range_: Range) -> _Constant:
    """Return the field of a constant, with the lowest and the highest value that a question may ask for."""
    declared: _Constant = field(default=default, metadata={"range": range_})
    return declared


class Model(ABC):
    """A scoring model. A subclass is a frozen dataclass whose fields are `name` and the constants.

    Half-lives and windows are in days, thresholds in points (0..100). The thresholds are those of the states; what
    makes a trend begins with `trend_`. `usual_window` is the past with which a day is compared.
    """

    __slots__ = ()
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    family: ClassVar[str]
    description: ClassVar[str]
    uses_mass: ClassVar[bool] = False  #: whether scores need the decayed number of incidents
    explains_changes: ClassVar[bool] = False  #: whether `divisor` and `points_of_change` are there
    uses_alignments: ClassVar[bool] = False  #: whether it makes a state that one of two actors backs the other
    state_rules: ClassVar[StateRules] = BY_TENSION
    incident_rules: ClassVar[IncidentRules] = IncidentRules.BY_PLACE  #: what makes reports one incident

    name: str
    unknown_below: float
    high: float
    elevated: float
    hysteresis: float
    clash_window: int
    clashes_for_conflict: int
    trend_window: int
    trend_ratio: float
    trend_least: float
    usual_window: int

    # Constants

    def constants(self) -> dict[str, int | float]:
        """Return the constants by name."""
        return {name: getattr(self, name) for name in self.ranges()}

    def ranges(self) -> dict[str, Range]:
        """Return by name the lowest and the highest value of each constant that a question may ask for."""
        return {each.name: each.metadata["range"] for each in fields(self) if "range" in each.metadata}

    def with_constants(self, name: str | None = None, **constants: Any) -> Self:
        """Return this model with some constants changed, under another name if one is given."""
        return replace(self, name=name or self.name, **constants)

    # Incidents

    @abstractmethod
    def weight(self, plover_type: str | None, publishers: int, killed: int | None, wounded: int | None) -> float:
        """Return what an incident weighs on its day, with the sign of its intensity."""

    def weighs_like(self, other: "Model") -> bool:
        """Return whether every incident weighs the same on its day under this model and the other."""
        return type(self) is type(other)

    @abstractmethod
    def remaining(self, age: Ints, material: Bools) -> Floats:
        """Return the share that is left of incidents' weights after `age` days, 0..1; 0 before their day."""

    # Sums

    @abstractmethod
    def daily_sums(self, days: Ints, weights: Floats, material: Bools, on: Ints) -> tuple[Floats, Floats]:
        """Return conflict and cooperation pressure on each of some days, which are in order.

        `days`, `weights` and `material` are columns of incidents, in any order.
        """

    def daily_mass(self, days: Ints, material: Bools, on: Ints) -> Floats:
        """Return the decayed number of incidents on each of some days; zeros where the scores do not need it."""
        return np.zeros(len(on))

    @abstractmethod
    def weekly_conflict(
        self, row: Ints, days: Ints, weights: Floats, material: Bools, rows: int, on: Ints
    ) -> Floats:
        """Return the conflict pressure of each of some rows on each of some days, a week apart: [row, day].

        `row`, `days`, `weights` and `material` are columns of incidents of conflict: `row` says whose each is.
        """

    def sums_of_rows(self, row: Ints, days: Ints, amounts: Floats, material: Bools, rows: int, on: Ints) -> Floats:
        """Return what is left of amounts, summed for each of some rows on each of some days, in order: [row, day].

        `row`, `days`, `amounts` and `material` are columns of incidents: `row` says whose each is.
        """
        left = (amounts * self.remaining(day - days, material) for day in on.tolist())
        sums = [np.bincount(row, weights=each, minlength=rows) for each in left]
        return np.stack(sums, axis=1).astype(np.float64)

    @property
    @abstractmethod
    def window(self) -> tuple[int, int]:
        """How many days back an incident still counts for the bootstrap: of words, and of deeds."""

    @abstractmethod
    def forgotten_after(self, days: Ints, weights: Floats, on: Ints) -> Ints:
        """Return after how many days from each of some days, if no news came, surely nothing is known any more.

        The pressures are below `unknown_below` then, and the tension does not rise. It is `clash_window` at least.
        `days`, in order, and `weights` are columns of incidents. Those of `on` are some of the days, and the last.
        """

    @property
    def spillover_share(self) -> float:
        """The share of a client's conflict pressure that spills over to its patron's pair; 0 for none."""
        return 0.0

    # Scores

    @abstractmethod
    def scores(self, conflict: Number, cooperation: Number, mass: Number) -> tuple[Number, Number]:
        """Return tension and cooperation, 0..100, of pressures. `mass` is the decayed number of incidents."""

    @abstractmethod
    def points_per_weight(self, conflict: float, cooperation: float, mass: float) -> tuple[float, float]:
        """Return how many points of tension a unit of conflict makes, and of cooperation one of cooperation."""

    # States

    def state_counts(self, series: DailySeries) -> Sequence[Bools]:
        """Return on which days the conditions without points hold, in the order of `state_rules`."""
        known = at_least(series.conflict + series.cooperation_pressure, self.unknown_below)
        return known, series.assaults >= self.clashes_for_conflict

    def state_points(self, series: DailySeries) -> Sequence[PointCondition]:
        """Return the conditions of points, in the order of `state_rules`."""
        scores, bounds = (series.tension, series.cooperation), (self.high, self.elevated)
        return tuple(PointCondition(score, bound) for score in scores for bound in bounds)

    def lapsed(self, state: State, day: Ints, weight: Floats, assault: Bools, on: int) -> Bools:
        """Return which own incidents left, on a day, the window within which the rule of a state needs them.

        `day`, `weight` and `assault` are columns of incidents.
        """
        left: Bools = assault & (day == on - self.clash_window) & (state is State.OPEN_CONFLICT)
        return left

    # Changes, under models that explain them

    def divisor(self, conflict: float, cooperation: float) -> float:
        """Return D, where the tension is 100 C / D."""
        raise NotImplementedError(f"{self.family} does not explain changes")

    def points_of_change(
        self, conflict: tuple[float, float], cooperation: tuple[float, float]
    ) -> tuple[float, float]:
        """Return the points a of a unit of conflict and b of cooperation: T1 - T0 = a (C1 - C0) + b (K1 - K0).

        `conflict` and `cooperation` are the pressures before and after.
        """
        raise NotImplementedError(f"{self.family} does not explain changes")


class DecayingModel(Model):
    """A model under which every weight halves each half-life, one for words and one for deeds."""

    __slots__ = ()

    @property
    @abstractmethod
    def half_lives(self) -> tuple[int, int]:
        """The half-lives of words and of deeds, in days."""

    def remaining(self, age: Ints, material: Bools) -> Floats:
        """Return the share that is left of incidents' weights after `age` days, 0..1; 0 before their day."""
        of_words, of_deeds = self.half_lives
        return decay(age, np.where(material, of_deeds, of_words))

    def daily_sums(self, days: Ints, weights: Floats, material: Bools, on: Ints) -> tuple[Floats, Floats]:
        """Return conflict and cooperation pressure on each of some days, which are in order."""
        kinds = pressure_kinds(weights, material)
        if (weights < 0).all():  # which are half of the kinds
            words, deeds = decayed_sums(days, np.abs(weights), kinds, self.half_lives, on)
            return words + deeds, np.zeros(len(on))
        words, deeds, kind_words, kind_deeds = decayed_sums(days, np.abs(weights), kinds, 2 * self.half_lives, on)
        return words + deeds, kind_words + kind_deeds

    def daily_mass(self, days: Ints, material: Bools, on: Ints) -> Floats:
        """Return the decayed number of incidents on each of some days; zeros where the scores do not need it."""
        if not self.uses_mass:
            return np.zeros(len(on))
        of_words, of_deeds = self.half_lives
        lives = tuple(sorted({of_words, of_deeds}))
        kinds = np.where(material, lives.index(of_deeds), lives.index(of_words))
        mass: Floats = decayed_sums(days, np.ones(len(days)), kinds, lives, on).sum(axis=0)
        return mass

    def weekly_conflict(
        self, row: Ints, days: Ints, weights: Floats, material: Bools, rows: int, on: Ints
    ) -> Floats:
        """Return the conflict pressure of each of some rows on each of some days that are a week apart.

        On each of these days count the incidents of the last 20 half-lives.
        """
        total = np.zeros((rows, len(on)))
        for half_life, memory, chosen in zip(self.half_lives, self.window, (~material, material), strict=True):
            columns = row[chosen], days[chosen], np.abs(weights[chosen])
            total += faded(turnover(*columns, (half_life, memory), rows, on), WEEK, half_life)
        return np.maximum(total, 0.0)

    def sums_of_rows(self, row: Ints, days: Ints, amounts: Floats, material: Bools, rows: int, on: Ints) -> Floats:
        """Return what is left of amounts, summed for each of some rows on each of some days: [row, day]."""
        total = np.zeros((rows, len(on)))
        for half_life, chosen in zip(self.half_lives, (~material, material), strict=True):
            total += sums_by_row(row[chosen], days[chosen], amounts[chosen], half_life, rows, on)
        return total

    @property
    def window(self) -> tuple[int, int]:
        """How many days back an incident still counts for the bootstrap: of words, and of deeds."""
        of_words, of_deeds = self.half_lives
        return BOOTSTRAP_HALF_LIVES * of_words, BOOTSTRAP_HALF_LIVES * of_deeds

    @property
    def settled_below(self) -> float:
        """The pressure below which nothing is known, and tension does not rise without news."""
        return self.unknown_below

    def forgotten_after(self, days: Ints, weights: Floats, on: Ints) -> Ints:
        """Return after how many days from each of some days the pressures are surely below `settled_below`."""
        slowest = max(self.half_lives)
        return self._lasting(slowest * self._halvings(sums_at_ends(days, np.abs(weights), slowest, on)))

    def settled_after(self, words: Floats, deeds: Floats) -> Ints:
        """Return after how many days pressures of words and of deeds are surely below `settled_below` together."""
        of_words, of_deeds = self.half_lives
        together = max(self.half_lives) * self._halvings(words + deeds)
        each_below_half = np.maximum(of_words * self._halvings(2 * words), of_deeds * self._halvings(2 * deeds))
        return self._lasting(np.minimum(together, each_below_half))

    def _halvings(self, pressures: Floats) -> Floats:
        """Return after how many half-lives pressures are at `settled_below`."""
        halvings: Floats = np.log2(np.maximum(pressures / self.settled_below, 1.0))
        return halvings

    def _lasting(self, days: Floats) -> Ints:
        """Return whole days that are surely more than these, and more than the window of clashes."""
        return np.maximum(days.astype(np.int64) + 2, self.clash_window + 1)


def pressure_kinds(weights: Floats, material: Bools) -> Ints:
    """Return the kind of each weight: words 0 and deeds 1 of conflict, words 2 and deeds 3 of cooperation."""
    kinds: Ints = np.where(weights < 0, 0, 2) + material
    return kinds
