"""`detente backtest` and `detente fit-risk`: from the log to figures, as text, JSON and pictures."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

import numpy as np
from rich.console import Console, Group, RenderableType
from rich.table import Table

from api.pictures import Picture
from projections.backtest import (
    Cases,
    Figures,
    Method,
    NothingToTest,
    Plan,
    by_pair,
    cases_of,
    figures_of,
    methods_of,
    onsets,
    varied_pairs,
)
from projections.history import History, load_coded_history, load_history
from projections.model import DEFAULT_MODEL, ScoringModel
from projections.ranking import Bin, auc, brier, brier_skill, reliability, roc
from projections.risk import HORIZON, RiskModel, Training, features_of, fit
from projections.score import Floats, confidence, to_date, to_day
from projections.store import Store

_SCORE_BINS: Final = np.linspace(0.0, 100.0, 11)
_RISK_BINS: Final = np.linspace(0.0, 1.0, 11)
_SHOWN: Final = 5  # pairs and onsets in a text
_MOST_ONSETS: Final = 50  # in JSON
_UNANNOUNCED: Final = 0.5  # of the calm cases score higher


class Profile(StrEnum):
    """Whose relations are tested.

    `default`: the registry's actors, as the service scores them. `reference`: countries as they were coded, every
    incident believed in full and nothing spilled over, as event data are read elsewhere.
    """

    DEFAULT = "default"
    REFERENCE = "reference"


class BadOption(ValueError):
    """An option that makes no sense; the message says what would."""


def parse_range(first: str | None, last: str | None) -> tuple[int | None, int | None]:
    """Return the days of `--from` and `--to`. Raises `BadOption`."""
    days = _parse_day("--from", first), _parse_day("--to", last)
    if days[0] is not None and days[1] is not None and days[0] > days[1]:
        raise BadOption(f"--from, {first}, is after --to, {last}")
    return days


def _parse_day(name: str, text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return to_day(date.fromisoformat(text))
    except ValueError:
        raise BadOption(f"{name}: {text!r} is not a day such as 2001-12-31") from None


def working(console: Console, what: str) -> AbstractContextManager[Any]:
    """Return a context that says on a terminal what is being done."""
    return console.status(what) if console.is_terminal else nullcontext()


def load(store: Store, profile: Profile, model: ScoringModel, weight_of_one: float = 1.0) -> History:
    """Return the history of a profile: weighed by the model, or `weight_of_one` for a point of intensity."""
    with store.reading() as connection:
        if profile is Profile.DEFAULT:
            return load_history(connection, model)
        return load_coded_history(connection, weight_of_one)


# detente backtest


@dataclass(frozen=True, slots=True)
class Backtest:
    """The result of a backtest: its cases, its methods and how they did."""

    profile: Profile
    model: ScoringModel
    plan: Plan
    cases: Cases
    methods: tuple[Method, ...]
    figures: dict[str, Figures]

    @property
    def tension(self) -> Floats:
        """The tension of each case."""
        return next(method.scores for method in self.methods if method.name == "tension")


def run_backtest(
    store: Store, profile: Profile, plan: Plan, console: Console, model: ScoringModel = DEFAULT_MODEL
) -> Backtest:
    """Test the score on what is in the log. Raises `NothingToTest`."""
    with working(console, "Reading the log"):
        history = load(store, profile, model)
    with working(console, "Scoring"):
        cases = cases_of(history, plan)
        methods = tuple(methods_of(history, cases, model))
        figures = {method.name: figures_of(method.scores, cases) for method in methods}
    return Backtest(profile, model, plan, cases, methods, figures)


def backtest_as_dict(found: Backtest) -> dict[str, Any]:
    """Return a backtest for a machine."""
    starts = onsets(found.tension, found.cases)
    return {
        "profile": found.profile,
        "model": found.model.name,
        **_cases_as_dict(found.cases, found.plan),
        "methods": [
            {"name": method.name, "title": method.title, **found.figures[method.name]._asdict()}
            for method in found.methods
        ],
        "tension_reliability": [found._asdict() for found in _tension_bins(found)],
        "by_pair": [figures._asdict() for figures in by_pair(found.tension, found.cases)],
        "onsets": len(starts),
        "unannounced_onsets": sum(onset.above > _UNANNOUNCED for onset in starts),
        "least_announced_onsets": [
            {
                "pair": onset.pair,
                "day": str(to_date(onset.day)),
                "before": None if onset.before is None else str(to_date(onset.before)),
                "cutoff": str(to_date(onset.cutoff)),
                "tension": onset.score,
                "calm_cases_above": onset.above,
            }
            for onset in starts[:_MOST_ONSETS]
        ],
    }


def _cases_as_dict(cases: Cases, plan: Plan) -> dict[str, Any]:
    calm = ~cases.recent
    return {
        "horizon": plan.horizon,
        "every": plan.every,
        "min_incidents": plan.min_incidents,
        "first_cutoff": str(to_date(int(cases.cutoffs[0]))),
        "last_cutoff": str(to_date(int(cases.cutoffs[-1]))),
        "cutoffs": len(cases.cutoffs),
        "silent_cutoffs": cases.silent,
        "pairs": len(cases.history.pairs),
        "varied_pairs": len(varied_pairs(cases)),
        "cases": int(cases.happened.size),
        "base_rate": cases.base_rate,
        "calm_cases": int(calm.sum()),
        "onset_rate": float(cases.happened[calm].mean()) if calm.any() else None,
    }


def _tension_bins(found: Backtest) -> list[Bin]:
    return reliability(found.tension.ravel(), found.cases.happened.ravel(), _SCORE_BINS)


def backtest_as_text(found: Backtest) -> RenderableType:
    """Return a backtest for a person."""
    cases, facts = found.cases, _cases_as_dict(found.cases, found.plan)
    head = (
        f"{facts['pairs']} pairs with {found.plan.min_incidents} incidents or more, {facts['cutoffs']:,} cutoffs"
        f" from {facts['first_cutoff']} to {facts['last_cutoff']}: {facts['cases']:,} cases,"
        f" profile {found.profile}.\nAn ASSAULT follows within {found.plan.horizon} days on {cases.base_rate:.4f}"
        f" of them, and on {_number(facts['onset_rate'])} of the {facts['calm_cases']:,}"
        " after 90 days without one."
    )
    if cases.silent:
        head += f"\n{cases.silent:,} cutoffs are left out: the log is silent about everyone within the horizon."
    table = Table("score", "AUC", "average precision", "AUC within pairs", "AUC of onsets")
    for method in found.methods:
        table.add_row(method.title, *map(_number, found.figures[method.name]))
    return Group(head, table, *_worst(found.tension, cases))


def _worst(tension: Floats, cases: Cases) -> Iterator[RenderableType]:
    pairs = Table("pair", "incidents", "base rate", "AUC", title="Where tension ranks worst")
    for figures in by_pair(tension, cases)[:_SHOWN]:
        pairs.add_row(
            "-".join(figures.pair), f"{figures.incidents:,}", _number(figures.base_rate), _number(figures.auc)
        )
    missed = Table(
        "pair", "clash on", "the one before", "tension", "calm cases above", title="Unannounced clashes"
    )
    for onset in onsets(tension, cases)[:_SHOWN]:
        before = "none" if onset.before is None else str(to_date(onset.before))
        day = str(to_date(onset.day))
        missed.add_row("-".join(onset.pair), day, before, f"{onset.score:.1f}", f"{onset.above:.0%}")
    yield pairs
    yield missed


def backtest_picture(found: Backtest) -> Picture:
    """Return what to draw of a backtest."""
    happened = found.cases.happened.ravel()
    shown = [method for method in found.methods if method.name != "conflict_pressure"]
    curves = {
        f"{method.title} {found.figures[method.name].auc:.3f}": roc(method.scores.ravel(), happened)
        for method in shown
    }
    title = f"{len(found.cases.history.pairs)} pairs, an ASSAULT within {found.plan.horizon} days"
    return Picture(title, curves, _tension_bins(found), "tension", 100.0)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


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
            "pairs": len(self.cases.history.pairs),
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
    one = confidence(1, DEFAULT_MODEL)  # so that both profiles weigh what one publisher reports alike
    everything = plan._replace(horizon=HORIZON, last=None)
    with working(console, "Reading the log"):
        cases = cases_of(load(store, profile, DEFAULT_MODEL, one), everything)
    end = _end_of_training(cases, plan.last, share)
    with working(console, "Fitting"):
        early = cases.until(end - HORIZON - 1 if end <= cases.cutoffs[-1] else end)
        if not len(early.cutoffs):
            raise NothingToTest(f"no cutoff is left to fit on before {to_date(end)}: take more of the log")
        model = fit(features_of(early.history, early.cutoffs), early, _training(profile, plan, early))
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
        pairs=len(cases.history.pairs),
        min_incidents=plan.min_incidents,
        cases=int(cases.happened.size),
    )


def _evaluations(
    store: Store, profile: Profile, cases: Cases, model: RiskModel, plan: Plan, end: int
) -> Iterator[Evaluation]:
    for other in (profile, *(known for known in Profile if known is not profile)):
        if other is not profile:
            try:
                cases = cases_of(load(store, other, DEFAULT_MODEL, confidence(1, DEFAULT_MODEL)), plan)
            except NothingToTest:
                continue  # it has too little, and the model was not fitted on it
        before, late = cases.until(end - 1), cases.since(end)
        if len(before.cutoffs) and late.happened.any() and not late.happened.all():
            probabilities = model.probabilities(features_of(late.history, late.cutoffs))
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
        table.add_row(span, f"{facts['cases']:,}", *(_number(facts[name]) for name in names))
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
