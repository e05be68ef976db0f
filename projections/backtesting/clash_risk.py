"""The risk of a clash: the probability of an ASSAULT within 30 days, by a small logistic model. Pure.

What a case is and what had happened by then is as in `backtest`. A fitted model is an artefact: JSON that says
what it was fitted on, under a name made from its content.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import isfinite
from typing import Any, Final, NamedTuple

import numpy as np

from projections.arrays import Bools, Floats, Ints
from projections.backtesting.backtest import Cases, decayed, last_day
from projections.backtesting.incident_table import ASSAULT, IncidentTable
from projections.scoring.models import DEFAULT_MODEL

FORMAT: Final = "detente-clash-risk"
VERSION: Final = 1
HORIZON: Final = 30  #: days within which the ASSAULT comes
CLASH_HALF_LIVES: Final = (7, 30, 90, 365)
CONFLICT_HALF_LIVES: Final = (30, 365)
LONGEST: Final = 3650  #: days since the last ASSAULT that count; also where there was none
_L2: Final = 1.0
_MOST_STEPS: Final = 100
_CONVERGED: Final = 1e-10


class BadArtefact(ValueError):
    """What should be a fitted model is none that this version can use; the message says why."""


class NotFitted(ValueError):
    """Cases that no model can be fitted to."""


class Training(NamedTuple):
    """What a model was fitted on. Days are ISO dates of the first and the last cutoff."""

    profile: str
    first: str
    last: str
    every: int
    cutoffs: int
    pairs: int
    min_incidents: int
    cases: int


@dataclass(frozen=True, slots=True)
class RiskModel:
    """A fitted model. Features are standardised with `mean` and `scale` before they meet the coefficients."""

    name: str
    intercept: float
    coefficients: tuple[float, ...]
    mean: tuple[float, ...]
    scale: tuple[float, ...]
    base_rate: float
    training: Training

    def probabilities(self, features: Floats) -> Floats:
        """Return the probability for features whose last axis is that of `feature_names`."""
        standard = (features - np.array(self.mean)) / np.array(self.scale)
        return _logistic(self.intercept + standard @ np.array(self.coefficients))


def feature_names() -> tuple[str, ...]:
    """Return the names of the features, in the order of the coefficients."""
    return (
        *(f"log_clash_pressure_{days}" for days in CLASH_HALF_LIVES),
        *(f"log_conflict_pressure_{days}" for days in CONFLICT_HALF_LIVES),
        "log_days_since_clash",
    )


def features_of(table: IncidentTable, cutoffs: Ints) -> Floats:
    """Return the features of each pair and cutoff: [pair, cutoff, feature].

    Logarithms of 1 plus the pressure of ASSAULTs, and of all conflict, under several half-lives; and of 1 plus the
    days since the last ASSAULT. Weights are those of the default scoring model, without spill-over.
    """
    conflict = table.where(table.weight < 0)
    clashes = table.where(table.type == ASSAULT)
    since = np.minimum(cutoffs - last_day(clashes, cutoffs), LONGEST)
    columns = [
        *(decayed(clashes, cutoffs, np.abs(clashes.weight), days) for days in CLASH_HALF_LIVES),
        *(decayed(conflict, cutoffs, np.abs(conflict.weight), days) for days in CONFLICT_HALF_LIVES),
        since.astype(np.float64),
    ]
    features: Floats = np.log1p(np.stack(columns, axis=-1))
    return features


def risk_on(model: RiskModel, table: IncidentTable, day: int) -> Floats:
    """Return the probability of an ASSAULT in the 30 days after a day, for each pair of a table."""
    return model.probabilities(features_of(table, np.array([day])))[:, 0]


# Fitting


def fit(features: Floats, cases: Cases, training: Training) -> RiskModel:
    """Return the model fitted to cases: logistic regression, regularised. Raises `NotFitted`."""
    if cases.happened.all() or not cases.happened.any():
        raise NotFitted("an ASSAULT follows on none of the training cases, or on all: take more of the log")
    rows = features.reshape(-1, features.shape[-1])
    mean, scale = rows.mean(axis=0), rows.std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    weights = logistic_regression((rows - mean) / scale, cases.happened.ravel(), _L2)
    unnamed = RiskModel(
        name="",
        intercept=_rounded(weights)[0],
        coefficients=_rounded(weights)[1:],
        mean=_rounded(mean),
        scale=_rounded(scale),
        base_rate=cases.base_rate,
        training=training,
    )
    return read_artefact(_named(_content(unnamed)))


def _rounded(numbers: Floats) -> tuple[float, ...]:
    """Return numbers with so few digits that the order of a sum, on another machine, does not show."""
    return tuple(float(f"{number:.6g}") for number in numbers)


def logistic_regression(features: Floats, happened: Bools, penalty: float) -> Floats:
    """Return intercept and coefficients that minimise the log loss plus `penalty / 2` times their squares.

    The intercept is free. Iteratively reweighted least squares, halving steps that overshoot. Raises `NotFitted`.
    """
    design = np.column_stack((np.ones(len(features)), features))
    ridge = np.full(design.shape[1], penalty)
    ridge[0] = 0.0
    weights = np.zeros(design.shape[1])
    weights[0] = np.log(happened.mean() / (1.0 - happened.mean()))
    loss = _loss(design, happened, ridge, weights)
    for _ in range(_MOST_STEPS):
        forecast = _logistic(design @ weights)
        slope = design.T @ (happened - forecast) - ridge * weights
        curve = (design * (forecast * (1.0 - forecast))[:, None]).T @ design + np.diag(ridge)
        step = np.linalg.solve(curve, slope)
        while (after := _loss(design, happened, ridge, weights + step)) > loss and np.abs(step).max() > _CONVERGED:
            step = step / 2.0
        weights, loss = weights + step, after
        if np.abs(step).max() < _CONVERGED * (1.0 + np.abs(weights).max()):
            return weights
    raise NotFitted(f"the fit did not converge in {_MOST_STEPS} steps")


def _loss(design: Floats, happened: Bools, ridge: Floats, weights: Floats) -> float:
    score = design @ weights
    return float((np.logaddexp(0.0, score) - happened * score).sum() + 0.5 * (ridge * weights**2).sum())


def _logistic(score: Floats) -> Floats:
    return np.exp(-np.logaddexp(0.0, -score))


# The artefact


def write_artefact(model: RiskModel) -> str:
    """Return a model as JSON, the same text for the same model."""
    return json.dumps(_named(_content(model)), indent=2) + "\n"


def parse_artefact(text: str | bytes) -> RiskModel:
    """Return the model that was written as `text`. Raises `BadArtefact`."""
    try:
        content = json.loads(text)
    except ValueError as error:
        raise BadArtefact(f"it is not JSON: {error}") from None
    return read_artefact(content)


def read_artefact(content: Any) -> RiskModel:
    """Return the model that JSON holds. Raises `BadArtefact`."""
    if not isinstance(content, Mapping) or content.get("format") != FORMAT:
        raise BadArtefact(f"it is not a clash risk model: its `format` is not {FORMAT!r}")
    if content.get("version") != VERSION:
        raise BadArtefact(
            f"its version is {content.get('version')!r}, and this service reads version {VERSION}:"
            " fit it again with `detente fit-risk`"
        )
    if content.get("name") != _name_of(content):
        raise BadArtefact("it was changed or cut short: its content does not bear its name")
    if content.get("scoring_model") != DEFAULT_MODEL.name:
        raise BadArtefact(
            f"it was fitted on weights of the scoring model {content.get('scoring_model')!r}, not of"
            f" {DEFAULT_MODEL.name!r}: fit it again with `detente fit-risk`"
        )
    try:
        return _model(content)
    except (KeyError, TypeError, ValueError) as error:
        raise BadArtefact(f"it is incomplete or of another make: {error}") from None


def _model(content: Mapping[str, Any]) -> RiskModel:
    features = content["features"]
    if [feature["name"] for feature in features] != list(feature_names()) or content["horizon"] != HORIZON:
        raise ValueError("its features or its horizon are not this version's")
    columns = [tuple(float(feature[key]) for feature in features) for key in ("coefficient", "mean", "scale")]
    numbers = (
        float(content["intercept"]),
        float(content["base_rate"]),
        *(n for column in columns for n in column),
    )
    if not all(map(isfinite, numbers)) or min(columns[2]) <= 0:
        raise ValueError("its numbers are not finite, or a scale is not above 0")
    return RiskModel(
        content["name"],
        numbers[0],
        columns[0],
        columns[1],
        columns[2],
        numbers[1],
        Training(**content["training"]),
    )


def _content(model: RiskModel) -> dict[str, Any]:
    half_lives: Sequence[int | None] = (*CLASH_HALF_LIVES, *CONFLICT_HALF_LIVES, None)
    columns = (feature_names(), half_lives, model.coefficients, model.mean, model.scale)
    names = ("name", "half_life", "coefficient", "mean", "scale")
    return {
        "format": FORMAT,
        "version": VERSION,
        "event": "ASSAULT",
        "horizon": HORIZON,
        "scoring_model": DEFAULT_MODEL.name,
        "base_rate": model.base_rate,
        "intercept": model.intercept,
        "features": [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)],
        "days_since_clash_at_most": LONGEST,
        "l2": _L2,
        "training": model.training._asdict(),
    }


def _named(content: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": _name_of(content), **content}


def _name_of(content: Mapping[str, Any]) -> str:
    rest = {key: value for key, value in content.items() if key != "name"}
    digest = sha256(json.dumps(rest, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
    return f"clash-risk-{content.get('version')}-{digest[:12]}"
