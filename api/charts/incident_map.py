"""The map of incidents: a mark for each place and kind, coloured by kind, sized by toll."""

from collections.abc import Sequence
from math import atan, degrees, exp, log, pi, radians, sqrt, tan
from typing import Any, Final, NamedTuple

from api.charts.definition import Caption, Definition, Look, definition
from api.charts.incident_kinds import IncidentKind
from api.charts.tension import kinds_encoding
from api.charts.world.countries import Box, countries_in

_SMALLEST: Final = 6.0  # degrees that a map is wide and high at least
_MARGIN: Final = 0.08  # of the places' own width and height, to each side
_NAMED: Final = 12  # places whose names are on the map
_SIZES: Final = [50, 900]  # of marks, in square pixels
_WORLD: Final = Box(-170.0, -56.0, 178.0, 72.0)
_FURTHEST: Final = 80.0  # degrees to the north and south


class ShownPlace(NamedTuple):
    """Incidents of one kind in one place: how many, and how many were killed and wounded."""

    name: str
    longitude: float
    latitude: float
    kind: IncidentKind
    incidents: int
    toll: int


def incident_map(places: Sequence[ShownPlace], caption: Caption, look: Look) -> Definition:
    """Return the definition of the map of incidents, which shows their part of the world."""
    box = box_of(places)
    most = max((each.toll for each in places), default=0) or 1
    largest_first = sorted(places, key=lambda each: (-each.toll, -each.incidents, each.name, each.kind))
    datasets = {
        "countries": countries_in(box),
        "places": [
            {
                "name": each.name,
                "longitude": each.longitude,
                "latitude": each.latitude,
                "kind": look.text(f"incident_kind.{each.kind}"),
                "incidents": each.incidents,
                "toll": each.toll,
            }
            for each in largest_first  # so that the small ones are drawn over the large ones
        ],
        "names": _names(largest_first, most),
    }
    projection = _projection(box)
    layers = [_land(look), _marks({each.kind for each in places}, most, look), _labels(look)]
    layers = [{**layer, "projection": projection} for layer in layers]
    return definition(caption, look, datasets, layer=layers)


def box_of(places: Sequence[ShownPlace]) -> Box:
    """Return the part of the world that places are in, with a margin; without places it is the whole."""
    if not places:
        return _WORLD
    xs, ys = [each.longitude for each in places], [each.latitude for each in places]
    west, east = _wide(min(xs), max(xs))
    south, north = _wide(min(ys), max(ys))
    return Box(max(west, -180.0), max(south, -_FURTHEST), min(east, 180.0), min(north, _FURTHEST))


def _wide(low: float, high: float) -> tuple[float, float]:
    margin = max((high - low) * _MARGIN, (_SMALLEST - (high - low)) / 2)
    return low - margin, high + margin


def _projection(box: Box) -> dict[str, Any]:
    """Return Mercator's projection so that a box just fits in, whatever size the plot comes to have."""
    across = radians(box.east - box.west)
    up = _mercator(box.north) - _mercator(box.south)
    middle = (_mercator(box.north) + _mercator(box.south)) / 2
    return {
        "type": "mercator",
        "center": [round((box.west + box.east) / 2, 4), round(_latitude(middle), 4)],
        "scale": {"expr": f"min(width / {across:.5f}, height / {up:.5f})"},
        "translate": {"expr": "[width / 2, height / 2]"},
    }


def _mercator(latitude: float) -> float:
    return log(tan(pi / 4 + radians(latitude) / 2))


def _latitude(mercator: float) -> float:
    """Return the latitude, in degrees, to which Mercator's projection gives a height."""
    return degrees(2 * atan(exp(mercator)) - pi / 2)


def _names(places: Sequence[ShownPlace], most: int) -> list[dict[str, Any]]:
    """Return the names of the places with the highest tolls, each once, with how far it stands above its place."""
    of_name: dict[str, ShownPlace] = {}
    for each in places:
        of_name.setdefault(each.name, each)
    return [
        {
            "name": name,
            "longitude": each.longitude,
            "latitude": each.latitude,
            "lift": round(_radius(each.toll, most) + 7, 1),
        }
        for name, each in list(of_name.items())[:_NAMED]
    ]


def _radius(toll: int, most: int) -> float:
    """Return the radius of a mark in pixels: its area grows with the square root of the toll."""
    smallest, largest = _SIZES
    return sqrt((smallest + (largest - smallest) * sqrt(toll / most)) / pi)


def _land(look: Look) -> dict[str, Any]:
    mark = {"type": "geoshape", "fill": look.theme.land, "stroke": look.theme.border, "clip": True}
    return {"data": {"name": "countries"}, "mark": {**mark, "strokeWidth": 0.8}}


def _tolls(most: int) -> list[int]:
    """Return the tolls that the legend of sizes shows."""
    return sorted({0, max(most // 10, 1), max(most // 3, 1), most})


def _marks(occurring: set[IncidentKind], most: int, look: Look) -> dict[str, Any]:
    symbol = {"symbolType": "circle", "symbolFillColor": look.theme.faint, "symbolOpacity": 0.5}
    return {
        "data": {"name": "places"},
        "mark": {"type": "point", "filled": True, "opacity": 0.85, "stroke": look.theme.page, "strokeWidth": 0.8},
        "encoding": {
            "longitude": {"field": "longitude", "type": "quantitative"},
            "latitude": {"field": "latitude", "type": "quantitative"},
            "size": {
                "field": "toll",
                "type": "quantitative",
                "scale": {"type": "sqrt", "domain": [0, most], "range": _SIZES, "nice": False},
                "legend": {"title": look.text("charts.toll"), "values": _tolls(most), **symbol},
            },
            **kinds_encoding(occurring, look),
        },
    }


def _labels(look: Look) -> dict[str, Any]:
    return {
        "data": {"name": "names"},
        "mark": {
            "type": "text",
            "dy": {"expr": "-datum.lift"},
            "fontSize": 11,
            "color": look.theme.ink,
            "clip": True,
        },
        "encoding": {
            "longitude": {"field": "longitude", "type": "quantitative"},
            "latitude": {"field": "latitude", "type": "quantitative"},
            "text": {"field": "name"},
        },
    }
