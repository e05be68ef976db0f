"""A picture of each kind, of made-up data."""

from math import sin

from api.charts.definition import Caption, Definition, Look
from api.charts.incident_kinds import IncidentKind
from api.charts.incident_map import ShownPlace, incident_map
from api.charts.map_boxes import Box
from api.charts.matrix import matrix_chart
from api.charts.network import DrawnRelation, network_chart
from api.charts.tension import ShownIncident, ShownPoint, tension_chart
from api.charts.themes import STATES_IN_ORDER, ThemeName
from api.pages.catalogue import catalogue_of

CAPTION = Caption("Syria – Turkey", ("As of 12 February 2020.", "Source: Détente, model 2026.2, position 7."))
ACTORS = ("Syria", "Turkey", "Russia", "Iran <b>", "سوريا")
FIRST_DAY = 17_940


def look(theme: ThemeName = ThemeName.LIGHT, width: int = 800, height: int = 400) -> Look:
    return Look(width, height, theme, catalogue_of().text)


def relations() -> list[DrawnRelation]:
    pairs = [(a, b) for at, a in enumerate(ACTORS) for b in ACTORS[at + 1 :]]
    return [DrawnRelation(a, b, STATES_IN_ORDER[at % 9], 9.0 * at, 50.0) for at, (a, b) in enumerate(pairs)]


def tension(days: int = 365, **changed: object) -> Definition:
    points = [
        ShownPoint(FIRST_DAY + at, 50 + 40 * sin(at / 30), 20.0, (10.0, 90.0), STATES_IN_ORDER[at // 41 % 9])
        for at in range(days)
    ]
    marks = [ShownIncident(FIRST_DAY + 9 * at, kind, 3.0, 50.0) for at, kind in enumerate(IncidentKind)]
    return tension_chart(points, marks if days else [], CAPTION, look(**changed))  # type: ignore[arg-type]


def places() -> list[ShownPlace]:
    at_idlib = [ShownPlace("Idlib", 36.63, 35.93, kind, 2, at) for at, kind in enumerate(IncidentKind)]
    return [*at_idlib, ShownPlace("Ankara", 32.85, 39.92, IncidentKind.ASSAULT, 12, 140)]


def pictures(theme: ThemeName = ThemeName.LIGHT) -> dict[str, Definition]:
    """Return a picture of each kind, and those of nothing."""
    seen = look(theme)
    return {
        "tension": tension(theme=theme),
        "tension of nothing": tension(0, theme=theme),
        "network": network_chart("Syria", ACTORS[1:], relations(), CAPTION, seen),
        "network of nobody": network_chart("Syria", [], [], CAPTION, seen),
        "matrix": matrix_chart(ACTORS, relations(), CAPTION, seen),
        "matrix of nobody": matrix_chart([], [], CAPTION, seen),
        "map": incident_map(places(), CAPTION, seen),
        "map of a part": incident_map(places(), CAPTION, seen, Box(32.0, 32.0, 42.0, 38.0)),
        "map of nothing": incident_map([], CAPTION, look(theme, width=400)),
    }
