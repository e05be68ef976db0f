"""Parts of the world in degrees, and how they are moved and zoomed on a map that has Mercator's projection."""

from math import atan, degrees, exp, log, pi, radians, tan
from typing import Final, NamedTuple

FURTHEST: Final = 80.0  #: degrees to the north and south: beyond, Mercator's projection shows hardly anything else
_NARROWEST: Final = 0.05  # degrees to which one can zoom in


class Box(NamedTuple):
    """A part of the world, in degrees."""

    west: float
    south: float
    east: float
    north: float


def mercator(latitude: float) -> float:
    """Return the height, in radians of longitude, that Mercator's projection gives a latitude in degrees."""
    return log(tan(pi / 4 + radians(latitude) / 2))


def latitude_at(height: float) -> float:
    """Return the latitude, in degrees, to which Mercator's projection gives a height."""
    return degrees(2 * atan(exp(height)) - pi / 2)


def zoomed(box: Box, factor: float) -> Box:
    """Return a part so many times as wide and high around the same middle, as far as the world goes."""
    half = max((box.east - box.west) * factor, _NARROWEST) / 2
    up = (mercator(box.north) - mercator(box.south)) / 2 * (2 * half / (box.east - box.west))
    across, middle = (box.west + box.east) / 2, (mercator(box.south) + mercator(box.north)) / 2
    west, east = max(across - half, -180.0), min(across + half, 180.0)
    south, north = max(latitude_at(middle - up), -FURTHEST), min(latitude_at(middle + up), FURTHEST)
    return _rounded(west, south, east, north)


def moved(box: Box, east: float, north: float) -> Box:
    """Return a part of the same size, moved by so much of its width and height, as far as the world goes."""
    across = (box.east - box.west) * east
    across = min(max(across, -180.0 - box.west), 180.0 - box.east)
    low, high = mercator(box.south), mercator(box.north)
    up = (high - low) * north
    up = min(max(up, mercator(-FURTHEST) - low), mercator(FURTHEST) - high)
    return _rounded(box.west + across, latitude_at(low + up), box.east + across, latitude_at(high + up))


def _rounded(*degrees_: float) -> Box:
    return Box(*(round(each, 3) + 0.0 for each in degrees_))
