"""`detente fit-risk`: the clash risk, fitted on a part of the log and evaluated on the rest."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from rich.console import Console, Group, RenderableType
from rich.table import Table

from api.backtesting.backtest import format_number
from api.backtesting.pictures import Picture
from api.backtesting.profiles import BadOption, Profile, load, working
from projections.arrays import Floats
from projections.backtesting.backtest import (
    Cases,
    NothingToTest,
    Plan,
    cases_of,
    figures_of,
)
from projections.backtesting.clash_risk import HORIZON, RiskModel, Training, features_of, fit
from projections.backtesting.metrics import Bin, auc, brier, brier_skill, reliability, roc
from projections.scoring.models import DEFAULT_MODEL
from projections.storage.store import Store
from projections.times import to_date

_RISK_BINS: Final = np.linspace(0.0, 1.0, 11)


# detente fit-risk


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How a model does on cases later than those it was fitted on. `base_rate` is that of the earlier cases."""

    profile: Profile
    cases: Cases
    probabilities: Floats
    base_rate: float

    @property
    def bins(self) -> list[Bin]:
        """The forecasts by tenths, and what came of them."""
        return reliability(self.probabilities.ravel(), self.cases.happened.ravel(), _RISK_BINS)

    def as_dict(self) -> dict[str, Any]:
        """Return the figures for a machine."""
        forecasts, happened = self.probabilities.ravel(), self.cases.happened.ravel()
        return {
            "profile": self.profile,
            "first_cutoff": str(to_date(int(self.cases.cutoffs[0]))),
            "last_cutoff": str(to_date(int(self.cases.cutoffs[-1]))),
            "cutoffs": len(self.cases.cutoffs),
            "pairs": len(self.cases.table.pairs),
            "cases": len(forecasts),
            "base_rate": self.cases.base_rate,
            "base_rate_before": self.base_rate,
            "mean_forecast": float(forecasts.mean()),
            **figures_of(self.probabilities, self.cases)._asdict(),
            "brier": brier(forecasts, happened),
            "brier_skill": brier_skill(forecasts, happened, self.base_rate),
            "reliability": [found._asdict() for found in self.bins],
        }


@dataclass(frozen=True, slots=True)
class FittedRisk:
    """A model, and how it does on the rest of the log: on each profile that has one."""

    model: RiskModel
    evaluations: tuple[Evaluation, ...]


def run_fit(store: Store, profile: Profile, plan: Plan, share: float | None, console: Console) -> FittedRisk:
    """Fit the clash risk on a part of the log, and evaluate it on what comes after.

    The part is the plan's `first` to `last`, or the first `share` of the cutoffs. What training knows of
    happened before the first cutoff of the rest. Raises `NothingToTest`, `NotFitted`, `BadOption`.
    """
    if share is not None and not 0.0 < share <= 1.0:
        raise BadOption(f"--share is above 0 and at most 1, not {share}")
    one = DEFAULT_MODEL.confidence(1)  # so that both profiles weigh what one publisher reports alike
    everything = plan._replace(horizon=HORIZON, last=None)
    with working(console, "Reading the log"):
        cases = cases_of(load(store, profile, DEFAULT_MODEL, one), everything)
    end = _end_of_training(cases, plan.last, share)
    with working(console, "Fitting"):
        early = cases.until(end - HORIZON - 1 if end <= cases.cutoffs[-1] else end)
        if not len(early.cutoffs):
            raise NothingToTest(f"no cutoff is left to fit on before {to_date(end)}: take more of the log")
        model = fit(features_of(early.table, early.cutoffs), early, _training(profile, plan, early))
    with working(console, "Evaluating"):
        found = tuple(_evaluations(store, profile, cases, model, everything, end))
    return FittedRisk(model, found)


def _end_of_training(cases: Cases, last: int | None, share: float | None) -> int:
    """Return the first day of the cutoffs that are for evaluation, beyond the last where none are."""
    beyond = int(cases.cutoffs[-1]) + 1
    if last is not None:
        return last + 1
    number = int(len(cases.cutoffs) * (share if share is not None else 1.0))
    return int(cases.cutoffs[number]) if number < len(cases.cutoffs) else beyond


def _training(profile: Profile, plan: Plan, cases: Cases) -> Training:
    return Training(
        profile=profile,
        first=str(to_date(int(cases.cutoffs[0]))),
        last=str(to_date(int(cases.cutoffs[-1]))),
        every=plan.every,
        cutoffs=len(cases.cutoffs),
        pairs=len(cases.table.pairs),
        min_incidents=plan.min_incidents,
        cases=int(cases.happened.size),
    )


def _evaluations(
    store: Store, profile: Profile, cases: Cases, model: RiskModel, plan: Plan, end: int
) -> Iterator[Evaluation]:
    for other in (profile, *(known for known in Profile if known is not profile)):
        if other is not profile:
            try:
                cases = cases_of(load(store, other, DEFAULT_MODEL, DEFAULT_MODEL.confidence(1)), plan)
            except NothingToTest:
                continue  # it has too little, and the model was not fitted on it
        before, late = cases.until(end - 1), cases.since(end)
        if len(before.cutoffs) and late.happened.any() and not late.happened.all():
            probabilities = model.probabilities(features_of(late.table, late.cutoffs))
            yield Evaluation(other, late, probabilities, before.base_rate)


def fit_as_dict(found: FittedRisk) -> dict[str, Any]:
    """Return a fitted model's name, training and figures for a machine."""
    return {
        "model": found.model.name,
        "training": {**found.model.training._asdict(), "base_rate": found.model.base_rate},
        "evaluations": [evaluation.as_dict() for evaluation in found.evaluations],
    }


def fit_as_text(found: FittedRisk) -> RenderableType:
    """Return a fitted model's name, training and figures for a person."""
    training = found.model.training
    head = (
        f"{found.model.name}: fitted on {training.pairs} pairs, {training.cutoffs:,} cutoffs from {training.first}"
        f" to {training.last}, profile {training.profile}; base rate {found.model.base_rate:.4f}."
    )
    if not found.evaluations:
        return f"{head}\nNothing is left of the log to evaluate it on."
    table = Table("later cutoffs, profile", "cases", "AUC", "average precision", "within", "onsets", "Brier skill")
    for evaluation in found.evaluations:
        facts = evaluation.as_dict()
        names = ("auc", "average_precision", "within", "onsets", "brier_skill")
        span = f"{evaluation.profile}, {facts['first_cutoff']} to {facts['last_cutoff']}"
        table.add_row(span, f"{facts['cases']:,}", *(format_number(facts[name]) for name in names))
    return Group(head, table)


def fit_picture(found: FittedRisk) -> Picture:
    """Return what to draw of a fitted model. Raises `NothingToTest` without an evaluation."""
    if not found.evaluations:
        raise NothingToTest("there is nothing to draw: no cutoff is left to evaluate the model on")
    curves = {}
    for evaluation in found.evaluations:
        forecasts, happened = evaluation.probabilities.ravel(), evaluation.cases.happened.ravel()
        curves[f"profile {evaluation.profile} {auc(forecasts, happened) or 0.0:.3f}"] = roc(forecasts, happened)
    first = found.evaluations[0]
    title = (
        f"{found.model.name}: {to_date(int(first.cases.cutoffs[0]))} to {to_date(int(first.cases.cutoffs[-1]))}"
    )
    return Picture(title, curves, first.bins, "forecast probability", 1.0)
