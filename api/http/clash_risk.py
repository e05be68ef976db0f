"""The clash risk in answers: the model that a setting names, and what it says of relations."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fastapi import Request

from projections.backtesting.clash_risk import BadArtefact, RiskModel, parse_artefact, risk_on
from projections.pairs import Pair
from projections.queries.load_incident_table import conflict_of
from projections.queries.question import Question
from projections.queries.relation import Relation


def load_risk_model(path: str) -> RiskModel | None:
    """Return the model in a file, None without a path. Raises `BadArtefact`."""
    if not path:
        return None
    try:
        return parse_artefact(Path(path).read_bytes())
    except OSError as error:
        raise BadArtefact(f"{path}: it cannot be read: {error.strerror or error}") from None
    except BadArtefact as error:
        raise BadArtefact(f"{path}: {error}") from None


def risk_model_of(request: Request) -> RiskModel | None:
    """Return the model that the app was started with."""
    model: RiskModel | None = request.app.state.risk_model
    return model


def risk_fields(
    model: RiskModel | None, relations: Sequence[Relation], question: Question
) -> list[dict[str, Any]]:
    """Return the fields `clash_risk` and `clash_risk_model` of each relation, which have their own incidents.

    The risk is None without a model, and where the log has no incident of the two by the day.
    """
    if model is None:
        return [{"clash_risk": None, "clash_risk_model": None} for _ in relations]
    known = {
        relation.pair: relation.own for relation in relations if relation.incidents and relation.own is not None
    }
    risks: dict[Pair, float] = {}
    if known:
        conflict = conflict_of(known, question)
        risks = dict(zip(conflict.pairs, risk_on(model, conflict, question.day).tolist(), strict=True))
    return [{"clash_risk": risks.get(relation.pair), "clash_risk_model": model.name} for relation in relations]
