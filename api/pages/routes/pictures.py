"""Pictures: the curve of a pair, an actor's network, the matrix of some actors, and the map of incidents.

Each is at the address of its page or data with `.svg`, `.png` or `.vl.json`, which leads here. What is shown is
read in a thread like all reads; the picture is made in a process of its own.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final, NamedTuple

from fastapi import APIRouter, Depends, Query, Request, Response

from api.charts.definition import Definition, Look
from api.charts.renderer import NotRendered, Renderer, RendererBusy, TooDear
from api.charts.themes import ThemeName
from api.http.etags import ConditionalRead, conditional_read
from api.http.formats.negotiation import PICTURE_TYPES, PICTURES, AnswerFormat, chosen_format
from api.http.middleware.rationing import DEAR, DEAR_IF_SUPPOSED, DEAR_IN_THE_PAST, run_reading
from api.http.middleware.response_cache import CachedRoute
from api.http.parameters import (
    NameInPath,
    ThePair,
    TheQuestion,
    TheService,
    Waited,
    question_parts,
    resolve_actor,
)
from api.http.problems import Problem, invalid_parameter
from api.http.responses import history_headers, noting_history
from api.http.routes.series import Asked
from api.http.routes.surveys.incident_map import TheAskedMap, ThePart, load_map
from api.http.routes.surveys.networks import AskedActors, Neighbours, load_matrix
from api.http.schemas.models import cited_position
from api.http.scopes import READS
from api.pages.catalogue import catalogue_of
from api.pages.rendering import page_parts
from api.pages.security_headers import SECURITY_HEADERS
from api.pages.views.pictures.incident_map import map_caption, map_picture
from api.pages.views.pictures.networks import matrix_caption, matrix_picture, network_caption, network_picture
from api.pages.views.pictures.tension import tension_picture
from api.running.service import Service
from projections.queries.question import Question
from projections.queries.surveys.networks import network_at
from projections.queries.tension_series import TooManyPoints

_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The picture, or its definition.",
        "content": {
            PICTURE_TYPES[AnswerFormat.SVG]: {"schema": {"type": "string"}},
            PICTURE_TYPES[AnswerFormat.PNG]: {"schema": {"type": "string", "format": "binary"}},
            PICTURE_TYPES[AnswerFormat.VEGA_LITE]: {"schema": {"type": "object"}},
        },
    },
    304: {"description": "Not changed since the `ETag` given."},
    412: {"description": "Not the state that `If-Match` names."},
}


async def describe_picture_format(
    _format: Annotated[
        str | None,
        Query(alias="format", description="svg, png or vl.json (Vega-Lite); by default what `Accept` prefers."),
    ] = None,
) -> None:
    """Describe the parameter that `api.http.responses` reads, for the OpenAPI document."""


router = APIRouter(
    route_class=CachedRoute,
    prefix=PICTURES.removesuffix("/"),
    tags=["pictures"],
    dependencies=[READS, Waited, Depends(describe_picture_format)],
    responses=_ANSWERS,
)


@dataclass(frozen=True)
class AskedLook:
    """How a picture is to look, as it was asked for."""

    theme: Annotated[ThemeName, Query(description="For which ground.")] = ThemeName.LIGHT
    width: Annotated[int, Query(ge=320, le=1600, description="Pixels; a PNG has twice as many.")] = 900
    height: Annotated[
        int | None, Query(ge=240, le=1200, description="Pixels; a PNG has twice as many. By default what fits.")
    ] = None

    def look(self, default_height: int) -> Look:
        """Return the look of a picture, which is so high where nothing else is asked for."""
        return Look(self.width, self.height or default_height, self.theme, catalogue_of().text)


TheLook = Annotated[AskedLook, Depends()]


class _Shown(NamedTuple):
    """The definition of a picture, its entity tag, and what a file of it is called, without a suffix."""

    definition: Definition
    etag: str
    file_name: str


@router.get("/relations/{a}/{b}/tension", response_class=Response, dependencies=[DEAR_IF_SUPPOSED])
async def get_tension_picture(
    request: Request, service: TheService, pair: ThePair, asked: Asked, asked_look: TheLook
) -> Response:
    """Return the picture of a relation over time: tension with its interval, states, and heaviest incidents."""

    def make(read: ConditionalRead) -> Definition:
        names, position = service.log.directory().names, cited_position(service.log, asked.question, read.snapshot)
        try:
            return tension_picture(read.connection, pair, asked, position, names, asked_look.look(420))
        except TooManyPoints as error:
            raise invalid_parameter("from", str(error), "too-many-points") from None

    return await _picture(request, service, asked.question, make, f"{pair[0]}-{pair[1]}-tension")


@router.get("/actors/{actor}/network", response_class=Response, dependencies=[DEAR_IN_THE_PAST])
async def get_network_picture(
    request: Request,
    service: TheService,
    actor: NameInPath,
    question: TheQuestion,
    asked_look: TheLook,
    neighbours: Neighbours = 20,
) -> Response:
    """Return the picture of an actor among its neighbours on a day."""
    code = await run_reading(lambda: resolve_actor(service.log.directory(), "actor", actor))

    def make(read: ConditionalRead) -> Definition:
        read_columns = noting_history(request, service.incident_cache)
        found = network_at(read.connection, code, question, neighbours, read_columns)
        look, names = asked_look.look(640), service.log.directory().names
        position = cited_position(service.log, question, read.snapshot)
        caption = network_caption(code, found, question, position, names, look.text)
        return network_picture(code, found, names, caption, look)

    return await _picture(request, service, question, make, f"{code}-network")


@router.get("/matrix", response_class=Response, dependencies=[DEAR_IN_THE_PAST])
async def get_matrix_picture(
    request: Request, service: TheService, asked: AskedActors, question: TheQuestion, asked_look: TheLook
) -> Response:
    """Return the picture of how the pairs among some actors stand on a day."""

    def make(read: ConditionalRead) -> Definition:
        found = load_matrix(read.connection, asked, question, noting_history(request, service.incident_cache))
        look, names = asked_look.look(min(280 + 30 * len(found.actors), 1200)), service.log.directory().names
        position = cited_position(service.log, question, read.snapshot)
        caption = matrix_caption(found, asked, question, position, names, look.text)
        return matrix_picture(found.actors, found.relations, names, caption, look)

    return await _picture(request, service, question, make, "matrix")


@router.get("/map", response_class=Response, dependencies=[DEAR])
async def get_map_picture(
    request: Request,
    service: TheService,
    question: TheQuestion,
    asked: TheAskedMap,
    part: ThePart,
    asked_look: TheLook,
) -> Response:
    """Return the map of the incidents of a stretch of time: coloured by kind, sized by toll."""

    def make(read: ConditionalRead) -> Definition:
        found = load_map(read.connection, asked.wanted, question, part)
        look, names = asked_look.look(560), service.log.directory().names
        position = cited_position(service.log, question, read.snapshot)
        caption = map_caption(found, asked, part, question, position, names, look.text)
        return map_picture(found, caption, look, part)

    return await _picture(request, service, question, make, "map")


async def _picture(
    request: Request,
    service: Service,
    question: Question,
    make: Callable[[ConditionalRead], Definition],
    file_name: str,
) -> Response:
    """Answer with a picture in the format asked for. Raises `Problem` (422, 503) if none can be made."""

    def read_and_make() -> _Shown:
        parts = (*question_parts(question), *page_parts(request))
        with conditional_read(request, service, *parts) as read:
            return _Shown(make(read), read.etag, file_name)

    wanted = chosen_format(request.scope)
    shown = await run_reading(read_and_make)
    if wanted is AnswerFormat.VEGA_LITE:
        body = json.dumps(shown.definition, ensure_ascii=False).encode()
    else:
        body = await _rendered(request.app.state.renderer, shown.definition, wanted)
    headers = {
        **SECURITY_HEADERS,
        "ETag": shown.etag,
        "Cache-Control": "private, no-cache",
        "Vary": "Accept",
        "Content-Disposition": f'inline; filename="{_plain(shown.file_name)}.{wanted}"',
        **history_headers(request),
    }
    return Response(body, media_type=PICTURE_TYPES[wanted], headers=headers)


async def _rendered(renderer: Renderer, definition: Definition, wanted: str) -> bytes:
    """Return a picture. Raises `Problem` (422, 503)."""
    try:
        return await renderer.render(definition, wanted)
    except RendererBusy as error:
        detail = f"{error}; ask again in a while, or for the definition (vl.json)"
        raise Problem(503, "busy", "Too many pictures at once", detail, headers={"Retry-After": "2"}) from None
    except TooDear as error:
        detail = f"{error}: ask for a shorter stretch, fewer actors or a smaller picture"
        raise Problem(422, "picture-too-dear", "The picture takes too much", detail) from None
    except NotRendered as error:
        detail = "the picture could not be made of its definition; the data and the definition can be had"
        raise Problem(503, "picture-not-made", "The picture could not be made", detail) from error


def _plain(name: str) -> str:
    """Return a name as a file may have it anywhere."""
    return "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in name)
