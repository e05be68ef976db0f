"""The picture of an actor's neighbours on a day: who stands how with it, and with each other."""

from collections.abc import Mapping, Sequence
from math import cos, pi, sin
from typing import Any, Final, NamedTuple

from api.charts.definition import Caption, Definition, Look, definition, named_colours
from api.charts.themes import STATES_IN_ORDER
from projections.scoring.models.state_rules import State

#: How far the plot reaches, where the neighbours' circle has a radius of 1: names stand outside of it.
_ROOM: Final = {"x": 1.6, "y": 1.15}


class DrawnRelation(NamedTuple):
    """How two actors stand on the day."""

    a: str
    b: str
    state: State
    tension: float
    cooperation: float


def network_chart(
    actor: str, neighbours: Sequence[str], relations: Sequence[DrawnRelation], caption: Caption, look: Look
) -> Definition:
    """Return the definition of the picture of an actor among neighbours, clockwise from the top as they come.

    `relations` are those of the actor, and those among the neighbours that are to be seen.
    """
    places = {actor: (0.0, 0.0)} | {
        each: (sin(2 * pi * at / len(neighbours)), cos(2 * pi * at / len(neighbours)))
        for at, each in enumerate(neighbours)
    }
    occurring = {relation.state for relation in relations}
    datasets = {
        "relations": [_relation_row(relation, actor, places, look) for relation in relations],
        "actors": [{"name": name, "x": round(x, 4), "y": round(y, 4)} for name, (x, y) in places.items()],
    }
    layers = [_relations_layer(occurring, look), _actors_layer(look)]
    # Letters have a ground of their own, so that lines do not cross them.
    ground = {
        "stroke": look.theme.page,
        "strokeWidth": 4,
        "strokeJoin": "round",
    }
    layers += [_names_layer(look, *side, drawn) for side in _SIDES for drawn in (ground, {})]
    return definition(caption, look, datasets, layer=layers)


#: On which side of its mark a name stands, which is outside of the circle: a filter, and how far to move it.
_SIDES: Final = (
    ("datum.x > 0.05", {"align": "left", "dx": 11}),
    ("datum.x < -0.05", {"align": "right", "dx": -11}),
    ("datum.x >= -0.05 && datum.x <= 0.05 && datum.y > 0", {"align": "center", "dy": -15}),
    ("datum.x >= -0.05 && datum.x <= 0.05 && datum.y <= 0", {"align": "center", "dy": 16}),
)


def _relation_row(
    relation: DrawnRelation, actor: str, places: dict[str, tuple[float, float]], look: Look
) -> dict[str, Any]:
    (x, y), (x2, y2) = places[relation.a], places[relation.b]
    return {
        "a": relation.a,
        "b": relation.b,
        "x": round(x, 4),
        "y": round(y, 4),
        "x2": round(x2, 4),
        "y2": round(y2, 4),
        "state": look.text(f"state.{relation.state}"),
        "strength": round(max(relation.tension, relation.cooperation), 2),
        "own": actor in (relation.a, relation.b),
    }


def _axis(field: str) -> dict[str, Any]:
    return {
        "field": field,
        "type": "quantitative",
        "scale": {"domain": [-_ROOM[field], _ROOM[field]]},
        "axis": None,
    }


def _relations_layer(occurring: set[State], look: Look) -> dict[str, Any]:
    colours = {
        look.text(f"state.{state}"): look.theme.states[state] for state in STATES_IN_ORDER if state in occurring
    }
    return {
        "data": {"name": "relations"},
        "mark": {"type": "rule"},
        "encoding": {
            "x": _axis("x"),
            "y": _axis("y"),
            "x2": {"field": "x2"},
            "y2": {"field": "y2"},
            "color": {
                "field": "state",
                "type": "nominal",
                "scale": named_colours(colours),
                "title": look.text("charts.state"),
            },
            "strokeWidth": {
                "field": "strength",
                "type": "quantitative",
                "scale": {"domain": [0, 100], "range": [1, 5]},
                "title": look.text("charts.strength"),
            },
            "opacity": {"condition": {"test": "datum.own", "value": 0.95}, "value": 0.4},
        },
    }


def _actors_layer(look: Look) -> dict[str, Any]:
    return {
        "data": {"name": "actors"},
        "mark": {"type": "circle", "size": 130, "opacity": 1, "color": look.theme.ink, "stroke": look.theme.page},
        "encoding": {"x": _axis("x"), "y": _axis("y")},
    }


def _names_layer(look: Look, chosen: str, moved: Mapping[str, Any], drawn: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "data": {"name": "actors"},
        "transform": [{"filter": chosen}],
        "mark": {"type": "text", "baseline": "middle", "color": look.theme.ink, "limit": 170, **moved, **drawn},
        "encoding": {"x": _axis("x"), "y": _axis("y"), "text": {"field": "name"}},
    }
