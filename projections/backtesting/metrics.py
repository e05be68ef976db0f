"""How well scores rank what happens above what does not, and how true probabilities are. Pure functions on arrays.

`scores` are any finite numbers, `happened` says of each whether the event came. Equal scores are never told apart:
every figure is the same whichever of them comes first.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from projections.arrays import Bools, Floats


class Bin(NamedTuple):
    """Forecasts from `low` up to `high`: how many, their mean, and the share of them that came true."""

    cases: int
    forecast: float
    observed: float
    low: float
    high: float


def auc(scores: Floats, happened: Bools) -> float | None:
    """Return the area under the ROC curve: how often a score of what happened beats one of what did not.

    Ties count half. None where all of it happened, or nothing did.
    """
    positives = int(happened.sum())
    negatives = len(happened) - positives
    if not positives or not negatives:
        return None
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]  # from 1; equal ones share the middle rank
    above = float(ranks[happened].sum()) - positives * (positives + 1) / 2
    return above / (positives * negatives)


def average_precision(scores: Floats, happened: Bools) -> float | None:
    """Return the mean precision, over what happened, at the threshold that takes it in. None if nothing did."""
    hits, taken = _thresholds(scores, happened)
    if not len(hits) or not hits[-1]:
        return None
    gained = np.diff(hits, prepend=0)
    return float((gained * hits / taken).sum() / hits[-1])


def roc(scores: Floats, happened: Bools, most: int = 200) -> list[tuple[float, float]]:
    """Return the ROC curve as (false positive rate, true positive rate), from (0, 0) to (1, 1).

    Of more than `most` points, about that many remain, evenly spread over the false positives and the true ones.
    Empty where all of it happened, or nothing did.
    """
    hits, taken = _thresholds(scores, happened)
    if not len(hits) or not hits[-1] or hits[-1] == taken[-1]:
        return []
    across = np.concatenate(([0.0], (taken - hits) / (taken[-1] - hits[-1])))
    up = np.concatenate(([0.0], hits / hits[-1]))
    if len(up) > most:
        chosen = np.unique(np.searchsorted(across + up, np.linspace(0.0, 2.0, most)).clip(max=len(up) - 1))
        across, up = across[chosen], up[chosen]
    return list(zip(across.tolist(), up.tolist(), strict=True))


def _thresholds(scores: Floats, happened: Bools) -> tuple[Floats, Floats]:
    """Return, for each distinct score from the highest down, how many happened and how many there are so far."""
    order = np.argsort(-scores, kind="stable")
    ends = np.flatnonzero(np.diff(scores[order], append=-np.inf))
    hits = np.cumsum(happened[order]).astype(np.float64)
    return hits[ends], (ends + 1).astype(np.float64)


def brier(forecasts: Floats, happened: Bools) -> float:
    """Return the mean square error of probabilities: 0 is perfect. Raises `ValueError` for none."""
    if not len(forecasts):
        raise ValueError("no forecast, no error")
    return float(np.mean((forecasts - happened) ** 2))


def brier_skill(forecasts: Floats, happened: Bools, base_rate: float) -> float | None:
    """Return how much smaller the square error is than that of always forecasting `base_rate`: 1 is perfect.

    None where the base rate makes no error either.
    """
    reference = float(np.mean((base_rate - happened) ** 2))
    return 1.0 - brier(forecasts, happened) / reference if reference else None


def reliability(forecasts: Floats, happened: Bools, edges: Floats) -> list[Bin]:
    """Return the forecasts by size, from each edge up to the next (the last one included), empty bins left out."""
    place = np.clip(np.searchsorted(edges, forecasts, side="right") - 1, 0, len(edges) - 2)
    counts = np.bincount(place, minlength=len(edges) - 1)
    forecast = np.bincount(place, weights=forecasts, minlength=len(edges) - 1)
    observed = np.bincount(place, weights=happened, minlength=len(edges) - 1)
    between = list(pairwise(edges.tolist()))
    return [
        Bin(int(count), float(forecast[index] / count), float(observed[index] / count), *between[index])
        for index, count in enumerate(counts)
        if count
    ]
