"""The scoring models, and under which of them an answer was made."""

from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, Field

from api.backtesting.tension_bands import TensionBands
from api.http.schemas.common import time_fields
from domain.log.reader import LogReader
from projections.backtesting.backtest import Plan
from projections.queries.question import Question
from projections.scoring.models import DEFAULT_MODEL, Model
from projections.storage.reading.snapshot import Snapshot
from projections.times import from_micros, to_date


class ModelOut(BaseModel):
    """A scoring model: its constants, and the lowest and highest value that `what_if` takes for each."""

    name: Annotated[str, Field(examples=["2026.2"], description="What names it.")]
    family: Annotated[str, Field(examples=["pressure"], description="The kind of models that it is one of.")]
    is_default: Annotated[bool, Field(description="Whether answers are by it where none is named.")]
    description: Annotated[str, Field(description="What it does.")]
    constants: Annotated[dict[str, int | float], Field(description="Its constants.")]
    ranges: Annotated[
        dict[str, tuple[float, float]],
        Field(description="The lowest and highest value that `what_if` takes for each."),
    ]


class ModelList(BaseModel):
    """The scoring models, the default first."""

    items: list[ModelOut]


class TensionBand(BaseModel):
    """Cases with a tension from `low` up to `high`, and the share of them that an ASSAULT followed."""

    low: Annotated[float, Field(description="The tension from which on a case is in it.")]
    high: Annotated[float, Field(description="The tension below which a case is in it.")]
    cases: Annotated[int, Field(description="How many cases are in it.")]
    clash_followed: Annotated[float, Field(description="The share of the cases, 0 to 1.")]


class TensionBandList(BaseModel):
    """What a tension meant in this log.

    A case is a pair on a cutoff, one a week from `first_cutoff` to `last_cutoff`. An ASSAULT between the two
    followed if it was within the `horizon` days after that. The pairs are those with `min_incidents` or more.
    Where too few pairs have incidents enough, or over too short a time, there are no cases, and nulls.
    """

    items: list[TensionBand]
    model: str
    horizon: int
    pairs: int
    min_incidents: int | None
    first_cutoff: date | None
    last_cutoff: date | None
    cases: int
    base_rate: Annotated[float | None, Field(description="The share of all cases that an ASSAULT followed.")]
    position: int


def tension_bands_out(found: TensionBands, model: str, position: int) -> TensionBandList:
    """Represent what a tension meant."""
    cases = found.cases
    return TensionBandList(
        items=[
            TensionBand(low=band.low, high=band.high, cases=band.cases, clash_followed=band.observed)
            for band in found.bands
        ],
        model=model,
        horizon=cases.horizon,
        pairs=len(cases.table.pairs),
        min_incidents=cases.min_incidents,
        first_cutoff=to_date(int(cases.cutoffs[0])),
        last_cutoff=to_date(int(cases.cutoffs[-1])),
        cases=int(cases.happened.size),
        base_rate=cases.base_rate,
        position=position,
    )


def no_tension_bands(model: str, position: int) -> TensionBandList:
    """Represent that a log is too short to say what a tension meant."""
    return TensionBandList(
        items=[],
        model=model,
        horizon=Plan().horizon,
        pairs=0,
        min_incidents=None,
        first_cutoff=None,
        last_cutoff=None,
        cases=0,
        base_rate=None,
        position=position,
    )


def model_fields(question: Question) -> dict[str, Any]:
    """Return the fields by which an answer says under which model it was made, and what in it is supposed."""
    return {"model": question.model.name, "what_if": list(question.what_if) or None}


def about_fields(question: Question, snapshot: Snapshot) -> dict[str, Any]:
    """Return what a whole list is an answer to: the position, the times and the model."""
    answered = question.answered_by(snapshot.recorded)
    return {"position": snapshot.position, **time_fields(answered), **model_fields(question)}


def cited_position(log: LogReader, question: Question, snapshot: Snapshot) -> int:
    """Return the position that the log had at the `known_at` of a question, or has, if it has none.

    So an answer, its permalink, its citation and its picture name the same position, however the log grows.
    """
    if question.known_at is None:
        return snapshot.position
    return log.position_at(from_micros(question.known_at), snapshot.position)


def model_out(model: Model) -> ModelOut:
    """Represent a scoring model."""
    return ModelOut(
        name=model.name,
        family=model.family,
        is_default=model == DEFAULT_MODEL,
        description=model.description,
        constants=model.constants(),
        ranges=model.ranges(),
    )
