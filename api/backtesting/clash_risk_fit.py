"""`detente fit-risk`: the clash risk, fitted on a part of the log and evaluated on the rest."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from rich.console import Console, Group, RenderableType
from rich.table import Table

from api.backtesting.backtest import calibration_of, format_number, risk_bins
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
from projections.backtesting.clash_risk import RiskArtefact, Training, fit, hazard_terms, risks_of
from projections.backtesting.incident_table import IncidentTable
from projections.backtesting.metrics import Bin, auc, roc
from projections.scoring.clash_risk.risk_model import HORIZON, RiskModel
from projections.scoring.models import DEFAULT_MODEL
from projections.storage.store import Store
from projections.times import to_date

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
        return risk_bins(self.probabilities, self.cases)

    def as_dict(self) -> dict[str, Any]:
        """Return the figures for a machine."""
        return {
            "profile": self.profile,
            "first_cutoff": str(to_date(int(self.cases.cutoffs[0]))),
            "last_cutoff": str(to_date(int(self.cases.cutoffs[-1]))),
            "cutoffs": len(self.cases.cutoffs),
            "pairs": len(self.cases.table.pairs),
            "cases": int(self.cases.happened.size),
            "base_rate": self.cases.base_rate,
            "base_rate_before": self.base_rate,
            **figures_of(self.probabilities, self.cases)._asdict(),
            **calibration_of(self.probabilities, self.cases),
        }


@dataclass(frozen=True, slots=True)
class FittedRisk:
    """A model, and how it does on the rest of the log: on each profile that has one."""

    artefact: RiskArtefact
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
        table = load(store, profile, DEFAULT_MODEL, one)
        cases = cases_of(table, everything)
    end = _end_of_training(cases, plan.last, share)
    with working(console, "Fitting"):
        early = cases.until(end - HORIZON - 1 if end <= cases.cutoffs[-1] else end)
        if not len(early.cutoffs):
            raise NothingToTest(f"no cutoff is left to fit on before {to_date(end)}: take more of the log")
        artefact = fit(hazard_terms(table, early), early, _training(profile, plan, early))
    with working(console, "Evaluating"):
        tested = _Tested(profile, table, cases)
        others = (_of_profile(store, other, everything) for other in Profile if other is not profile)
        found = [_evaluate(artefact.model, each, end) for each in (tested, *others) if each is not None]
    return FittedRisk(artefact, tuple(each for each in found if each is not None))


class _Tested(NamedTuple):
    """Cases of a profile, and the incidents of all its pairs."""

    profile: Profile
    table: IncidentTable
    cases: Cases


def _of_profile(store: Store, profile: Profile, plan: Plan) -> _Tested | None:
    """Return the cases of a profile; None where it has too little, as the model was not fitted on it."""
    table = load(store, profile, DEFAULT_MODEL, DEFAULT_MODEL.confidence(1))
    try:
        return _Tested(profile, table, cases_of(table, plan))
    except NothingToTest:
        return None


def _evaluate(model: RiskModel, tested: _Tested, end: int) -> Evaluation | None:
    """Return how a model does on cases from a day on; None where there is nothing to tell apart."""
    before, late = tested.cases.until(end - 1), tested.cases.since(end)
    if not len(before.cutoffs) or not late.happened.any() or late.happened.all():
        return None
    return Evaluation(tested.profile, late, risks_of(model, tested.table, late), before.base_rate)


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
        min_incidents=cases.min_incidents,
        cases=int(cases.happened.size),
    )


def fit_as_dict(found: FittedRisk) -> dict[str, Any]:
    """Return a fitted model's name, training and figures for a machine."""
    return {
        "model": found.artefact.model.name,
        "training": {**found.artefact.training._asdict(), "base_rate": found.artefact.base_rate},
        "evaluations": [evaluation.as_dict() for evaluation in found.evaluations],
    }


def fit_as_text(found: FittedRisk) -> RenderableType:
    """Return a fitted model's name, training and figures for a person."""
    model, training = found.artefact.model, found.artefact.training
    head = (
        f"{model.name}: fitted on {training.pairs} pairs, {training.cutoffs:,} cutoffs from {training.first}"
        f" to {training.last}, profile {training.profile}; base rate {found.artefact.base_rate:.4f}."
    )
    if not found.evaluations:
        return f"{head}\nNothing is left of the log to evaluate it on."
    table = Table("later cutoffs, profile", "cases", "AUC", "average precision", "within", "onsets", "Brier skill")
    means = []
    for evaluation in found.evaluations:
        facts = evaluation.as_dict()
        names = ("auc", "average_precision", "within", "onsets", "brier_skill")
        span = f"{evaluation.profile}, {facts['first_cutoff']} to {facts['last_cutoff']}"
        table.add_row(span, f"{facts['cases']:,}", *(format_number(facts[name]) for name in names))
        means.append(
            f"It says {facts['mean_forecast']:.4f} on average where {facts['base_rate']:.4f} came true, profile"
            f" {evaluation.profile}."
        )
    return Group(head, table, *means)


def fit_picture(found: FittedRisk) -> Picture:
    """Return what to draw of a fitted model. Raises `NothingToTest` without an evaluation."""
    if not found.evaluations:
        raise NothingToTest("there is nothing to draw: no cutoff is left to evaluate the model on")
    curves = {}
    for evaluation in found.evaluations:
        forecasts, happened = evaluation.probabilities.ravel(), evaluation.cases.happened.ravel()
        curves[f"profile {evaluation.profile} {auc(forecasts, happened) or 0.0:.3f}"] = roc(forecasts, happened)
    first = found.evaluations[0]
    begins, ends = (to_date(int(first.cases.cutoffs[place])) for place in (0, -1))
    title = f"{found.artefact.model.name}: {begins} to {ends}"
    return Picture(title, curves, first.bins, "forecast probability", 1.0)
