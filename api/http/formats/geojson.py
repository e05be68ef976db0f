"""Incidents with where they were, as GeoJSON (RFC 7946), for maps of one's own."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Protocol

from fastapi import Request
from pydantic_core import to_json

from api.http.formats.negotiation import MEDIA_TYPES, AnswerFormat
from api.http.problems import Problem, invalid_parameter


class SupportsWrite(Protocol):
    """What bytes can be written to."""

    def write(self, data: bytes, /) -> object:
        """Write some bytes."""


class Feature(NamedTuple):
    """Something with a place: degrees east and north, None if that is not known."""

    id: str
    point: tuple[float, float] | None
    properties: Mapping[str, Any]


class Features(NamedTuple):
    """Features, and what they are an answer to."""

    about: Mapping[str, Any]
    features: Iterable[Feature]


def write_geojson(found: Features, file: SupportsWrite) -> None:
    """Write a collection of features; how many have a place, and how many have none, stands behind them."""
    file.write(b'{"type":"FeatureCollection","features":[')
    located = number = 0
    for number, feature in enumerate(found.features, 1):
        geometry = None if feature.point is None else {"type": "Point", "coordinates": feature.point}
        located += geometry is not None
        shown = {"type": "Feature", "id": feature.id, "geometry": geometry, "properties": feature.properties}
        file.write((b"" if number == 1 else b",\n") + to_json(shown))
    counted = {**found.about, "located": located, "without_geometry": number - located}
    file.write(b'],"detente":' + to_json(counted) + b"}")


def no_places(request: Request) -> Problem:
    """Return what is said where nothing has a place."""
    known = ", ".join(form for form in AnswerFormat.of_data() if form is not AnswerFormat.GEOJSON)
    if "format" in request.query_params:
        return invalid_parameter("format", f"only incidents have places for geojson; this can be had as {known}")
    detail = f"only incidents have places for {MEDIA_TYPES[AnswerFormat.GEOJSON]}; this can be had as {known}"
    return Problem(406, "not-acceptable", "No such format", detail)
