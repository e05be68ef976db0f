"""The scoring models that a read can be asked for."""

from fastapi import APIRouter, Request, Response

from api.http.parameters import Formatted
from api.http.responses import ANSWERS, respond
from api.http.schemas.models import ModelList, model_out
from api.http.scopes import READS
from projections.scoring.models import MODELS

router = APIRouter(prefix="/v1/models", tags=["models"], dependencies=[READS])


@router.get("", response_model=ModelList, dependencies=[Formatted], responses={200: ANSWERS[200]})
def get_models(request: Request) -> Response:
    """List the scoring models with their constants, the default first."""
    items = [model_out(model) for model in MODELS.values()]
    return respond(request, ModelList(items=items), items=items)
