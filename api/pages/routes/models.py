"""The scoring models, and what they mean."""

from fastapi import APIRouter, Request, Response

from api.http.etags import conditional_etag
from api.http.middleware.response_cache import CachedRoute
from api.http.schemas.models import model_out
from api.http.scopes import READS
from api.pages.page_parameters import CHECKED
from api.pages.rendering import page_parts, render_page
from projections.scoring.models import MODELS

router = APIRouter(route_class=CachedRoute, dependencies=[READS, CHECKED], include_in_schema=False)


@router.get("/models")
def get_models_page(request: Request) -> Response:
    """Show the models with their constants, the default first."""
    etag = conditional_etag(request, None, *page_parts(request))
    models = [model_out(model) for model in MODELS.values()]
    return render_page(request, "models.html", {"models": models}, etag)
