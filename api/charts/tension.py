"""The picture of a pair over time: its tension with the interval, its states as a band, its heaviest incidents."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from api.charts.definition import Caption, Definition, Look, definition, named_colours, of_day
from api.charts.incident_kinds import SHAPES, IncidentKind
from api.charts.themes import STATES_IN_ORDER
from projections.scoring.models.state_rules import State

_LINES: Final = ("tension", "cooperation")
_BELOW: Final = -6  # where the axis of scores begins, so that there is room for the band of states below 0
_UTC: Final = {"type": "utc"}
#: How days are written on the axis of a series of at most so many days.
_FORMATS: Final = ((120, "%-d %b %Y"), (4 * 366, "%b %Y"))


class ShownPoint(NamedTuple):
    """A pair at the end of an interval: scores from 0 to 100, the interval of its tension if it has one."""

    day: int
    tension: float
    cooperation: float
    interval: tuple[float, float] | None
    state: State


class ShownIncident(NamedTuple):
    """An incident as a mark on the curve: its weight without sign, and how tense it was at the end of its day."""

    day: int
    kind: IncidentKind
    weight: float
    tension: float


def tension_chart(
    points: Sequence[ShownPoint], incidents: Sequence[ShownIncident], caption: Caption, look: Look
) -> Definition:
    """Return the definition of the picture of a pair over time."""
    datasets = {
        "points": _lines(points, look),
        "intervals": [
            {"day": of_day(each.day), "low": round(each.interval[0], 2), "high": round(each.interval[1], 2)}
            for each in points
            if each.interval
        ],
        "states": _states(points, look),
        "incidents": [
            {
                "day": of_day(each.day),
                "kind": look.text(f"incident_kind.{each.kind}"),
                "weight": round(each.weight, 3),
                "tension": round(each.tension, 2),
            }
            for each in incidents
        ],
    }
    layers = [
        _interval_layer(look),
        _state_layer(points, look),
        _line_layer(look),
        _incident_layer(incidents, look),
    ]
    resolve = {"scale": dict.fromkeys(("color", "fill", "shape", "strokeDash"), "independent")}
    shared = {"x": _time_axis(points, look)}
    return definition(caption, look, datasets, encoding=shared, layer=layers, resolve=resolve)


def _lines(points: Sequence[ShownPoint], look: Look) -> list[dict[str, Any]]:
    """Return both scores by day: none where nothing is known of the two, which is not the same as calm."""
    return [
        {
            "day": of_day(each.day),
            "score": look.text(f"charts.score.{name}"),
            "points": None if each.state is State.UNKNOWN else round(getattr(each, name), 2),
        }
        for name in _LINES
        for each in points
    ]


def _states(points: Sequence[ShownPoint], look: Look) -> list[dict[str, Any]]:
    """Return the runs of one state among points, each until the next one begins."""
    runs: list[dict[str, Any]] = []
    for before, each in zip((None, *points), points, strict=False):
        day = of_day(each.day)
        if before is None or before.state is not each.state:
            runs.append({"from": day if before is None else runs[-1]["to"], "state": each.state})
        runs[-1]["to"] = day
    return [{**run, "state": look.text(f"state.{run['state']}")} for run in runs]


def _time_axis(points: Sequence[ShownPoint], look: Look) -> dict[str, Any]:
    """Return the axis of time: it says the days of a short series, the months of a longer one, or the years."""
    span = points[-1].day - points[0].day if points else 0
    form = next((form for most, form in _FORMATS if span <= most), "%Y")
    ticks = {"tickCount": max(look.width // 110, 2), "labelOverlap": "greedy", "labelSeparation": 10}
    axis = {"title": None, "grid": False, "labelFlush": False, "format": form, **ticks}
    return {"field": "day", "type": "temporal", "scale": _UTC, "axis": axis}


def _y(field: str, look: Look) -> dict[str, Any]:
    scale = {"domain": [_BELOW, 100], "nice": False}
    axis = {"title": look.text("charts.points"), "values": [0, 20, 40, 60, 80, 100]}
    return {"field": field, "type": "quantitative", "scale": scale, "axis": axis}


def _interval_layer(look: Look) -> dict[str, Any]:
    return {
        "data": {"name": "intervals"},
        "mark": {"type": "area", "color": look.theme.tension, "opacity": 0.18, "interpolate": "step-before"},
        "encoding": {"y": _y("low", look), "y2": {"field": "high"}},
    }


def _state_layer(points: Sequence[ShownPoint], look: Look) -> dict[str, Any]:
    """Return the band below the curves, each state in its colour, and named in the legend if it occurs."""
    occurring = {each.state for each in points}
    colours = {
        look.text(f"state.{state}"): look.theme.states[state] for state in STATES_IN_ORDER if state in occurring
    }
    legend = {"title": look.text("charts.state"), "symbolType": "square", "symbolOpacity": 1}
    return {
        "data": {"name": "states"},
        "mark": {
            "type": "rect",
            "y": {"expr": f"height * {(100 + 2) / (100 - _BELOW):.4f}"},
            "y2": {"expr": "height"},
        },
        "encoding": {
            "x": {"field": "from", "type": "temporal", "scale": _UTC},
            "x2": {"field": "to"},
            "fill": {"field": "state", "type": "nominal", "scale": named_colours(colours), "legend": legend},
        },
    }


def _line_layer(look: Look) -> dict[str, Any]:
    names = {look.text(f"charts.score.{name}"): getattr(look.theme, name) for name in _LINES}
    dashes = {"domain": list(names), "range": [[1, 0], [5, 4]]}
    return {
        "data": {"name": "points"},
        "mark": {"type": "line", "strokeWidth": 2, "interpolate": "step-before"},
        "encoding": {
            "y": _y("points", look),
            "color": {"field": "score", "type": "nominal", "scale": named_colours(names), "title": None},
            "strokeDash": {"field": "score", "type": "nominal", "scale": dashes, "title": None},
        },
    }


def _incident_layer(incidents: Sequence[ShownIncident], look: Look) -> dict[str, Any]:
    return {
        "data": {"name": "incidents"},
        "mark": {"type": "point", "filled": True, "opacity": 0.9, "stroke": look.theme.page, "strokeWidth": 0.7},
        "encoding": {
            "y": _y("tension", look),
            "size": {"field": "weight", "type": "quantitative", "scale": {"range": [25, 260]}, "legend": None},
            **kinds_encoding({each.kind for each in incidents}, look),
        },
    }


def kinds_encoding(occurring: set[IncidentKind], look: Look) -> dict[str, Any]:
    """Return how marks tell kinds of incidents apart: by colour and by shape, with one legend for both."""
    kinds = [kind for kind in IncidentKind if kind in occurring]
    names = [look.text(f"incident_kind.{kind}") for kind in kinds]
    colours = dict(zip(names, map(look.theme.of_kind, kinds), strict=True))
    shapes = {"domain": names, "range": [SHAPES[kind] for kind in kinds]}
    legend = {"title": look.text("charts.incidents")} if kinds else None
    return {
        "color": {"field": "kind", "type": "nominal", "scale": named_colours(colours), "legend": legend},
        "shape": {"field": "kind", "type": "nominal", "scale": shapes, "legend": legend},
    }
