"""Countries as shapes (GeoJSON) in a part of the world.

A file of world-atlas is TopoJSON: borders are arcs, each once, in whole numbers that are steps from point
to point. Format: https://github.com/topojson/topojson-specification, 2.1.4 (arcs) and 2.1.2 (transforms).
"""

import json
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final, NamedTuple

from api.charts.map_boxes import Box

_REGION: Final = 100.0  # degrees of longitude: what is wider has the coarser shapes
_Degrees = tuple[float, float]
_Ring = list[_Degrees]


class _Country(NamedTuple):
    name: str
    polygons: list[list[_Ring]]
    boxes: list[Box]


def countries_in(box: Box) -> list[dict[str, Any]]:
    """Return the countries in a part of the world, and around it, as GeoJSON features.

    Of each there are the polygons in it, or no further away than it is wide or high: a map of it may be wider or
    higher, or be moved.
    """
    scale = "110m" if box.east - box.west > _REGION else "50m"
    across, up = box.east - box.west, box.north - box.south
    box = Box(box.west - across, box.south - up, box.east + across, box.north + up)
    found = []
    for country in _countries(scale):
        shown = [p for p, of in zip(country.polygons, country.boxes, strict=True) if _meet(of, box)]
        if shown:
            geometry = {"type": "MultiPolygon", "coordinates": shown}
            properties = {"name": country.name}
            found.append({"type": "Feature", "properties": properties, "geometry": geometry})
    return found


def _meet(one: Box, other: Box) -> bool:
    across = one.west <= other.east and other.west <= one.east
    return across and one.south <= other.north and other.south <= one.north


@cache
def _countries(scale: str) -> Sequence[_Country]:
    text = (files("api.charts.world") / f"countries-{scale}.json").read_text("utf-8")
    topology = json.loads(text)
    arcs = list(map(list, _arcs(topology)))
    return [
        _Country(each["properties"]["name"], polygons, [_box(polygon[0]) for polygon in polygons])
        for each in topology["objects"]["countries"]["geometries"]
        if (polygons := [[_ring(ring, arcs) for ring in polygon] for polygon in _polygons(each)])
    ]


def _arcs(topology: dict[str, Any]) -> Iterator[Iterator[_Degrees]]:
    (kx, ky), (dx, dy) = topology["transform"]["scale"], topology["transform"]["translate"]
    for arc in topology["arcs"]:
        yield _points(arc, kx, ky, dx, dy)


def _points(arc: Sequence[Sequence[int]], kx: float, ky: float, dx: float, dy: float) -> Iterator[_Degrees]:
    x = y = 0
    for step in arc:
        x, y = x + step[0], y + step[1]
        yield round(x * kx + dx, 3), round(y * ky + dy, 3)


def _polygons(geometry: dict[str, Any]) -> list[list[list[int]]]:
    """Return the polygons of a country, each as rings of numbers of arcs."""
    if geometry["type"] == "Polygon":
        return [geometry["arcs"]]
    return geometry["arcs"] if geometry["type"] == "MultiPolygon" else []


def _ring(numbers: Sequence[int], arcs: Sequence[_Ring]) -> _Ring:
    """Return a ring of arcs: one below 0 is that of its complement, backwards. Where two meet is one point."""
    ring: _Ring = []
    for number in numbers:
        arc = arcs[number] if number >= 0 else arcs[~number][::-1]
        ring += arc[1:] if ring else arc
    return ring


def _box(ring: _Ring) -> Box:
    xs, ys = [x for x, _ in ring], [y for _, y in ring]
    return Box(min(xs), min(ys), max(xs), max(ys))
