"""The trend of a relation: whether the last days brought more conflict than those before them. Pure maths.

A conflict pressure falls by decay alone, and rises by what happens. So its change beyond what decay alone would do
is what the incidents of the last W days (`trend_window`) weigh on a day d:

    N(d) = C'(d) - what is left on d of C'(d - W) = sum of w over the pair's own conflict after d - W, until d

That is never below 0, and a pair that is as violent as ever has as much of it each month. What is compared is
therefore the last W days with the W days before, each on its last day:

    change = N(d) - N(d - W)

A pair is worsening or improving if that is `trend_least` at least, and the one is `trend_ratio` times the other.
What spills over has no part in it. A quiet pair that was quiet before, too, has a change of 0: it is steady.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

import numpy as np

from projections.arrays import Floats, Ints
from projections.scoring.models import Model
from projections.scoring.pressures import IncidentColumns, Weighed

_TOLERANCE: Final = 1e-9  # of a bound: what is so little below it counts as at it


class TrendDirection(StrEnum):
    """Where a relation is heading."""

    WORSENING = "worsening"
    IMPROVING = "improving"
    STEADY = "steady"


class Trend(NamedTuple):
    """Where a relation is heading: `news` is what the last days brought, `change` how much more that is."""

    direction: TrendDirection
    change: float
    news: float


#: The directions in the order in which `Trends` counts them.
DIRECTIONS: Final = tuple(TrendDirection)


@dataclass(frozen=True, slots=True)
class Trends:
    """Trends as columns: `direction` is the place of each in `DIRECTIONS`."""

    direction: Ints
    change: Floats
    news: Floats

    def __len__(self) -> int:
        return len(self.news)

    def __iter__(self) -> Iterator[Trend]:
        columns = (column.tolist() for column in (self.direction, self.change, self.news))
        return (Trend(DIRECTIONS[place], change, news) for place, change, news in zip(*columns, strict=True))


def trend_on(day: int, own: Weighed, model: Model) -> Trend:
    """Return the trend of a pair on a day, given its own incidents: those of the last two windows at least."""
    return trends_of_all(day, [own], model)[0]


def trends_of_all(day: int, own: Sequence[Weighed], model: Model) -> list[Trend]:
    """Return the trend on a day of each of some pairs, given their own incidents, as `trend_on`."""
    if not own:
        return []
    window = model.trend_window
    row = np.repeat(np.arange(len(own)), [len(columns.day) for columns in own])
    days, weights, material = (
        np.concatenate([getattr(columns, name) for columns in own]) for name in ("day", "weight", "material")
    )
    chosen = np.flatnonzero((days <= day) & (days > day - 2 * window) & (weights < 0))
    is_before = days[chosen] <= day - window
    ages = day - window * is_before - days[chosen]
    left = -weights[chosen] * model.remaining(ages, material[chosen])
    brought: list[tuple[list[float], list[float]]] = [([], []) for _ in own]
    for place, earlier, amount in zip(row[chosen].tolist(), is_before.tolist(), left.tolist(), strict=True):
        brought[place][earlier].append(amount)
    # The sums are exact, in whatever order the incidents are.
    sums = np.array([(math.fsum(news), math.fsum(before)) for news, before in brought])
    return list(_trends(sums[:, 0], sums[:, 1], model))


def _trends(news: Floats, before: Floats, model: Model) -> Trends:
    change, at_least = news - before, 1.0 - _TOLERANCE
    worse = news >= model.trend_ratio * before * at_least
    better = before >= model.trend_ratio * news * at_least
    place = {direction: index for index, direction in enumerate(DIRECTIONS)}
    moved = np.where(worse, place[TrendDirection.WORSENING], place[TrendDirection.IMPROVING])
    is_moved = (np.abs(change) >= model.trend_least * at_least) & (worse | better)
    return Trends(np.where(is_moved, moved, place[TrendDirection.STEADY]), change, news)


def trends_on(on: Ints, own: IncidentColumns, model: Model) -> Trends:
    """Return the trend of a pair on each of some days, which are in order, given all of its own incidents."""
    conflict = own.at(np.flatnonzero(own.weight < 0))
    earlier = on - model.trend_window
    news, before = (_daily_news(each, conflict, model) for each in (on, earlier))
    return _trends(news, before, model)


def _daily_news(on: Ints, conflict: IncidentColumns, model: Model) -> Floats:
    """Return what the windows that end on some days brought: all there is, less what is older than a window."""
    window = model.trend_window
    left = conflict.weight * model.remaining(np.full(len(conflict), window), conflict.material)
    come, _ = conflict.daily(on, model)
    gone, _ = model.daily_sums(conflict.day + window, left, conflict.material, on)
    days = np.sort(conflict.day)
    is_any = np.searchsorted(days, on, side="right") > np.searchsorted(days, on - window, side="right")
    news: Floats = np.where(is_any, come - gone, 0.0)  # where nothing happened, it is 0 and no last digit
    return news
