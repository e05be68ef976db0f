"""The clash risk in answers: the model that is used, and what it says of relations."""

from pathlib import Path
from typing import Any

from fastapi import Request

from projections.backtesting.clash_risk import BadArtefact, parse_artefact
from projections.queries.relation import Relation
from projections.scoring.clash_risk.risk_model import DEFAULT_RISK_MODEL, RiskModel


def load_risk_model(path: str) -> RiskModel:
    """Return the model in a file, without a path the default one. Raises `BadArtefact`."""
    if not path:
        return DEFAULT_RISK_MODEL
    try:
        return parse_artefact(Path(path).read_bytes()).model
    except OSError as error:
        raise BadArtefact(f"{path}: it cannot be read: {error.strerror or error}") from None
    except BadArtefact as error:
        raise BadArtefact(f"{path}: {error}") from None


def risk_model_of(request: Request) -> RiskModel:
    """Return the model that the app was started with."""
    model: RiskModel = request.app.state.risk_model
    return model


def risk_fields(model: RiskModel, relation: Relation) -> dict[str, Any]:
    """Return the fields `clash_risk` and `clash_risk_model` of a relation.

    The risk is None where the log has no incident of the two by the day.
    """
    levels = relation.clash_levels
    return {"clash_risk": None if levels is None else model.risk(levels), "clash_risk_model": model.name}
