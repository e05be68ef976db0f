"""The map of incidents: a mark for each place and kind, coloured by kind, sized by toll."""

from collections.abc import Sequence
from math import pi, radians, sqrt
from typing import Any, Final, NamedTuple

from api.charts.definition import Caption, Definition, Look, definition
from api.charts.incident_kinds import IncidentKind
from api.charts.map_boxes import FURTHEST, Box, latitude_at, mercator
from api.charts.tension import kinds_encoding
from api.charts.world.countries import countries_in

_SMALLEST: Final = 6.0  # degrees that a map is wide and high at least
_MARGIN: Final = 0.08  # of the places' own width and height, to each side
_NAMED: Final = 12  # places whose names are on the map
_NAME_WIDE, _NAME_HIGH = 70, 20  # pixels that a name takes
_SIZES: Final = [50, 900]  # of marks, in square pixels
_WORLD: Final = Box(-170.0, -56.0, 178.0, 72.0)


class ShownPlace(NamedTuple):
    """Incidents of one kind in one place: how many, and how many were killed and wounded."""

    name: str
    longitude: float
    latitude: float
    kind: IncidentKind
    incidents: int
    toll: int


def incident_map(
    places: Sequence[ShownPlace], caption: Caption, look: Look, asked: Box | None = None
) -> Definition:
    """Return the definition of the map of incidents. It shows the part of the world that is asked for, or theirs.

    Marks and names are drawn in the order of `in_map_order`.
    """
    box = box_of(places) if asked is None else asked
    most = max((each.toll for each in places), default=0) or 1
    largest_first = in_map_order(places)
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
            for each in largest_first
        ],
        "names": _names(largest_first, most, _scale(box, look)),
    }
    projection = _projection(box)
    layers = [_land(look), _marks({each.kind for each in places}, most, look), _labels(look)]
    layers = [{**layer, "projection": projection} for layer in layers]
    if asked is not None:
        datasets["edge"] = [{**box._asdict()}]
        layers.append(_edge(box, look))
    return definition(caption, look, datasets, layer=layers)


def in_map_order(places: Sequence[ShownPlace]) -> list[ShownPlace]:
    """Return places with the highest tolls first, so that the small ones are drawn over the large ones."""
    return sorted(places, key=lambda each: (-each.toll, -each.incidents, each.name, each.kind))


def box_of(places: Sequence[ShownPlace]) -> Box:
    """Return the part of the world that places are in, with a margin; without places it is the whole."""
    if not places:
        return _WORLD
    xs, ys = [each.longitude for each in places], [each.latitude for each in places]
    west, east = _wide(min(xs), max(xs))
    south, north = _wide(min(ys), max(ys))
    return Box(max(west, -180.0), max(south, -FURTHEST), min(east, 180.0), min(north, FURTHEST))


def _wide(low: float, high: float) -> tuple[float, float]:
    margin = max((high - low) * _MARGIN, (_SMALLEST - (high - low)) / 2)
    return low - margin, high + margin


def _projection(box: Box) -> dict[str, Any]:
    """Return Mercator's projection so that a box just fits in, whatever size the plot comes to have."""
    across = radians(box.east - box.west)
    up = mercator(box.north) - mercator(box.south)
    middle = (mercator(box.north) + mercator(box.south)) / 2
    return {
        "type": "mercator",
        "center": [round((box.west + box.east) / 2, 4), round(latitude_at(middle), 4)],
        "scale": {"expr": f"min(width / {across:.5f}, height / {up:.5f})"},
        "translate": {"expr": "[width / 2, height / 2]"},
        # Half a map more on each side, so that it can be moved on a page, but no whole continents.
        "clipExtent": {"expr": "[[-width / 2, -height / 2], [width * 1.5, height * 1.5]]"},
    }


def _scale(box: Box, look: Look) -> float:
    """Return about how many pixels there are to a radian: what legends and captions take is not known here."""
    return min(
        look.width / radians(box.east - box.west), look.height / (mercator(box.north) - mercator(box.south))
    )


def _names(places: Sequence[ShownPlace], most: int, scale: float) -> list[dict[str, Any]]:
    """Return the names of the places with the highest tolls, each once, with how far it stands above its place.

    One that would stand over another is left out. The scale is in pixels to a radian.
    """
    found: dict[str, tuple[float, float]] = {}
    names = []
    for each in places:
        lift = _radius(each.toll, most) + 7
        x, y = radians(each.longitude) * scale, mercator(each.latitude) * scale + lift
        if each.name in found or any(
            abs(x - at) < _NAME_WIDE and abs(y - up) < _NAME_HIGH for at, up in found.values()
        ):
            continue
        found[each.name] = x, y
        row = {"name": each.name, "longitude": each.longitude, "latitude": each.latitude}
        names.append({**row, "lift": round(lift, 1)})
        if len(names) == _NAMED:
            break
    return names


def _radius(toll: int, most: int) -> float:
    """Return the radius of a mark in pixels: its area grows with the square root of the toll."""
    smallest, largest = _SIZES
    return sqrt((smallest + (largest - smallest) * sqrt(toll / most)) / pi)


def _land(look: Look) -> dict[str, Any]:
    mark = {"type": "geoshape", "fill": look.theme.land, "stroke": look.theme.border, "clip": True}
    return {"data": {"name": "countries"}, "mark": {**mark, "strokeWidth": 0.8}}


def _edge(box: Box, look: Look) -> dict[str, Any]:
    """Return the edge of the part that was asked for: a picture of another form shows more than that."""
    scale = _projection(box)["scale"]["expr"]
    across = f"({radians(box.east - box.west):.5f}) * {scale} / 2"
    up = f"({mercator(box.north) - mercator(box.south):.5f}) * {scale} / 2"
    edges = {"x": f"width / 2 - {across}", "x2": f"width / 2 + {across}"}
    edges |= {"y": f"height / 2 - {up}", "y2": f"height / 2 + {up}"}
    mark = {"type": "rect", "filled": False, "stroke": look.theme.faint, "strokeDash": [3, 3], "strokeWidth": 0.8}
    return {"data": {"name": "edge"}, "mark": {**mark, **{edge: {"expr": at} for edge, at in edges.items()}}}


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
                "legend": {"title": look.text("charts.toll"), "values": _tolls(most), **symbol}
                if occurring
                else None,
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
