"""`detente backtest` and `detente fit-risk`: how good the score is, and the probability of a clash."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from api.backtesting.backtest import (
    Scoring,
    backtest_as_dict,
    backtest_as_text,
    backtest_picture,
    run_backtest,
)
from api.backtesting.clash_risk_fit import fit_as_dict, fit_as_text, fit_picture, run_fit
from api.backtesting.pictures import NoPicture, Picture, check_picture, write_picture
from api.backtesting.profiles import BadOption, Profile, parse_range
from api.cli.console import AsJson, err, failing_on, open_service, out, print_json
from api.http.clash_risk import load_risk_model
from projections.backtesting.backtest import NothingToTest, Plan
from projections.backtesting.clash_risk import BadArtefact, NotFitted, write_artefact
from projections.scoring.models import DEFAULT_MODEL, PRESSURE_MODELS

First = Annotated[
    str | None, typer.Option("--from", help="First cutoff; by default a year after the first incident.")
]
Last = Annotated[str | None, typer.Option("--to", help="Last cutoff.")]
Every = Annotated[int, typer.Option(min=1, help="Days from one cutoff to the next.")]
ProfileOption = Annotated[
    Profile, typer.Option(help="The registry's actors as the service scores them, or countries as coded.")
]
PictureOption = Annotated[Path | None, typer.Option(help="Draw ROC and reliability: .svg or .png.")]

_REFUSALS = (BadOption, NothingToTest, NotFitted, NoPicture, BadArtefact)


def backtest(
    first: First = None,
    last: Last = None,
    horizon: Annotated[int, typer.Option(min=1, help="Days within which the ASSAULT comes.")] = 30,
    every: Every = 7,
    min_incidents: Annotated[
        int | None,
        typer.Option(
            min=1, help="Only pairs with as many incidents in the whole log; 200, or less if few pairs have those."
        ),
    ] = None,
    profile: ProfileOption = Profile.DEFAULT,
    model: Annotated[str, typer.Option(help="The scoring model.")] = DEFAULT_MODEL.name,
    as_published: Annotated[
        bool, typer.Option("--as-published", help="Score each cutoff by what was published by then alone.")
    ] = False,
    as_json: AsJson = False,
    picture: PictureOption = None,
) -> None:
    """Test how well the score ranks the pairs that will see an ASSAULT above those that will not."""
    with failing_on(*_REFUSALS), open_service(reads_only=True) as service:
        days = parse_range(first, last)
        if model not in PRESSURE_MODELS:
            raise BadOption(f"--model: {model!r} is not one of {', '.join(PRESSURE_MODELS)}")
        if picture is not None:
            check_picture(picture)
        plan = Plan(*days, horizon, every, min_incidents)
        scoring = Scoring(PRESSURE_MODELS[model], load_risk_model(service.settings.risk_model))
        if (history := service.history) is not None:
            history.look()
        found = run_backtest(
            service.store, profile, plan, err, scoring, as_published=as_published, history=history
        )
        if found.history is not None:
            err.print(f"The incidents come from the history of position {found.history}, and from the log since.")
        _draw(picture, lambda: backtest_picture(found))
    if as_json:
        print_json(backtest_as_dict(found))
    else:
        out.print(backtest_as_text(found), highlight=False)


def fit_risk(
    artefact: Annotated[Path, typer.Option("--out", help="Write the model here, as JSON.")],
    first: First = None,
    last: Last = None,
    share: Annotated[
        float | None, typer.Option(help="Fit on this share of the cutoffs, the earliest; 0.5 without --to.")
    ] = None,
    every: Every = 7,
    min_incidents: Annotated[
        int, typer.Option(min=1, help="Only pairs with as many incidents in the whole log.")
    ] = 20,
    profile: ProfileOption = Profile.DEFAULT,
    as_json: AsJson = False,
    picture: PictureOption = None,
) -> None:
    """Fit the probability of an ASSAULT within 30 days on a part of the log, and evaluate it on the rest."""
    with failing_on(*_REFUSALS), open_service(reads_only=True) as service:
        days = parse_range(first, last)
        if last is not None and share is not None:
            raise BadOption("give either --to or --share, not both")
        if picture is not None:
            check_picture(picture)
        plan = Plan(*days, every=every, min_incidents=min_incidents)
        part = 0.5 if last is None and share is None else share
        found = run_fit(service.store, profile, plan, part, err)
        artefact.parent.mkdir(parents=True, exist_ok=True)
        artefact.write_text(write_artefact(found.artefact), "utf-8")
        _draw(picture, lambda: fit_picture(found))
    if as_json:
        print_json(fit_as_dict(found))
    else:
        out.print(fit_as_text(found), highlight=False)


def _draw(path: Path | None, picture: Callable[[], Picture]) -> None:
    if path is not None:
        write_picture(picture(), path)
