"""The scoring models, and what a tension of theirs meant in this log."""

from fastapi import APIRouter, Request, Response

from api.http.etags import conditional_etag, conditional_read
from api.http.middleware.rationing import DEAR
from api.http.middleware.response_cache import CachedRoute
from api.http.parameters import ModelName, TheService, Waited
from api.http.routes.service.models import pressure_model, tension_bands_at
from api.http.schemas.models import model_out
from api.http.scopes import READS
from api.pages.page_parameters import CHECKED
from api.pages.rendering import page_parts, render_page
from projections.scoring.models import DEFAULT_MODEL, MODELS, PressureModel

router = APIRouter(route_class=CachedRoute, dependencies=[READS, CHECKED], include_in_schema=False)


@router.get("/models")
def get_models_page(request: Request) -> Response:
    """Show the models with their constants, the default first."""
    etag = conditional_etag(request, None, *page_parts(request))
    shown = {
        "models": [model_out(model) for model in MODELS.values()],
        "tested": [name for name, model in MODELS.items() if isinstance(model, PressureModel)],
    }
    return render_page(request, "models.html", shown, etag)


@router.get("/models/tension-bands", dependencies=[Waited, DEAR])
def get_tension_bands_page(
    request: Request, service: TheService, model: ModelName = DEFAULT_MODEL.name
) -> Response:
    """Show how often a clash followed a tension in this log, by bands of ten points."""
    asked = pressure_model(model)
    with conditional_read(request, service, *page_parts(request)) as (connection, snapshot, etag):
        found = tension_bands_at(connection, snapshot, asked)
    return render_page(request, "tension_bands.html", {"found": found}, etag)
