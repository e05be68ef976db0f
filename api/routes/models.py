"""The scoring models that a read can be asked for."""

from fastapi import APIRouter, Request, Response

from api.dependencies import Formatted
from api.formats import ANSWERS, respond
from api.representations.models import ModelList, model_out
from api.security import READS
from projections.model import MODELS

router = APIRouter(prefix="/v1/models", tags=["models"], dependencies=[READS])


@router.get("", response_model=ModelList, dependencies=[Formatted], responses={200: ANSWERS[200]})
def get_models(request: Request) -> Response:
    """List the scoring models with their constants, the default first."""
    items = [model_out(model) for model in MODELS.values()]
    return respond(request, ModelList(items=items), items=items)
