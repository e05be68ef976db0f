"""The picture of how some actors stand with each other: a square for each pair, the state by colour."""

from collections.abc import Sequence
from typing import Any

from api.charts.definition import Caption, Definition, Look, definition, named_colours
from api.charts.network import DrawnRelation
from api.charts.themes import STATES_IN_ORDER
from projections.scoring.models.state_rules import State


def matrix_chart(
    names: Sequence[str], relations: Sequence[DrawnRelation], caption: Caption, look: Look
) -> Definition:
    """Return the definition of the picture of actors over each other, in the order of their names given.

    Each pair has a square on either side of the diagonal, with its tension in it.
    """
    cells = [
        {
            "row": one,
            "column": other,
            "state": look.text(f"state.{relation.state}"),
            "tension": f"{relation.tension:.0f}",
        }
        for relation in relations
        for one, other in ((relation.a, relation.b), (relation.b, relation.a))
    ]
    occurring = [state for state in STATES_IN_ORDER if state in {relation.state for relation in relations}]
    layers = [_squares(names, occurring, look), _numbers(names, occurring, look)]
    return definition(caption, look, {"pairs": cells}, layer=layers)


def _places(names: Sequence[str]) -> dict[str, Any]:
    shared = {"type": "nominal", "scale": {"domain": list(names)}, "title": None}
    return {
        "x": {"field": "column", **shared, "axis": {"orient": "top", "labelAngle": -45, "labelLimit": 130}},
        "y": {"field": "row", **shared, "axis": {"labelLimit": 160}},
    }


def _squares(names: Sequence[str], occurring: Sequence[State], look: Look) -> dict[str, Any]:
    colours = {look.text(f"state.{state}"): look.theme.states[state] for state in occurring}
    return {
        "data": {"name": "pairs"},
        "mark": {"type": "rect", "stroke": look.theme.page, "strokeWidth": 1},
        "encoding": {
            **_places(names),
            "color": {
                "field": "state",
                "type": "nominal",
                "scale": named_colours(colours),
                "title": look.text("charts.state"),
            },
        },
    }


def _numbers(names: Sequence[str], occurring: Sequence[State], look: Look) -> dict[str, Any]:
    """Return the tensions in their squares, in white or black, whichever is read better on the colour."""
    bright = [look.text(f"state.{state}") for state in occurring if _is_dark(look.theme.states[state])]
    size = max(7, min(12, look.height // (3 * max(len(names), 1))))
    return {
        "data": {"name": "pairs"},
        "mark": {"type": "text", "fontSize": size},
        "encoding": {
            **_places(names),
            "text": {"field": "tension"},
            "color": {
                "condition": {"test": {"field": "state", "oneOf": bright}, "value": "#ffffff"},
                "value": "#000000",
            },
        },
    }


def _is_dark(colour: str) -> bool:
    """Return whether white is read better on a colour than black, by relative luminance (WCAG 2)."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.179
