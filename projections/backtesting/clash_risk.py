"""The clash risk, fitted to cases: the coefficients under which what happened was the likeliest. Pure.

What a case is and what had happened by then is as in `backtest`. A fitted model is an artefact: JSON that says
what it was fitted on, under a name made from its content.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from math import isfinite
from typing import Any, Final, NamedTuple

import numpy as np

from domain.standards.plover import ASSAULT
from projections.arrays import Floats, Ints
from projections.backtesting.backtest import Cases, decayed
from projections.backtesting.incident_table import ASSAULT_NUMBER, IncidentTable
from projections.scoring.clash_risk.risk_model import (
    CLASH_HALF_LIVES,
    CONFLICT_HALF_LIFE,
    ELSEWHERE_HALF_LIFE,
    HORIZON,
    TERMS,
    RiskModel,
)
from projections.scoring.models import DEFAULT_MODEL

FORMAT: Final = "detente-clash-risk"
VERSION: Final = 2
_HALF_LIVES: Final = (*CLASH_HALF_LIVES, CONFLICT_HALF_LIFE, ELSEWHERE_HALF_LIFE)  # of the terms
_L2: Final = 1.0  # of what each term adds to the mean hazard: keeps finite what only cases that clash have
_MOST_STEPS: Final = 200
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
class RiskArtefact:
    """A fitted model, and what it was fitted on: `base_rate` is the share of these cases that clashed."""

    model: RiskModel
    base_rate: float
    training: Training


# The terms of the hazard


def hazard_terms(table: IncidentTable, cases: Cases) -> Iterator[Floats]:
    """Yield the values of each of `TERMS` for each case: [pair, cutoff]. `table` is that of all pairs.

    Weights are those of the default scoring model, without spill-over.
    """
    mine, cutoffs = cases.table, cases.cutoffs
    clashes = mine.where((mine.type == ASSAULT_NUMBER) & (mine.weight < 0))
    others = mine.where((mine.type != ASSAULT_NUMBER) & (mine.weight < 0))
    for half_life in CLASH_HALF_LIVES:
        yield decayed(clashes, cutoffs, -clashes.weight, half_life)
    yield decayed(others, cutoffs, -others.weight, CONFLICT_HALF_LIFE)
    yield _elsewhere(table, clashes, cutoffs)


def _elsewhere(table: IncidentTable, own: IncidentTable, cutoffs: Ints) -> Floats:
    """Return the geometric mean of what each actor's ASSAULTs with others come to; `own` are those of cases."""
    names = sorted({actor for pair in table.pairs for actor in pair})
    numbers = {actor: number for number, actor in enumerate(names)}
    actors = np.array([[numbers[actor] for actor in pair] for pair in table.pairs])
    clashes = table.where((table.type == ASSAULT_NUMBER) & (table.weight < 0))
    by_actor = np.zeros((len(numbers), len(cutoffs)))
    for side in (0, 1):
        of_side = replace(clashes, pairs=tuple((actor, "") for actor in numbers), pair=actors[clashes.pair, side])
        by_actor += decayed(of_side, cutoffs, -clashes.weight, ELSEWHERE_HALF_LIFE)
    between = decayed(own, cutoffs, -own.weight, ELSEWHERE_HALF_LIFE)
    mine = np.array([[numbers[actor] for actor in pair] for pair in own.pairs])
    both = [np.sqrt(np.maximum(by_actor[mine[:, side]] - between, 0.0)) for side in (0, 1)]
    product: Floats = both[0] * both[1]
    return product


def risks_of(model: RiskModel, table: IncidentTable, cases: Cases) -> Floats:
    """Return the probability that a model gives each case: [pair, cutoff]. `table` is that of all pairs."""
    risks: Floats = -np.expm1(-model.hazard(list(hazard_terms(table, cases))))
    return risks


# Fitting


def fit(terms: Iterable[Floats], cases: Cases, training: Training) -> RiskArtefact:
    """Return the model under which what happened in the cases is the likeliest. Raises `NotFitted`.

    `terms` are those of the cases, one at a time: of many pairs they do not all fit into the memory.
    """
    if cases.happened.all() or not cases.happened.any():
        raise NotFitted("an ASSAULT follows on none of the training cases, or on all: take more of the log")
    totals, followed = [float(cases.happened.size)], [np.ones(int(cases.happened.sum()))]
    for values in terms:
        totals.append(float(values.sum()))
        followed.append(values[cases.happened])
    constant, *coefficients = hazard_coefficients(
        np.array(totals), np.stack(followed, axis=-1), cases.happened.size
    )
    model = RiskModel("", _rounded(constant), tuple(map(_rounded, coefficients)))
    return read_artefact(_named(_content(RiskArtefact(model, cases.base_rate, training))))


def _rounded(number: float) -> float:
    """Return a number with so few digits that the order of a sum, on another machine, does not show."""
    return float(f"{number:.6g}")


def hazard_coefficients(totals: Floats, followed: Floats, cases: int, penalty: float = _L2) -> Floats:
    """Return the coefficients, 0 at least, that maximise the likelihood of 1 - exp(-L), L being linear in them.

    `totals` are the sums of each term over all cases, `followed` has its values in those that an ASSAULT followed:
    [case, term]. The loss, the sum of L over all cases less that of log(exp(L) - 1) over these, is convex, and so
    is the penalty, half of the squares of what each term adds to the mean L. Newton's method, projected on what is
    at least 0 (Bertsekas 1982). Raises `NotFitted`.
    """
    scale = totals / cases
    used = np.flatnonzero(scale > 0)
    likelihood = _Likelihood(np.full(len(used), float(cases)), followed[:, used] / scale[used], penalty)
    found = np.zeros(len(totals))
    found[used] = _minimum(likelihood, np.full(len(used), len(followed) / cases / len(used))) / scale[used]
    return found


class _Likelihood(NamedTuple):
    """What is minimised, of coefficients that are scaled to a term's mean of 1."""

    totals: Floats
    followed: Floats
    penalty: float

    def loss(self, at: Floats) -> float:
        hazard = self.followed @ at
        if hazard.min() <= 0:
            return float("inf")
        return float(self.totals @ at - (hazard + np.log(-np.expm1(-hazard))).sum() + self.penalty / 2 * at @ at)

    def slope_and_curve(self, at: Floats) -> tuple[Floats, Floats]:
        survived = -np.expm1(-(self.followed @ at))  # the risk
        slope = self.totals - self.followed.T @ (1.0 / survived) + self.penalty * at
        bend = (1.0 - survived) / survived**2
        curve = (self.followed * bend[:, None]).T @ self.followed + self.penalty * np.eye(len(at))
        return slope, curve


def _minimum(likelihood: _Likelihood, at: Floats) -> Floats:
    loss = likelihood.loss(at)
    for _ in range(_MOST_STEPS):
        slope, curve = likelihood.slope_and_curve(at)
        left = np.abs(at - np.maximum(at - slope / np.diag(curve), 0.0)).max()  # 0 at the minimum
        if left < _CONVERGED * (1.0 + at.max()):
            return at
        free = (at > min(left, at.max() * 1e-6)) | (slope <= 0)
        step = -slope / np.diag(curve)
        step[free] = -np.linalg.solve(curve[np.ix_(free, free)], slope[free])
        after, loss = _searched(likelihood, at, step, loss)
        if np.array_equal(after, at):
            return at
        at = after
    raise NotFitted(f"the fit did not converge in {_MOST_STEPS} steps")


def _searched(likelihood: _Likelihood, at: Floats, step: Floats, loss: float) -> tuple[Floats, float]:
    """Return where a step leads, halved until the loss is no greater, and the loss there."""
    share = 1.0
    while share > _CONVERGED:
        after = np.maximum(at + share * step, 0.0)
        if (there := likelihood.loss(after)) <= loss:
            return after, there
        share /= 2.0
    return at, loss


# The artefact


def write_artefact(artefact: RiskArtefact) -> str:
    """Return a fitted model as JSON, the same text for the same model."""
    return json.dumps(_named(_content(artefact)), indent=2) + "\n"


def parse_artefact(text: str | bytes) -> RiskArtefact:
    """Return the model that was written as `text`. Raises `BadArtefact`."""
    try:
        content = json.loads(text)
    except ValueError as error:
        raise BadArtefact(f"it is not JSON: {error}") from None
    return read_artefact(content)


def read_artefact(content: Any) -> RiskArtefact:
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
        return _artefact(content)
    except (KeyError, TypeError, ValueError) as error:
        raise BadArtefact(f"it is incomplete or of another make: {error}") from None


def _artefact(content: Mapping[str, Any]) -> RiskArtefact:
    terms: Sequence[Mapping[str, Any]] = content["terms"]
    if [(term["name"], term["half_life"]) for term in terms] != list(zip(TERMS, _HALF_LIVES, strict=True)):
        raise ValueError("its terms are not this version's")
    if (content["event"], content["horizon"]) != (ASSAULT, HORIZON):
        raise ValueError("its event or its horizon is not this version's")
    coefficients = tuple(float(term["coefficient"]) for term in terms)
    constant, base_rate = float(content["constant"]), float(content["base_rate"])
    if not all(isfinite(number) and number >= 0 for number in (constant, base_rate, *coefficients)):
        raise ValueError("its numbers are not finite, or below 0")
    model = RiskModel(content["name"], constant, coefficients)
    return RiskArtefact(model, base_rate, Training(**content["training"]))


def _content(artefact: RiskArtefact) -> dict[str, Any]:
    names = ("name", "half_life", "coefficient")
    terms = zip(TERMS, _HALF_LIVES, artefact.model.coefficients, strict=True)
    return {
        "format": FORMAT,
        "version": VERSION,
        "event": ASSAULT,
        "horizon": HORIZON,
        "scoring_model": DEFAULT_MODEL.name,
        "base_rate": artefact.base_rate,
        "constant": artefact.model.constant,
        "terms": [dict(zip(names, term, strict=True)) for term in terms],
        "l2": _L2,
        "training": artefact.training._asdict(),
    }


def _named(content: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": _name_of(content), **content}


def _name_of(content: Mapping[str, Any]) -> str:
    rest = {key: value for key, value in content.items() if key != "name"}
    digest = sha256(json.dumps(rest, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
    return f"clash-risk-{content.get('version')}-{digest[:12]}"
