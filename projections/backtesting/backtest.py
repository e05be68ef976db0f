"""The backtest: does a score rank the pairs that are about to clash above those that are not? Pure.

A case is a pair on a cutoff day. What had happened by the end of that day makes its score; what happened on the
`horizon` days after it is what the score is held against. Cases are arrays of [pair, cutoff].
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np

from domain.standards.plover import INTENSITY
from projections.arrays import Bools, Floats, Ints
from projections.backtesting.incident_table import ASSAULT_NUMBER, IncidentTable
from projections.backtesting.metrics import auc, average_precision
from projections.backtesting.published_incidents import PublishedIncidents
from projections.scoring.models import PressureModel
from projections.scoring.spillover import clients_of, spillover_on_days

WARM_UP: Final = 365  #: days from the first incident to the first cutoff; a third of a log of less than twice that
RECENT: Final = 90  #: days without an ASSAULT after which the next is an onset
FEWEST_PAIRS: Final = 2
_VARIED: Final = (0.02, 0.98)  # own base rates between which a pair can be told from itself
_LAST_DAYS: Final = 30  # of persistence and of the count of clashes
_MEAN_HALF_LIFE: Final = 90
_VOLUME_HALF_LIFE: Final = 30
_INTENSITIES: Final = np.array([*INTENSITY.values(), 0.0])  # the last is that of no type, number -1


class NothingToTest(ValueError):
    """A log that no score can be tested on; the message says why, and what would do."""


class Plan(NamedTuple):
    """Which cases to make. `first` and `last` are the days between which cutoffs lie, by default all there are.

    Without `min_incidents` it is 200, or less where too few pairs have as many.
    """

    first: int | None = None
    last: int | None = None
    horizon: int = 30
    every: int = 7
    min_incidents: int | None = None


_USUAL_NUMBERS: Final = (200, 100, 50, 20, 10, 5)  # of incidents
_FEW_PAIRS: Final = 10


def _usual_number(table: IncidentTable) -> int:
    """Return the largest of the usual numbers of incidents that `_FEW_PAIRS` pairs have, or else the least."""
    numbers = np.bincount(table.pair, minlength=len(table.pairs))
    enough = (least for least in _USUAL_NUMBERS if (numbers >= least).sum() >= _FEW_PAIRS)
    return next(enough, _USUAL_NUMBERS[-1])


@dataclass(frozen=True, slots=True)
class Cases:
    """Pairs on cutoff days. `happened`: an ASSAULT within the horizon; `recent`: one in the 90 days before.

    `silent` counts the cutoffs left out because the log has no incident of any pair within their horizon. Each
    pair has `min_incidents` or more.
    """

    table: IncidentTable
    cutoffs: Ints
    horizon: int
    happened: Bools
    recent: Bools
    silent: int
    min_incidents: int

    def until(self, last: int) -> "Cases":
        """Return the cases with cutoffs up to a day."""
        return self._at(self.cutoffs <= last)

    def since(self, first: int) -> "Cases":
        """Return the cases with cutoffs from a day on."""
        return self._at(self.cutoffs >= first)

    def _at(self, chosen: Bools) -> "Cases":
        happened, recent = self.happened[:, chosen], self.recent[:, chosen]
        return replace(self, cutoffs=self.cutoffs[chosen], happened=happened, recent=recent)

    @property
    def base_rate(self) -> float:
        """The share of cases in which an ASSAULT came."""
        return float(self.happened.mean())


def cases_of(table: IncidentTable, plan: Plan) -> Cases:
    """Return the cases of the pairs with enough incidents. Raises `NothingToTest`."""
    if not len(table):
        raise NothingToTest("the log holds no incident: import or post some first")
    least = plan.min_incidents if plan.min_incidents is not None else _usual_number(table)
    chosen = table.with_at_least(least)
    if len(chosen.pairs) < FEWEST_PAIRS:
        raise NothingToTest(
            f"{len(chosen.pairs)} of {len(table.pairs)} pairs have {least} incidents or more;"
            f" {FEWEST_PAIRS} are needed: lower --min-incidents"
        )
    cutoffs = _cutoffs(chosen, plan)
    days = np.sort(table.day)
    heard = np.searchsorted(days, cutoffs + plan.horizon, "right") > np.searchsorted(days, cutoffs, "right")
    silent = int((~heard).sum())
    cutoffs = cutoffs[heard]
    if not len(cutoffs):
        raise NothingToTest("nothing at all was reported within the horizon of any cutoff")
    assaults = chosen.where(chosen.type == ASSAULT_NUMBER)
    happened = counted(assaults, cutoffs, -plan.horizon, 0) > 0
    if happened.all() or not happened.any():
        which = "every pair" if happened.any() else "no pair"
        raise NothingToTest(
            f"{which} has an ASSAULT within {plan.horizon} days of any cutoff: there is nothing to tell apart"
        )
    recent = counted(assaults, cutoffs, 0, RECENT) > 0
    return Cases(chosen, cutoffs, plan.horizon, happened, recent, silent, least)


def _cutoffs(chosen: IncidentTable, plan: Plan) -> Ints:
    begins, ends = int(chosen.day.min()), int(chosen.day.max())
    warm_up = WARM_UP if ends - begins >= 2 * WARM_UP else (ends - begins) // 3
    earliest, latest = begins + warm_up, ends - plan.horizon
    first = earliest if plan.first is None else plan.first
    last = latest if plan.last is None else min(plan.last, latest)
    if first > last:
        raise NothingToTest(
            f"there is no cutoff: the first lies {warm_up} days after the first incident or on --from, the last"
            f" {plan.horizon} days before the last incident or on --to, and the first comes after the last"
        )
    return np.arange(first, last + 1, plan.every)


# What had happened by a cutoff


def decayed(table: IncidentTable, cutoffs: Ints, weights: Floats, half_life: float) -> Floats:
    """Return for each pair and cutoff the sum of weights that came until then, halved every `half_life` days."""
    place = np.searchsorted(cutoffs, table.day)  # the first cutoff that sees it
    seen = place < len(cutoffs)
    pair, place = table.pair[seen], place[seen]
    arrived = weights[seen] * np.exp2(-(cutoffs[place] - table.day[seen]) / half_life)
    size = len(table.pairs), len(cutoffs)
    found = np.bincount(pair * size[1] + place, weights=arrived, minlength=size[0] * size[1])
    sums: Floats = found.astype(np.float64).reshape(size)
    remaining = np.exp2(-np.diff(cutoffs) / half_life)
    for index, share in enumerate(remaining, start=1):
        sums[:, index] += sums[:, index - 1] * share
    return sums


def counted(table: IncidentTable, cutoffs: Ints, age: int, end: int) -> Ints:
    """Return for each pair and cutoff the number of incidents of `age` to `end - 1` days; below 0 is to come."""
    if not len(table):
        return np.zeros((len(table.pairs), len(cutoffs)), dtype=np.int64)
    earliest = min(int(table.day.min()), int(cutoffs[0]) - end)
    span = int(max(table.day.max(), cutoffs[-1] - age)) - earliest + 1
    keys = np.sort(table.pair * span + table.day - earliest)
    rows = np.arange(len(table.pairs))[:, None] * span + (cutoffs - earliest)[None, :]
    found: Ints = np.searchsorted(keys, rows - age, "right") - np.searchsorted(keys, rows - end, "right")
    return found


def pressures(table: IncidentTable, cutoffs: Ints, model: PressureModel) -> tuple[Floats, Floats]:
    """Return conflict and cooperation pressure, without spill-over, for each pair and cutoff."""
    both = []
    for sign in (-1.0, 1.0):
        total = np.zeros((len(table.pairs), len(cutoffs)))
        for material, half_life in ((True, model.half_life_material), (False, model.half_life_verbal)):
            these = table.where((table.material == material) & (sign * table.weight > 0))
            total += decayed(these, cutoffs, np.abs(these.weight), half_life)
        both.append(total)
    return both[0], both[1]


def spillover(table: IncidentTable, cases: Cases, model: PressureModel) -> Floats:
    """Return what spills over to each case by the table's ties. `table` is that of all pairs."""
    pairs = cases.table.pairs
    numbers = {pair: index for index, pair in enumerate(table.pairs)}
    clients = {client.pair for pair in pairs for client in clients_of(pair, table.ties)}
    rows = np.array(sorted(numbers[pair] for pair in clients & numbers.keys()), dtype=np.int64)
    conflict, _ = pressures(table.of_pairs(rows), cases.cutoffs, model)
    by_pair = {table.pairs[row]: of_pair for row, of_pair in zip(rows, conflict, strict=True)}
    return spillover_on_days(cases.cutoffs, pairs, table.ties, by_pair, model)


# Scores, and how good they are


class Method(NamedTuple):
    """A score by which to rank cases: a name, what it is, and its values."""

    name: str
    title: str
    scores: Floats


#: Makes scores of cases, and of the table of all pairs.
Score = Callable[[IncidentTable, Cases], list[Method]]


def tension_of(table: IncidentTable, cases: Cases, model: PressureModel) -> Floats:
    """Return the tension of each case. `table` is that of all pairs."""
    conflict, cooperation = pressures(cases.table, cases.cutoffs, model)
    return model.tension(conflict + spillover(table, cases, model), cooperation)


def methods_of(table: IncidentTable, cases: Cases, model: PressureModel) -> list[Method]:
    """Return the service's scores, then those that they have to beat. `table` is that of all pairs."""
    mine, cutoffs = cases.table, cases.cutoffs
    conflict, cooperation = pressures(mine, cutoffs, model)
    conflict = conflict + spillover(table, cases, model)
    assaults = mine.where(mine.type == ASSAULT_NUMBER)
    clashes = counted(assaults, cutoffs, 0, _LAST_DAYS).astype(np.float64)
    return [
        Method("conflict_pressure", "conflict pressure C", conflict),
        Method("tension", "tension", model.tension(conflict, cooperation)),
        Method("goldstein_mean", "decayed Goldstein mean", -goldstein_mean(mine, cutoffs)),
        Method("clash_count", "clashes in the last 30 days", clashes),
        Method("persistence", "any clash in the last 30 days", (clashes > 0).astype(np.float64)),
        Method("volume", "event volume", decayed(mine, cutoffs, np.ones(len(mine)), _VOLUME_HALF_LIFE)),
    ]


def methods_as_published(published: PublishedIncidents, cases: Cases, score: Score) -> list[Method]:
    """Return the scores as they could be made on each cutoff, of what was published by then."""
    numbers = {pair: number for number, pair in enumerate(published.table.pairs)}
    chosen = np.array([numbers[pair] for pair in cases.table.pairs], dtype=np.int64)
    by_cutoff = []
    for cutoff in cases.cutoffs:
        table = published.by(int(cutoff))
        on_cutoff = replace(cases, table=table.of_pairs(chosen), cutoffs=np.array([cutoff]))
        by_cutoff.append(score(table, on_cutoff))
    return [
        Method(of_one[0].name, of_one[0].title, np.concatenate([method.scores for method in of_one], axis=1))
        for of_one in zip(*by_cutoff, strict=True)
    ]


def goldstein_mean(table: IncidentTable, cutoffs: Ints) -> Floats:
    """Return the mean intensity of a pair's incidents, newer ones counting more; 0 where there are none."""
    intensity = decayed(table, cutoffs, _INTENSITIES[table.type], _MEAN_HALF_LIFE)
    number = decayed(table, cutoffs, np.ones(len(table)), _MEAN_HALF_LIFE)
    return np.divide(intensity, number, out=np.zeros_like(intensity), where=number > 0)


class Figures(NamedTuple):
    """How well a score ranks: over all cases, the mean over pairs of their own, and before onsets only."""

    auc: float
    average_precision: float
    within: float | None
    onsets: float | None


def figures_of(scores: Floats, cases: Cases) -> Figures:
    """Return how well scores rank the cases; None for what cannot be told apart."""
    happened = cases.happened
    own = [auc(scores[row], happened[row]) for row in varied_pairs(cases)]
    within = [value for value in own if value is not None]
    calm = ~cases.recent
    return Figures(
        auc(scores.ravel(), happened.ravel()) or 0.0,
        average_precision(scores.ravel(), happened.ravel()) or 0.0,
        float(np.mean(within)) if within else None,
        auc(scores[calm], happened[calm]),
    )


def varied_pairs(cases: Cases) -> Ints:
    """Return the rows of pairs that sometimes clash and sometimes do not: a base rate from 0.02 to 0.98."""
    rates = cases.happened.mean(axis=1)
    return np.flatnonzero((rates >= _VARIED[0]) & (rates <= _VARIED[1]))


class PairFigures(NamedTuple):
    """How a score fares on one pair: the share of its cutoffs with an ASSAULT to come, and the AUC among them."""

    pair: tuple[str, str]
    incidents: int
    base_rate: float
    auc: float | None


def by_pair(scores: Floats, cases: Cases) -> list[PairFigures]:
    """Return the figures of each pair, the worst first; those that cannot be told apart come last."""
    numbers = np.bincount(cases.table.pair, minlength=len(cases.table.pairs))
    varied = set(varied_pairs(cases).tolist())
    found = [
        PairFigures(
            pair,
            int(numbers[row]),
            float(cases.happened[row].mean()),
            auc(scores[row], cases.happened[row]) if row in varied else None,
        )
        for row, pair in enumerate(cases.table.pairs)
    ]
    return sorted(found, key=lambda one: (one.auc is None, one.auc, one.pair))


class Onset(NamedTuple):
    """An ASSAULT after 90 days without one, and the score on the last cutoff before it.

    `above` is the share of calm cases without an ASSAULT to come that score higher: near 1, it came unannounced.
    `before` is the day of the pair's ASSAULT before it, None for its first.
    """

    pair: tuple[str, str]
    day: int
    before: int | None
    cutoff: int
    score: float
    above: float


def onsets(scores: Floats, cases: Cases) -> list[Onset]:
    """Return the onsets among the cases, the least announced first."""
    assaults = cases.table.where(cases.table.type == ASSAULT_NUMBER)
    calm = np.sort(scores[~cases.recent & ~cases.happened])
    found = []
    for row, pair in enumerate(cases.table.pairs):
        days = np.unique(assaults.day[assaults.pair == row])
        quiet = np.diff(days, prepend=days[:1] - RECENT - 1) > RECENT
        for number in np.flatnonzero(quiet):
            day, place = int(days[number]), int(np.searchsorted(cases.cutoffs, days[number])) - 1
            if place >= 0 and day - cases.cutoffs[place] <= cases.horizon:
                score = float(scores[row, place])
                above = 1.0 - float(np.searchsorted(calm, score, "right")) / max(len(calm), 1)
                before = int(days[number - 1]) if number else None
                found.append(Onset(pair, day, before, int(cases.cutoffs[place]), score, above))
    return sorted(found, key=lambda onset: (-onset.above, onset.day, onset.pair))
