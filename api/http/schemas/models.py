"""The scoring models, and under which of them an answer was made."""

from typing import Annotated, Any

from pydantic import BaseModel, Field

from projections.queries.question import Question
from projections.scoring.models import DEFAULT_MODEL, Model


class ModelOut(BaseModel):
    """A scoring model: its constants, and the lowest and highest value that `what_if` takes for each."""

    name: Annotated[str, Field(examples=["2026.2"])]
    family: Annotated[str, Field(examples=["pressure"])]
    is_default: bool
    description: str
    constants: dict[str, int | float]
    ranges: dict[str, tuple[float, float]]


class ModelList(BaseModel):
    """The scoring models, the default first."""

    items: list[ModelOut]


def model_fields(question: Question) -> dict[str, Any]:
    """Return the fields by which an answer says under which model it was made, and what in it is supposed."""
    return {"model": question.model.name, "what_if": list(question.what_if) or None}


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
