"""The scoring models that a read can be asked for, and what their tension meant in this log."""

from fastapi import APIRouter, Request, Response

from api.backtesting.tension_bands import read_tension_bands
from api.http.etags import conditional_read
from api.http.middleware.rationing import DEAR
from api.http.middleware.response_cache import CachedRoute
from api.http.parameters import Formatted, ModelName, TheService, Waited, find_model
from api.http.problems import invalid_parameter
from api.http.responses import ANSWERS, respond
from api.http.schemas.models import ModelList, TensionBandList, model_out, no_tension_bands, tension_bands_out
from api.http.scopes import READS
from projections.backtesting.backtest import NothingToTest
from projections.scoring.models import DEFAULT_MODEL, MODELS, PressureModel
from projections.storage.connection import Connection
from projections.storage.reading.snapshot import Snapshot

router = APIRouter(prefix="/v1/models", tags=["models"], dependencies=[READS])
bands = APIRouter(route_class=CachedRoute, prefix="/v1/models", tags=["models"], dependencies=[READS])


@router.get("", response_model=ModelList, dependencies=[Formatted], responses={200: ANSWERS[200]})
def list_models(request: Request) -> Response:
    """List the scoring models with their constants, the default first."""
    items = [model_out(model) for model in MODELS.values()]
    return respond(request, ModelList(items=items), items=items)


@bands.get(
    "/tension-bands",
    response_model=TensionBandList,
    dependencies=[Waited, Formatted, DEAR],
    responses=ANSWERS,
)
def get_tension_bands(request: Request, service: TheService, model: ModelName = DEFAULT_MODEL.name) -> Response:
    """Say what a tension meant in this log: how often an ASSAULT followed, by bands of 10 points."""
    asked = pressure_model(model)
    with conditional_read(request, service) as (connection, snapshot, etag):
        answer = tension_bands_at(connection, snapshot, asked)
    return respond(request, answer, etag, answer.items)


def pressure_model(name: str) -> PressureModel:
    """Return the model that a parameter names, if its tension comes from pressures. Raises `Problem` (422)."""
    model = find_model("model", name)
    if not isinstance(model, PressureModel):
        of_pressures = ", ".join(each.name for each in MODELS.values() if isinstance(each, PressureModel))
        raise invalid_parameter("model", f"{name} has no pressures to test; {of_pressures} have")
    return model


def tension_bands_at(connection: Connection, snapshot: Snapshot, model: PressureModel) -> TensionBandList:
    """Return what a tension of a model meant in the log; without bands where that is too short to say."""
    try:
        found = read_tension_bands(connection, model)
    except NothingToTest:
        return no_tension_bands(model.name, snapshot.position)
    return tension_bands_out(found, model.name, snapshot.position)
