"""`detente backtest` and `detente fit-risk`: from the log to figures, as text, JSON and pictures."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, NamedTuple

import numpy as np
from rich.console import Console, Group, RenderableType
from rich.table import Table

from api.backtesting.pictures import Picture
from api.backtesting.profiles import Profile, load, load_published, working
from api.backtesting.tension_bands import bands_of
from projections.arrays import Floats
from projections.backtesting.backtest import (
    Cases,
    Figures,
    Method,
    Plan,
    by_pair,
    cases_of,
    figures_of,
    methods_as_published,
    methods_of,
    onsets,
    varied_pairs,
)
from projections.backtesting.clash_risk import risks_of
from projections.backtesting.incident_table import IncidentTable
from projections.backtesting.metrics import Bin, brier, brier_skill, reliability, roc
from projections.queries.load_incident_table import OrderedHistory
from projections.scoring.clash_risk.risk_model import DEFAULT_RISK_MODEL, RiskModel
from projections.scoring.models import DEFAULT_MODEL, PressureModel
from projections.storage.store import Store
from projections.times import to_date

_RISK_BINS: Final = np.linspace(0.0, 1.0, 11)
_SHOWN: Final = 5  # pairs and onsets in a text
_MOST_ONSETS: Final = 50  # in JSON
_UNANNOUNCED: Final = 0.5  # of the calm cases score higher


# detente backtest


@dataclass(frozen=True, slots=True)
class Backtest:
    """The result of a backtest: its cases, its methods and how they did.

    `as_published` says that the scores are made of what was published by each cutoff alone. `history` is the
    position of the history that the incidents come from, None without one.
    """

    profile: Profile
    model: PressureModel
    plan: Plan
    cases: Cases
    methods: tuple[Method, ...]
    figures: dict[str, Figures]
    risk_model: RiskModel
    as_published: bool = False
    history: int | None = None

    @property
    def tension(self) -> Floats:
        """The tension of each case."""
        return self._scores("tension")

    @property
    def clash_risk(self) -> Floats:
        """The clash risk of each case."""
        return self._scores("clash_risk")

    def _scores(self, name: str) -> Floats:
        return next(method.scores for method in self.methods if method.name == name)


class Scoring(NamedTuple):
    """What a backtest tests: a scoring model, and a clash risk model."""

    model: PressureModel = DEFAULT_MODEL
    risk_model: RiskModel = DEFAULT_RISK_MODEL

    def methods_of(self, table: IncidentTable, cases: Cases, profile: Profile) -> list[Method]:
        """Return the scores of the model and the clash risk. `table` is that of all pairs."""
        risk = Method("clash_risk", "clash risk", _risks(self.risk_model, table, cases, profile))
        return [*methods_of(table, cases, self.model), risk]


def run_backtest(
    store: Store,
    profile: Profile,
    plan: Plan,
    console: Console,
    scoring: Scoring,
    *,
    as_published: bool = False,
    history: OrderedHistory | None = None,
) -> Backtest:
    """Test the scores on what is in the log, and in a `history` of it. Raises `NothingToTest`."""
    model, risk_model = scoring
    with working(console, "Reading the log"):
        table = load(store, profile, model, history=history)
    with working(console, "Scoring"):
        cases = cases_of(table, plan)
        score = partial(scoring.methods_of, profile=profile)
        if as_published:
            methods = tuple(methods_as_published(load_published(store, profile, model), cases, score))
        else:
            methods = tuple(score(table, cases))
        figures = {method.name: figures_of(method.scores, cases) for method in methods}
    return Backtest(profile, model, plan, cases, methods, figures, risk_model, as_published, table.history)


def _risks(risk_model: RiskModel, table: IncidentTable, cases: Cases, profile: Profile) -> Floats:
    """Return the clash risk of each case; it takes incidents to weigh what one publisher's weigh by default."""
    if profile is Profile.REFERENCE:
        one = DEFAULT_MODEL.confidence(1)
        table = replace(table, weight=one * table.weight)
        cases = replace(cases, table=replace(cases.table, weight=one * cases.table.weight))
    return risks_of(risk_model, table, cases)


def backtest_as_dict(found: Backtest) -> dict[str, Any]:
    """Return a backtest for a machine."""
    starts = onsets(found.tension, found.cases)
    return {
        "profile": found.profile,
        "model": found.model.name,
        "as_published": found.as_published,
        **_cases_as_dict(found.cases, found.plan),
        "methods": [
            {"name": method.name, "title": method.title, **found.figures[method.name]._asdict()}
            for method in found.methods
        ],
        "tension_reliability": [each._asdict() for each in _tension_bins(found)],
        "clash_risk": _risk_as_dict(found),
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


def _risk_as_dict(found: Backtest) -> dict[str, Any]:
    return {"model": found.risk_model.name, **calibration_of(found.clash_risk, found.cases)}


def calibration_of(risks: Floats, cases: Cases) -> dict[str, Any]:
    """Return how true probabilities are. The Brier skill is against always saying the base rate of the cases."""
    forecasts, happened = risks.ravel(), cases.happened.ravel()
    return {
        "mean_forecast": float(forecasts.mean()),
        "brier": brier(forecasts, happened),
        "brier_skill": brier_skill(forecasts, happened, cases.base_rate),
        "reliability": [each._asdict() for each in risk_bins(risks, cases)],
    }


def risk_bins(risks: Floats, cases: Cases) -> list[Bin]:
    """Return probabilities by tenths, and what came of them."""
    return reliability(risks.ravel(), cases.happened.ravel(), _RISK_BINS)


def _cases_as_dict(cases: Cases, plan: Plan) -> dict[str, Any]:
    calm = ~cases.recent
    return {
        "horizon": plan.horizon,
        "every": plan.every,
        "min_incidents": cases.min_incidents,
        "first_cutoff": str(to_date(int(cases.cutoffs[0]))),
        "last_cutoff": str(to_date(int(cases.cutoffs[-1]))),
        "cutoffs": len(cases.cutoffs),
        "silent_cutoffs": cases.silent,
        "pairs": len(cases.table.pairs),
        "varied_pairs": len(varied_pairs(cases)),
        "cases": int(cases.happened.size),
        "base_rate": cases.base_rate,
        "calm_cases": int(calm.sum()),
        "onset_rate": float(cases.happened[calm].mean()) if calm.any() else None,
    }


def _tension_bins(found: Backtest) -> list[Bin]:
    return bands_of(found.tension, found.cases)


def backtest_as_text(found: Backtest) -> RenderableType:
    """Return a backtest for a person."""
    cases, facts = found.cases, _cases_as_dict(found.cases, found.plan)
    head = (
        f"{facts['pairs']} pairs with {cases.min_incidents} incidents or more, {facts['cutoffs']:,} cutoffs"
        f" from {facts['first_cutoff']} to {facts['last_cutoff']}: {facts['cases']:,} cases,"
        f" profile {found.profile}.\nAn ASSAULT follows within {found.plan.horizon} days on {cases.base_rate:.4f}"
        f" of them, and on {format_number(facts['onset_rate'])} of the {facts['calm_cases']:,}"
        " after 90 days without one."
    )
    if found.as_published:
        head += "\nThe score of a case is made of what was published by its cutoff."
    if cases.silent:
        head += f"\n{cases.silent:,} cutoffs are left out: the log is silent about everyone within the horizon."
    table = Table("score", "AUC", "average precision", "AUC within pairs", "AUC of onsets")
    for method in found.methods:
        table.add_row(method.title, *map(format_number, found.figures[method.name]))
    return Group(head, table, _calibration(found), _bands(found), *_worst(found.tension, cases))


def _calibration(found: Backtest) -> str:
    facts = _risk_as_dict(found)
    return (
        f"The clash risk, {facts['model']}, says {facts['mean_forecast']:.4f} on average where"
        f" {found.cases.base_rate:.4f} came true. Brier skill {format_number(facts['brier_skill'])}."
    )


def _bands(found: Backtest) -> Table:
    """Return what a tension meant in this log."""
    horizon = found.cases.horizon
    bands = Table(
        "tension", "cases", f"an ASSAULT within {horizon} days", title="What a tension meant in this log"
    )
    for band in _tension_bins(found):
        bands.add_row(f"{band.low:.0f} to {band.high:.0f}", f"{band.cases:,}", f"{band.observed:.1%}")
    return bands


def _worst(tension: Floats, cases: Cases) -> Iterator[RenderableType]:
    pairs = Table("pair", "incidents", "base rate", "AUC", title="Where tension ranks worst")
    for figures in by_pair(tension, cases)[:_SHOWN]:
        pairs.add_row(
            "-".join(figures.pair),
            f"{figures.incidents:,}",
            format_number(figures.base_rate),
            format_number(figures.auc),
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
    shown = [method for method in found.methods if method.name not in ("conflict_pressure", "clash_risk")]
    curves = {
        f"{method.title} {found.figures[method.name].auc:.3f}": roc(method.scores.ravel(), happened)
        for method in shown
    }
    title = f"{len(found.cases.table.pairs)} pairs, an ASSAULT within {found.plan.horizon} days"
    return Picture(title, curves, _tension_bins(found), "tension", 100.0)


def format_number(value: float | None) -> str:
    """Return a figure with four digits, a dash where there is none."""
    return "-" if value is None else f"{value:.4f}"
