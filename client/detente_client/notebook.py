"""How a notebook shows a relation: its sentence, and its curve as SVG. Whatever comes from data is escaped."""

from collections.abc import Iterator, Sequence
from datetime import date
from html import escape
from typing import Final

from detente_client.answers.relations import RelationAnswer, TensionPoint

_WIDTH: Final = 640
_HEIGHT: Final = 160
_LEFT: Final = 34
_BOTTOM: Final = 24
_TOP: Final = 10
_CURVES: Final = (("tension", "#b3261e", ""), ("cooperation", "#1b5e9e", "6 3"))
_UNKNOWN: Final = "unknown"


def relation_html(relation: RelationAnswer, curve: str) -> str:
    """Return a relation as HTML: its sentence, and under it what is given as its curve."""
    said = relation.summary or f"{' – '.join(relation.pair)}: {relation.state}"
    return f'<div class="detente-relation"><p>{escape(said)}</p>{curve}</div>'


def curve_failed(error: Exception) -> str:
    """Return what stands in place of a curve that could not be had."""
    return f"<p><em>The curve could not be had: {escape(str(error))}</em></p>"


def curve_svg(points: Sequence[TensionPoint], name: str) -> str:
    """Return tension and cooperation, 0 to 100, over time; where nothing is known there is no curve."""
    if not points:
        return f"<p><em>{escape(name)}: no points.</em></p>"
    first, last = points[0].day, points[-1].day
    scores = f"tension {points[-1].tension:.1f}, cooperation {points[-1].cooperation:.1f}"
    label = f"{name} from {first} to {last}: {scores}"
    lines = "".join(
        _polyline(run, attribute, colour, dashes, (first, last))
        for attribute, colour, dashes in _CURVES
        for run in _known_runs(points)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" '
        f'height="{_HEIGHT}" role="img" aria-label="{escape(label)}" font-family="sans-serif" font-size="11" '
        f'fill="currentColor"><title>{escape(label)}</title>{_axes(first, last)}{lines}'
        f'<text x="{_LEFT + 8}" y="{_TOP + 8}" fill="{_CURVES[0][1]}">tension</text>'
        f'<text x="{_LEFT + 58}" y="{_TOP + 8}" fill="{_CURVES[1][1]}">cooperation (dashed)</text></svg>'
    )


def _known_runs(points: Sequence[TensionPoint]) -> Iterator[list[TensionPoint]]:
    run: list[TensionPoint] = []
    for point in points:
        if point.state != _UNKNOWN:
            run.append(point)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _polyline(run: list[TensionPoint], attribute: str, colour: str, dashes: str, days: tuple[date, date]) -> str:
    places = [f"{_x(point.day, days):.1f},{_y(getattr(point, attribute)):.1f}" for point in run]
    if len(places) == 1:
        x, _, y = places[0].partition(",")
        return f'<circle cx="{x}" cy="{y}" r="2" fill="{colour}"/>'
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return f'<polyline points="{" ".join(places)}" fill="none" stroke="{colour}" stroke-width="1.6"{dashed}/>'


def _axes(first: date, last: date) -> str:
    rules = "".join(
        f'<line x1="{_LEFT}" x2="{_WIDTH - 4}" y1="{_y(value):.1f}" y2="{_y(value):.1f}" stroke="currentColor" '
        f'stroke-opacity="0.2"/><text x="{_LEFT - 4}" y="{_y(value) + 4:.1f}" text-anchor="end">{value}</text>'
        for value in (0, 50, 100)
    )
    base = _HEIGHT - 6
    days = f'<text x="{_LEFT}" y="{base}">{first}</text>'
    if last != first:
        days += f'<text x="{_WIDTH - 4}" y="{base}" text-anchor="end">{last}</text>'
    return rules + days


def _x(day: date, days: tuple[date, date]) -> float:
    length = (days[1] - days[0]).days or 1
    return _LEFT + (_WIDTH - 4 - _LEFT) * (day - days[0]).days / length


def _y(value: float) -> float:
    return _TOP + (_HEIGHT - _BOTTOM - _TOP) * (1 - min(max(value, 0.0), 100.0) / 100)
